// The words of <fc-conv-figure>.
export const WORDS = {
  controls: "Sizes of map and layer",
  input: "Map", window: "Window", stride: "Stride",
  pieces: "Map, crop, weights and scores",
  size: "({input} − {window})/{stride} + 1 = {size}: the neuron answers {size}×{size} times.",
  map: "Map, {input}×{input}", crop: "Crop", weights: "Weights", scores: "Scores, {size}×{size}",
  cropWise: "Crop by crop", cropCount: "the layers below compute {crops} × {each} = {cropValues} values",
  onePass: "In one pass",
  fewer: "they compute {input}·{input} = {passValues}, each once, {times} times fewer",
  same: "they compute {input}·{input} = {passValues}, each once, as many",
  more: "they compute {input}·{input} = {passValues}, each once, more: the windows leave gaps",
  layer: "This layer", layerCount: "{crops} × {each} = {multiplyAdds} multiply-adds either way",
  said: "Score ({row}, {column}) is the neuron's answer to rows {rows} and columns {columns}: {value}.",
  span: "{first} to {last}",
  dot: "crop · weights: ", bias: "plus the bias: ",
  noFit: "A window of {window}×{window} does not fit into a map of {input}×{input}.",
  noTile: "({input} − {window})/{stride} + 1 is not a whole number: windows of {window}×{window} at " +
    "stride {stride} do not tile a map of {input}×{input}.",
  wrongBias: "b should be a number.",
};
