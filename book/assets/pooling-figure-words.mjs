// The words of <pooling-figure>.
export const WORDS = {
  controls: "Pooling controls",
  kind: "Keep", max: "max", average: "average", L2: "L2",
  input: "Input", size: "Window", stride: "Stride", seed: "Other numbers",
  flow: "Input, output and their gradients",
  forward: "forward", backward: "backward",
  hint: "Underlined: the places that a window took (its switches). Type other gradients into dout.",
  field: "dout, row {row}, column {column}",
  noFit: "A window of {size}×{size} does not fit into {input}×{input}.",
  noTile: "({input} − {size})/{stride} + 1 is not a whole number: windows of {size}×{size} at stride " +
    "{stride} do not tile an input of {input}×{input}.",
  saidAverage: "out[{row}][{column}] looks at {seen}: their average is {result}. Backward, each of the " +
    "{count} gets {gradient}/{count} = {share}.",
  saidL2: "out[{row}][{column}] looks at {seen}: the root of the sum of their squares is {result}. " +
    "Backward, each gets {gradient} times its value over {result}: {shares}.",
  saidMax: "out[{row}][{column}] looks at {seen}: the largest is {result}, at row {i}, column {j}. " +
    "Backward, the whole {gradient} goes there, and nothing to the others.",
  saidTie: "out[{row}][{column}] looks at {seen}: the largest is {result}, at row {i}, column {j}, the " +
    "first of {equal} equal ones. Backward, the whole {gradient} goes there, and nothing to the others.",
  others: "{said} Other windows add {others}: dx is {dx}.",
};
