// The words of <arithmetic-animator>.
export const WORDS = {
  controls: "Sizes of the layer", steps: "Steps",
  kind: "Layer", convolution: "convolution", transposed: "transposed convolution",
  input: "Input", kernel: "Kernel", stride: "Stride", pad: "Padding", dilation: "Dilation",
  play: "Play", pause: "Pause", step: "Step", back: "Back",
  formula: "({input} − {span} + 2·{pad})/{stride} + 1 = {side}",
  formulaLeft: "({input} − {span} + 2·{pad})/{stride} + 1 is no whole number: PyTorch takes {side}, and " +
    "the last {leftOver} of the padded input are not read.",
  formulaTransposed: "({input} − 1)·{stride} − 2·{pad} + {span} = {side}",
  noFit: "A kernel that spans {span} does not fit into an input of {input} with padding {pad}.",
  noneLeft: "({input} − 1)·{stride} − 2·{pad} + {span} leaves no output.",
  noOutput: "these sizes have no output.",
  inputName: "Input {input} × {input}, framed by zeros", stretched: "Input {input} × {input}, zeros between and around",
  outputName: "Output {side} × {side}",
  cell: "row {row}, column {column}",
  said: "Output row {row}, column {column} reads {count} of the {total} inputs: rows {rows}, columns {columns}.",
  saidNone: "Output row {row}, column {column} reads zeros only.",
  legend: "Blue are inputs, dashed are zeros, framed are the taps of the kernel, green is the output.",
};
