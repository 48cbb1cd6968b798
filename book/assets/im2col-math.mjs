// A convolution as one matrix product, without a page around it. x is [depth][input][input],
// w is [filters][depth][kernel][kernel]; rows and columns are ordered as PyTorch's unfold has them.
import { outputSize } from "./conv-math.mjs";

/** The taps of a filter, in the order of the matrix's rows: channel, row, column. */
export function tapsOf({ depth, kernel }) {
  return Array.from({ length: depth * kernel * kernel }, (_, at) => ({
    channel: Math.floor(at / kernel ** 2),
    row: Math.floor((at % kernel ** 2) / kernel),
    column: at % kernel,
  }));
}

/** The places of the output, in the order of the matrix's columns: row, column. */
export function placesOf(settings) {
  const size = outputSize(settings);
  return Array.from({ length: size * size }, (_, at) => ({
    row: Math.floor(at / size),
    column: at % size,
  }));
}

/** Where an entry of the matrix comes from: channel, row and column of x; outside lies padding. */
export function sourceOf({ stride, pad }, tap, place) {
  return {
    channel: tap.channel,
    row: place.row * stride + tap.row - pad,
    column: place.column * stride + tap.column - pad,
  };
}

/** X_col: a row for each tap, a column for each place; null marks a zero of the padding. */
export function columnMatrix(x, settings) {
  const places = placesOf(settings);
  return tapsOf(settings).map((tap) =>
    places.map((place) => {
      const { channel, row, column } = sourceOf(settings, tap, place);
      return x[channel][row]?.[column] ?? null;
    }),
  );
}

/** W_row: each filter laid out as a row, in the order of the taps. */
export function rowMatrix(w) {
  return w.map((filter) => filter.flat(2));
}

/** The product of both and the biases: a row for each filter, a column for each place. */
export function product(rows, columns, b) {
  return rows.map((row, f) =>
    columns[0].map((_, j) => row.reduce((sum, weight, i) => sum + weight * columns[i][j], b[f])),
  );
}
