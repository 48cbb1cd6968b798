// The words of <size-calculator>.
export const WORDS = {
  controls: "Sizes of the layer",
  input: "Input W", kernel: "Kernel F", stride: "Stride S", pad: "Padding P", dilation: "Dilation",
  filters: "Filters K", depth: "Depth C",
  pixels: "pixels", maps: "maps",
  row: "One row of the padded input, and where its windows lie",
  wrong: "{name} must be a whole number from {least} to {most}.",
  answer: "Output size: {formula}",
  library: "PyTorch",
  libraryRefuses: "refuses this too: the kernel is larger than the padded input",
  roundsOne: "rounds down without a word, to {floored}×{floored}: no window reaches the last row and column " +
    "of the input",
  rounds: "rounds down without a word, to {floored}×{floored}: no window reaches the last {leftOver} rows " +
    "and columns of the input",
  roundsOnePadded: "rounds down without a word, to {floored}×{floored}: no window reaches the last row and " +
    "column of the padded input",
  roundsPadded: "rounds down without a word, to {floored}×{floored}: no window reaches the last {leftOver} " +
    "rows and columns of the padded input",
  output: "Output", outputCount: "{output}×{output}×{filters} = {values} values",
  parameters: "Parameters",
  parameterCount: "{kernel}·{kernel}·{depth}·{filters} weights + {filters} biases = {weights} + {biases} = " +
    "{parameters}",
  multiplyAdds: "Multiply-adds",
  multiplyAddCount: "{output}·{output} places × {weights} weights = {multiplyAdds}",
  picture: "A row of {input} values with {pad} zeros on either side. {windows}",
  noWindow: "No window fits.", windows: "{floored} windows.",
  windowsLeft: "{floored} windows, and {leftOver} left over at the end.",
  noFit: "{formula}: a window of {effective}×{effective} does not fit into the padded input of " +
    "{padded}×{padded}.",
  noTile: "{formula} is not a whole number: a window of {effective}×{effective} at stride {stride} does not " +
    "tile this input.",
  near: "{reason} It would with {list}.",
  nearStride: "stride {values}", nearPad: "padding {values}", nearKernel: "kernel {values}",
  nearInput: "input {values}",
  or: " or ", comma: ", ", lastOr: "{list}, or {last}",
};
