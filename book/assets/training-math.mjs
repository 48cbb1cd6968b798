// Trains a network of net-math, without a page around it: seeded, so that a run can be repeated.
import { argmax, backward, crossEntropy, forward, parameters } from "./net-math.mjs";
import { OPTIMIZERS } from "./optimizers.mjs";

/** Numbers from 0 to 1, the same for the same seed (Mulberry32). */
export function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Random first weights with a spread of √(2 / inputs), as He et al. draw them; biases 0. */
export function initialize(layers, random) {
  for (const { weight, bias } of layers) {
    if (!weight) continue;
    const spread = Math.sqrt((2 * bias.length) / weight.length);
    for (let at = 0; at < weight.length; at += 1) {
      const radius = Math.sqrt(-2 * Math.log(1 - random()));
      weight[at] = spread * radius * Math.cos(2 * Math.PI * random());
    }
    bias.fill(0);
  }
}

/**
 * A run at its beginning. `pictures` are flat arrays; settings: optimizer, batch, rate, momentum, decay.
 */
export function startRun(layers, pictures, labels, settings, random) {
  return {
    layers, pictures, labels, settings, random,
    memory: parameters(layers).map(({ length }) => [new Float64Array(length), new Float64Array(length)]),
    order: pictures.map((_, at) => at), at: pictures.length, step: 0, epoch: 0,
  };
}

/** The pictures of the next step; each epoch takes all of them in an order of its own. */
export function nextBatch(run) {
  const { order, random, settings } = run;
  if (run.at >= order.length) {
    for (let last = order.length - 1; last > 0; last -= 1) {
      const other = Math.floor(random() * (last + 1));
      [order[last], order[other]] = [order[other], order[last]];
    }
    run.at = 0;
    run.epoch += 1;
  }
  const chosen = order.slice(run.at, run.at + settings.batch);
  run.at += chosen.length;
  return chosen;
}

/** The mean loss of some pictures, how many are right, and the gradient of each parameter array. */
export function gradientsOf({ layers, pictures, labels }, chosen) {
  const sums = parameters(layers).map(({ length }) => new Float64Array(length));
  let [loss, right] = [0, 0];
  for (const at of chosen) {
    const volumes = forward(layers, pictures[at]);
    const scores = volumes.at(-1);
    const found = crossEntropy(scores, labels[at]);
    loss += found.loss / chosen.length;
    right += argmax(scores) === labels[at];
    backward(layers, volumes, found.gradient.map((value) => value / chosen.length), sums);
  }
  return { loss, right, sums };
}

/** One step, as the optimizer of that name in torch.optim takes it. */
export function trainStep(run, chosen = nextBatch(run)) {
  const { loss, right, sums } = gradientsOf(run, chosen);
  const update = OPTIMIZERS[run.settings.optimizer];
  run.step += 1;
  parameters(run.layers).forEach((weights, at) =>
    update(weights, sums[at], run.memory[at], run.settings, run.step));
  return { loss, accuracy: right / chosen.length };
}

/** How the network answers pictures: the share that is right, the mean loss, and the wrong ones. */
export function evaluate(layers, pictures, labels) {
  const wrong = [];
  let loss = 0;
  pictures.forEach((picture, at) => {
    const scores = forward(layers, picture).at(-1);
    const guess = argmax(scores);
    loss += crossEntropy(scores, labels[at]).loss / pictures.length;
    if (guess !== labels[at]) wrong.push({ at, guess });
  });
  return { accuracy: 1 - wrong.length / pictures.length, loss, wrong };
}
