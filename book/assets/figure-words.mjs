// The words that several figures share.
export const WORDS = {
  cell: "row {row}, column {column}: {value}",
  comma: ", ",
  and: "{list} and {last}",
  gigabytes: "{size} GB", megabytes: "{size} MB", kilobytes: "{size} kB", bytesUnit: "{size} bytes",
  noFit: "{formula}: a {kernel}×{kernel} window does not fit into the padded input of {padded}×{padded}.",
  noTile: "{formula} is not an integer: a {kernel}×{kernel} window at stride {stride} does not tile " +
    "this input. Nearest valid stride: {one}.",
  noTileTwo: "{formula} is not an integer: a {kernel}×{kernel} window at stride {stride} does not " +
    "tile this input. Nearest valid strides: {one} and {two}.",
  // What the author of a page is told about attributes and numbers of an element.
  notWhole: "{name}=\"{given}\" is not a whole number from {least} to {most}.",
  notNumber: "{name}=\"{given}\" is not a number from {least} to {most}.",
  notListed: "{name}=\"{given}\" is not one of {names}.",
  wrongShape: "{name} should be {shape} numbers.",
};
