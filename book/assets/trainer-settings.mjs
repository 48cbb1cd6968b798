// What <convnet-trainer> can be set to, and the layers that its settings ask for.
import { OPTIMIZERS } from "./optimizers.mjs";
import { parsePattern, PatternError, specify } from "./pattern-math.mjs";

/** Rows and columns of the pictures. */
export const SIDES = { digits: 8, clothes: 12 };
export const PATTERN = "INPUT -> [CONV -> RELU -> POOL]*2 -> FC";
/** The learning rate that suits an optimizer. */
export const RATES = { sgd: 0.05, nesterov: 0.05, adagrad: 0.05, rmsprop: 0.001, adam: 0.01 };
/** For each number that may be typed: its first value, the least, the most, the step of its arrows. */
export const NUMBERS = {
  rate: [RATES.sgd, 0, 10, 0.01], momentum: [0.9, 0, 0.99, 0.05], decay: [0, 0, 1, 0.001],
  seed: [0, 0, 9999, 1],
};
/** For each list of numbers: its first value, then what it offers. */
export const LISTS = {
  filters: [8, 2, 4, 8, 12, 16], kernel: [3, 1, 3, 5], units: [32, 16, 32, 64],
  batch: [30, 1, 10, 30, 100],
};
/** For each list of words, what it offers; the first one counts where nothing is chosen. */
export const CHOICES = { data: Object.keys(SIDES), optimizer: Object.keys(OPTIMIZERS) };
const CLASSES = 10;
const MOST_LAYERS = 30;

export function isWithin(name, value) {
  const [, least, most] = NUMBERS[name];
  return value >= least && value <= most && (name !== "seed" || Number.isInteger(value));
}

/** The layers that the settings ask for, as `build` takes them; a PatternError says why there are none. */
export function specsOf({ pattern, data, filters, kernel, units }) {
  const layers = parsePattern(pattern);
  if (layers.length > MOST_LAYERS) {
    throw new PatternError(0, "deep", { count: layers.length, most: MOST_LAYERS });
  }
  const sizes = { filters, kernel, units, classes: CLASSES };
  return specify(layers, shapeOf(data), sizes);
}

/** The shape of a picture. */
export function shapeOf(data) {
  return [1, SIDES[data], SIDES[data]];
}
