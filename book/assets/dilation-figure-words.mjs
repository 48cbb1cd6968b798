// The words of <dilation-figure>.
export const WORDS = {
  controls: "Sizes of the layer",
  kernel: "Kernel", dilation: "Dilation", input: "Input",
  pieces: "Input, filter and output",
  holes: "Effective size: ({kernel} − 1)·{dilation} + 1 = {effective}. Still {weights} weights, now over " +
    "{effective}×{effective} values.",
  noHoles: "Effective size: ({kernel} − 1)·{dilation} + 1 = {effective}. {weights} weights and no holes.",
  oneWeight: "Effective size: ({kernel} − 1)·{dilation} + 1 = {effective}. 1 weight and no holes.",
  inputName: "Input, {input}×{input}", filter: "Filter", output: "Output, {places}×{places}",
  rows: "rows {list}", row: "row {list}", columns: "columns {list}", column: "column {list}",
  said: "out[{i}][{j}] reads {rows} and {columns} of the input: {value}.",
  refused: "A filter of {effective}×{effective} does not fit into an input of {input}×{input}.",
  stackAll: "Two such layers see 1 + 2·({kernel} − 1)·{dilation} = {side}: a square of {side}×{side}, and " +
    "every value in it.",
  stackSome: "Two such layers see 1 + 2·({kernel} − 1)·{dilation} = {side}: a square of {side}×{side}, but " +
    "only {seen} of its {area} values. The stronger the colour, the more ways lead from there to the output.",
  stackLabel: "A square of {side} by {side} with {seen} marked values.",
};
