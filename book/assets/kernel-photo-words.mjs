// The words of <kernel-photo>.
export const WORDS = {
  controls: "Picture and layer",
  picture: "Picture", cat: "cat", coffee: "coffee", astronaut: "astronaut", own: "your own",
  file: "Your picture", privacy: "It never leaves this page.",
  preset: "Kernel", size: "Size", stride: "Stride", pad: "Padding", dilation: "Dilation",
  identity: "identity", blur: "blur (mean)", gauss: "blur (Gauss)", sharpen: "sharpen",
  upright: "upright edges", level: "level edges", outline: "outline", emboss: "emboss",
  changed: "your own",
  weights: "Weights", weight: "weight, row {row}, column {column}",
  input: "Input, {side} × {side}", output: "Output, {side} × {side}",
  inputLabel: "The picture, {side} by {side}. Arrow keys move the window.",
  outputLabel: "The output, {side} by {side}. Arrow keys choose a value.",
  legend: "White is positive, blue is negative, black is 0. Full strength has {full} and " +
    "more; the strongest value is {most}.",
  noFit: "A kernel that spans {span} × {span} does not fit into a picture of {side} × {side} with this padding.",
  leftOver: "Windows at stride {stride} do not tile this picture. As in PyTorch, what is left over " +
    "at its end is not read; rows and columns: {count}.",
  value: "out[{row}][{column}] = {value}",
  window: "Window", products: "Products",
  sum: "The products add up to {value}.",
  wrongWeight: "A weight must be a number.",
  fileError: "This file holds no picture that the browser can read.",
};
