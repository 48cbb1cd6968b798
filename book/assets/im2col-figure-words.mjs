// The words of <im2col-figure>.
export const WORDS = {
  controls: "Sizes of the layer",
  stride: "Stride", pad: "Padding",
  flow: "Image, matrices and their product",
  shapes: "W_row {filters}×{taps} · X_col {taps}×{places} + b = out {filters}×{places}. X_col has " +
    "{entries} entries for the image's {count} values.",
  shapesTimes: "W_row {filters}×{taps} · X_col {taps}×{places} + b = out {filters}×{places}. X_col has " +
    "{entries} entries for the image's {count} values: {times} times the memory.",
  channel: "x, channel {channel}",
  columnsName: "X_col: a column per place, a row per tap",
  rowsName: "W_row: a row per filter",
  outputName: "out = W_row · X_col + b",
  cellName: "{row}, place {column}: {value}",
  large: "X_col would have {size} entries, too many to look at.",
  said: "Column {column} is the window of place ({i}, {j}). Row {row} is the tap of channel {channel}, row " +
    "{tapRow}, column {tapColumn}. They meet in {where}.",
  zero: "a zero of the padding",
  dot: "w[{filter}] · column {column}: ", bias: "plus the bias: ",
};
