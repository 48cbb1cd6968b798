// A fully connected neuron slid over a larger map, without a page around it. x is [input][input],
// w is [window][window]: the neuron's weights as a filter; b is its bias.
import { pooledSize } from "./pooling-math.mjs";

/** How many windows lie side by side; null where they do not tile the input. */
export function placesAside({ input, window, stride }) {
  return pooledSize({ input, size: window, stride });
}

/** The part of the map that one window cuts out. */
export function cropOf(x, { window, stride }, { row, column }) {
  const rows = x.slice(row * stride, row * stride + window);
  return rows.map((line) => line.slice(column * stride, column * stride + window));
}

/** What the fully connected neuron makes of one crop: pairs [value, weight], their sum, answer. */
export function fullyConnected(crop, w, b) {
  const weights = w.flat();
  const pairs = crop.flat().map((value, at) => [value, weights[at]]);
  const sum = pairs.reduce((total, [value, weight]) => total + value * weight, 0);
  return { pairs, sum, value: sum + b };
}

/** The converted layer: the weights as a filter at all places of the map in one pass. */
export function converted(x, w, b, settings) {
  const size = placesAside(settings);
  if (size === null) return null;
  const out = Array.from({ length: size }, () => Array.from({ length: size }, () => b));
  const { stride } = settings;
  w.forEach((weights, i) => weights.forEach((weight, j) => {
    for (const [row, line] of out.entries()) {
      const values = x[row * stride + i];
      for (const column of line.keys()) line[column] += weight * values[column * stride + j];
    }
  }));
  return out;
}

/** The weights of a neuron that looks for a patch: it scores 1 itself, an even surface scores 0. */
export function neuronOf(patch) {
  const mean = patch.reduce((sum, value) => sum + value, 0) / patch.length;
  const less = patch.map((value) => value - mean);
  const square = less.reduce((sum, value) => sum + value * value, 0);
  return less.map((value) => value / (square || 1));
}

/** Crops one by one against one pass: values that layers below must make, and multiply-adds. */
export function work(settings) {
  const { input, window } = settings;
  const crops = placesAside(settings) ** 2;
  const products = crops * window ** 2;
  return { crops, cropValues: products, passValues: input ** 2, multiplyAdds: products };
}
