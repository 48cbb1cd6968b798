// The words of <fc-conv-photo>.
export const WORDS = {
  controls: "Picture and neuron",
  picture: "Picture", cat: "cat", coffee: "coffee", astronaut: "astronaut",
  window: "Window", stride: "Stride", take: "Look for what is framed",
  photo: "The scores over the picture, {places} by {places}. Arrow keys choose a window, Enter makes it the " +
    "neuron's weights.",
  weights: "Weights, {window} × {window}",
  weightsLabel: "The neuron's weights, {window} by {window}: the patch less its mean.",
  size: "({side} − {window})/{stride} + 1 = {places}: the neuron answers {places} × {places} times. Crop by crop " +
    "it would be handed {cropValues} pixels, as a filter it passes over {passValues} once.",
  said: "Score ({row}, {column}) is {value}: the answer to rows {top} to {bottom} and columns {left} to {right}.",
  best: "Half a window or more away from the patch, the highest score is {value}, at rows {top} to {bottom} and " +
    "columns {left} to {right}.",
  legend: "The neuron looks for the patch in the green frame: its weights are the patch less its mean, scaled so " +
    "that the patch scores 1 and an even surface 0. The more orange a place, the higher the score of the window " +
    "around it. White frames the chosen window. Weights are white where they are positive, blue where negative.",
  taken: "The neuron now looks for rows {top} to {bottom} and columns {left} to {right}.",
  even: "This window is nearly even: there is nothing to look for.",
};
