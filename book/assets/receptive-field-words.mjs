// The words of <receptive-field>.
export const WORDS = {
  choice: "Unit of the last layer", which: "{unit} of 0–{last}",
  stack: "The stack, drawn", layers: "The layers", caption: "Layers, from the input up",
  layer: "layer", kernel: "kernel", stride: "stride", dilation: "dilation", jump: "jump", sees: "sees",
  remove: "remove", add: "Add a layer",
  field: "Layer {layer}: {name}", removeOne: "Remove layer {layer}",
  answer: "A unit of layer {layer} sees {field} × {field} of the input; its neighbour sees the same, {jump} " +
    "further on.",
  input: "input", level: "layer {level}",
  seenOne: "{level}: 1 unit, {units}", seen: "{level}: {count} units, {units}",
  gaps: "{seen}; {missing} between them not seen",
  said: "Unit {unit} sees input units {units}.",
  picture: "{layers} layers over {total} input units. The chosen unit sees {seen} of them, {field} from end " +
    "to end.",
  pictureOne: "1 layer over {total} input units. The chosen unit sees {seen} of them, {field} from end to end.",
  wrong: "{name} must be a whole number from 1 to {most}.",
  wide: "A unit that sees, or jumps by, more than {widest} inputs is not drawn.",
  noLayer: "\"{token}\" is no layer: write kernel/stride, as 3/1, or kernel/stride/dilation.",
  wrongCount: "layers=\"{text}\" should list 1 to {most} layers, such as \"3/1 3/1\".",
  tooLarge: "{name} {value} is more than {most}.",
};
