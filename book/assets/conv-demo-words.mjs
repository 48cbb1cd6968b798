// The words of <conv-demo>.
export const WORDS = {
  controls: "Convolution demo controls",
  play: "Play", pause: "Pause", step: "Step", back: "Back", reset: "Reset", random: "Random",
  kernel: "Kernel", stride: "Stride", pad: "Padding", filter: "Filter", edit: "Edit the numbers",
  size: "Output size: (W − F + 2P)/S + 1 = {formula}",
  refused: "Stride {stride} with padding {pad} is refused.",
  noFit: "{formula}: a {kernel}×{kernel} window does not fit into the padded input of {padded}×{padded}.",
  noTile: "{formula} is not an integer: a {kernel}×{kernel} window at stride {stride} does not tile " +
    "this input. Nearest valid stride: {one}.",
  noTileTwo: "{formula} is not an integer: a {kernel}×{kernel} window at stride {stride} does not " +
    "tile this input. Nearest valid strides: {one} and {two}.",
  input: "Input x", filterName: "Filter w[{filter}]", output: "Output out[{filter}]",
  channel: "channel {channel}", noOutput: "No output",
  volumes: "Input, filters and output",
  editX: "x, channel {channel}, row {row}, column {column}",
  editW: "w[{filter}], channel {channel}, row {row}, column {column}",
  editB: "b[{filter}]",
  sum: "out[{filter}][{row}][{column}], channels + bias: ",
  said: "Filter {filter}, row {row}, column {column}: {value}.",
  saidNone: "No output. {reason}",
  wrong: "This is no number.",
};
