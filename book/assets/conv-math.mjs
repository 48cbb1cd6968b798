// The arithmetic of one convolutional layer, without a page around it.
// x is [depth][input][input], w is [filters][depth][kernel][kernel], b is [filters].

const MINUS = "\u2212";
const EQUALS = " =\u00a0"; // a line may break before it, never after

/** (W − F + 2P)/S + 1, which is a size only where it is a whole number of at least 1. */
export function outputSize({ input, kernel, stride, pad }) {
  return (input - kernel + 2 * pad) / stride + 1;
}

/** The size formula with its numbers, e.g. "(5 − 3 + 2·1)/2 + 1 = 3". */
export function sizeFormula(settings) {
  const { input, kernel, stride, pad } = settings;
  const size = outputSize(settings);
  const cut = Math.trunc(size * 100) / 100;
  const shown = format(cut) + (Math.abs(size - cut) > 1e-9 ? "…" : "");
  return `(${input} ${MINUS} ${kernel} + 2·${pad})/${stride} + 1 = ${shown}`;
}

/** Why these settings have no output: which sentence says it, and its values; null where they have one. */
export function refusal(settings, strides = [1, 2, 3, 4]) {
  const { input, kernel, stride, pad } = settings;
  const span = input - kernel + 2 * pad;
  const values = { formula: sizeFormula(settings), kernel, stride, padded: input + 2 * pad };
  if (span < 0) return { key: "noFit", values };
  if (span % stride === 0) return null;
  const valid = strides.filter((candidate) => span % candidate === 0);
  const nearest = [
    Math.max(...valid.filter((candidate) => candidate < stride)),
    Math.min(...valid.filter((candidate) => candidate > stride)),
  ].filter(Number.isFinite);
  const [one, two] = nearest;
  return { key: nearest.length > 1 ? "noTileTwo" : "noTile", values: { ...values, one, two } };
}

/** Small whole numbers, the same for the same seed: x in 0..2, w in −1..1, b in turn 1 and 0. */
export function defaultNumbers({ input, kernel, filters, depth }, seed = 2015) {
  let state = seed;
  const digit = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * 3); // the high bits: the low ones of an LCG repeat
  };
  const cube = (size, next) => fill([depth, size, size], next);
  const x = cube(input, digit);
  const w = fill([filters], () => cube(kernel, () => digit() - 1));
  return { x, w, b: Array.from({ length: filters }, (_, f) => (f + 1) % 2) };
}

/** The nested lengths of an array of numbers, e.g. "3×5×5"; null where it is not one. */
export function shapeOf(array) {
  const walk = (value) => {
    if (!Array.isArray(value)) return Number.isFinite(value) ? [] : null;
    const inner = value.map(walk);
    const alike = inner.every((shape) => shape && String(shape) === String(inner[0]));
    return alike && value.length ? [value.length, ...inner[0]] : null;
  };
  return walk(array)?.join("×") || null;
}

/** One output value taken apart: for each channel its [x, w] pairs and their sum; bias; value. */
export function takeApart({ x, w, b }, { stride, pad }, { filter, row, column }) {
  const channels = w[filter].map((slice, c) => {
    const pairs = slice.flatMap((weights, i) =>
      weights.map((weight, j) => {
        const inside = x[c][row * stride + i - pad]?.[column * stride + j - pad];
        return [inside ?? 0, weight]; // outside the input lies zero padding
      }),
    );
    return { pairs, sum: pairs.reduce((sum, [value, weight]) => sum + value * weight, 0) };
  });
  const bias = b[filter];
  return { channels, bias, value: channels.reduce((sum, channel) => sum + channel.sum, 0) + bias };
}

/** The whole output, [filters][size][size]; null where the settings are refused. */
export function conv2d(numbers, settings) {
  if (refusal(settings)) return null;
  const size = outputSize(settings);
  return numbers.b.map((_, filter) =>
    fill([size, size], (row, column) => takeApart(numbers, settings, { filter, row, column }).value),
  );
}

/** "1·0 + 2·(−1) + … = −3", every product written out. */
export function writeProducts({ pairs, sum }) {
  const products = pairs.map(([value, weight]) => `${bracket(value)}·${bracket(weight)}`);
  return products.join(" + ") + EQUALS + format(sum);
}

/** "−3 + 2 + 0 + 1 = 0": the channels' sums, then the bias. */
export function writeTotal({ channels, bias, value }) {
  const parts = [...channels.map((channel) => channel.sum), bias];
  const written = parts.map((part, i) => (i ? bracket(part) : format(part)));
  return written.join(" + ") + EQUALS + format(value);
}

/** A number as it is printed: a true minus sign, at most three decimals. */
export function format(number) {
  const rounded = Math.round(number * 1000) / 1000 || 0; // || 0 turns −0 into 0
  return String(rounded).replace("-", MINUS);
}

function bracket(number) {
  const text = format(number);
  return text.startsWith(MINUS) ? `(${text})` : text;
}

function fill([length, ...rest], next, ...at) {
  return Array.from({ length }, (_, i) =>
    rest.length ? fill(rest, next, ...at, i) : next(...at, i),
  );
}
