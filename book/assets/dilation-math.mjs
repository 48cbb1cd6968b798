// A dilated filter on one channel, without a page around it. x is [input][input], w is
// [kernel][kernel]; dilation 1 is the ordinary convolution, as PyTorch counts it.
import { effectiveKernel } from "./size-math.mjs";

/** How many places lie side by side at stride 1; null where the filter does not fit. */
export function placesAside(settings) {
  const span = settings.input - effectiveKernel(settings);
  return span < 0 ? null : span + 1;
}

/** The values that a place reads: [row, column] for each weight, row by row. */
export function tapsOf({ kernel, dilation }, { row, column }) {
  return Array.from({ length: kernel * kernel }, (_, at) => [
    row + Math.floor(at / kernel) * dilation,
    column + (at % kernel) * dilation,
  ]);
}

/** The pairs [value, weight] of one place, and their sum. */
export function takeApart(x, w, settings, place) {
  const weights = w.flat();
  const pairs = tapsOf(settings, place).map(([i, j], at) => [x[i][j], weights[at]]);
  return { pairs, sum: pairs.reduce((sum, [value, weight]) => sum + value * weight, 0) };
}

/** The whole output; null where the filter does not fit. */
export function dilated(x, w, settings) {
  const size = placesAside(settings);
  if (size === null) return null;
  const line = Array.from({ length: size }, (_, i) => i);
  return line.map((row) =>
    line.map((column) => takeApart(x, w, settings, { row, column }).sum),
  );
}

/** Two such layers: the side of the square they see, and the ways from each place of a line. */
export function stacked({ kernel, dilation }) {
  const ways = Array.from({ length: 2 * (kernel - 1) * dilation + 1 }, () => 0);
  for (let first = 0; first < kernel; first += 1) {
    for (let second = 0; second < kernel; second += 1) ways[(first + second) * dilation] += 1;
  }
  const seen = ways.filter((count) => count > 0).length;
  return { side: ways.length, seen: seen ** 2, ways };
}
