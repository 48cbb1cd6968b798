// The words of <network-gallery>.
export const WORDS = {
  caption: "Six networks, computed from their layers; choose which to draw",
  network: "Network", parameters: "Parameters", multiplyAdds: "Multiply-adds",
  bytes: "Memory of one image, forward", error: "Top-5 error",
  none: "–", percent: "{value}%",
  legend: "All drawings have one scale: a box is as high as its volume has rows, and as " +
    "wide as it has maps, or one line where that is less. The error is that of the entry in the " +
    "ImageNet challenge, several networks together; LeNet-5 reads digits.",
  drawing: "{name}: {count} volumes, drawn to scale. Arrow keys go from volume to volume.",
  nothing: "Choose a network above.",
  layer: "{name}, {layer}: {shape}, {parameters} parameters, {multiplyAdds} multiply-adds; one value " +
    "sees {field} pixels.",
  shown: "{name} is drawn.", hidden: "{name} is no longer drawn.",
};
