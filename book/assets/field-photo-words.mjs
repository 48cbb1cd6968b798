// The words of <field-photo>.
export const WORDS = {
  controls: "Network, layer and unit",
  picture: "Picture", cat: "cat", coffee: "coffee", astronaut: "astronaut",
  network: "Network", own: "pattern below", layer: "Layer",
  pattern: "Pattern", kernel: "Kernel of each CONV",
  photo: "The picture, {side} × {side}. Arrow keys choose a unit of the layer.",
  says: "A unit of layer {layer} sees {high} × {wide} of the {side} × {side} pixels; its neighbour sees the same, " +
    "{down} further on. Row {row}, column {column} of {rows} × {columns} sees rows {top} to {bottom} and " +
    "columns {left} to {right}.",
  over: "The frame hangs over the edge, where padding is.",
  overhanging: "{says} {over}",
  unreadable: "pattern=\"{pattern}\" cannot be read.",
  legend: "Orange frames what the chosen unit sees, blue what its neighbours to the right and below see. " +
    "White points are the middles of all units' fields, where there are not too many.",
  wrong: "Column {column}: this pattern cannot be read or built.",
};
