// Pooling one channel, forward and backward, without a page around it. x is [input][input].

export const KINDS = ["max", "average", "L2"];

/** Whole numbers from 0 to 9, the same for the same seed. */
export function seededGrid(size, seed, { least = 0, most = 9 } = {}) {
  let state = seed * 7919 + 2015;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return least + Math.floor((state / 2 ** 32) * (most - least + 1));
  };
  for (let i = 0; i < 5; i += 1) next(); // neighbouring seeds start alike
  return grid(size, next);
}

/** How many windows lie side by side; null where they do not tile the input. */
export function pooledSize({ input, size, stride }) {
  const span = input - size;
  return span >= 0 && span % stride === 0 ? span / stride + 1 : null;
}

/** Where a window lies: the places [row, column] that it sees, row by row. */
export function windowOf({ size, stride }, { row, column }) {
  return Array.from({ length: size * size }, (_, at) => [
    row * stride + Math.floor(at / size),
    column * stride + (at % size),
  ]);
}

/** The pooled map, and for the maximum which place was taken: [row, column], the first of equals. */
export function poolForward(x, settings, kind) {
  const places = pooledSize(settings);
  const taken = (at) =>
    windowOf(settings, at).reduce((best, here) =>
      x[here[0]][here[1]] > x[best[0]][best[1]] ? here : best,
    );
  const value = (at) => {
    if (kind === "max") {
      const [i, j] = taken(at);
      return x[i][j];
    }
    const seen = windowOf(settings, at).map(([i, j]) => x[i][j]);
    if (kind === "average") return seen.reduce((sum, one) => sum + one, 0) / seen.length;
    return Math.hypot(...seen);
  };
  const out = grid(places, (row, column) => value({ row, column }));
  const switches = kind === "max" ? grid(places, (row, column) => taken({ row, column })) : null;
  return { out, switches };
}

/** What each place of one window gets of the gradient that arrives at its output. */
export function shares(x, settings, kind, { out, switches }, at, gradient) {
  const result = out[at.row][at.column];
  const chosen = switches?.[at.row][at.column];
  return windowOf(settings, at).map(([i, j]) => {
    if (kind === "max") return i === chosen[0] && j === chosen[1] ? gradient : 0;
    if (kind === "average") return gradient / settings.size ** 2;
    return result === 0 ? 0 : (gradient * x[i][j]) / result; // at 0 a norm has no slope: take 0
  });
}

/** The gradient of x: every window adds its shares, so places in several windows collect. */
export function poolBackward(dout, x, settings, kind) {
  const forward = poolForward(x, settings, kind);
  const dx = x.map((row) => row.map(() => 0));
  dout.forEach((line, row) =>
    line.forEach((gradient, column) => {
      const parts = shares(x, settings, kind, forward, { row, column }, gradient);
      windowOf(settings, { row, column }).forEach(([i, j], at) => {
        dx[i][j] += parts[at];
      });
    }),
  );
  return dx;
}

function grid(size, next) {
  return Array.from({ length: size }, (_, i) => Array.from({ length: size }, (_, j) => next(i, j)));
}
