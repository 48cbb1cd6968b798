// How a step of training changes parameters, by the rules of torch.optim. Each rule takes an array of
// parameters, its gradient, two arrays of what it remembers of earlier steps, the settings (rate,
// momentum, decay), and the number of this step, counted from 1.

export const OPTIMIZERS = { sgd, nesterov, adagrad, rmsprop, adam };
const SQUARES = 0.999; // Adam's β2; its β1 is the momentum
const RECENT = 0.99; // RMSProp's α: how much of the mean square stays at each step
const [TINY, TINIER] = [1e-8, 1e-10]; // what keeps a root from being 0; Adagrad has the smaller one

function sgd(weights, gradient, [velocity], { rate, momentum: keep, decay }) {
  for (let at = 0; at < weights.length; at += 1) {
    velocity[at] = keep * velocity[at] + gradient[at] + decay * weights[at];
    weights[at] -= rate * velocity[at];
  }
}

/** The gradient where the velocity is about to lead, written with the gradient here. */
function nesterov(weights, gradient, [velocity], { rate, momentum: keep, decay }) {
  for (let at = 0; at < weights.length; at += 1) {
    const slope = gradient[at] + decay * weights[at];
    velocity[at] = keep * velocity[at] + slope;
    weights[at] -= rate * (slope + keep * velocity[at]);
  }
}

/** Each parameter at a pace of its own, which the squares of all its gradients slow down. */
function adagrad(weights, gradient, [squares], { rate, decay }) {
  for (let at = 0; at < weights.length; at += 1) {
    const slope = gradient[at] + decay * weights[at];
    squares[at] += slope ** 2;
    weights[at] -= (rate * slope) / (Math.sqrt(squares[at]) + TINIER);
  }
}

/** The same with the mean of recent squares, and momentum. */
function rmsprop(weights, gradient, [velocity, squares], { rate, momentum: keep, decay }) {
  for (let at = 0; at < weights.length; at += 1) {
    const slope = gradient[at] + decay * weights[at];
    squares[at] = RECENT * squares[at] + (1 - RECENT) * slope ** 2;
    velocity[at] = keep * velocity[at] + slope / (Math.sqrt(squares[at]) + TINY);
    weights[at] -= rate * velocity[at];
  }
}

/** Each parameter at a pace of its own: the mean gradient over the root of the mean square. */
function adam(weights, gradient, [means, squares], { rate, momentum: keep, decay }, step) {
  const [first, second] = [1 - keep ** step, 1 - SQUARES ** step]; // both means begin at 0
  for (let at = 0; at < weights.length; at += 1) {
    const slope = gradient[at] + decay * weights[at];
    means[at] = keep * means[at] + (1 - keep) * slope;
    squares[at] = SQUARES * squares[at] + (1 - SQUARES) * slope ** 2;
    weights[at] -= (rate * means[at]) / first / (Math.sqrt(squares[at] / second) + TINY);
  }
}
