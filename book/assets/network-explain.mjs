// What made one unit of a network: its sum in words, the largest part of it, and what it sees below.
// `layer` counts volumes: 0 is the input, n what layer n makes.
import { format, writeProducts } from "./conv-math.mjs";
import { make } from "./figure-view.mjs";
import { inputsOf, placeIn } from "./net-math.mjs";

/** The lines that spell out how a unit's value comes about. */
export function explain(figure, layers, volumes, layer, at) {
  if (layer === 0) return [make("p", {}, figure.words.isPixel)];
  const { kind, in: shape } = layers[layer - 1];
  const before = volumes[layer - 1];
  const { pairs, bias } = inputsOf(layers[layer - 1], at);
  const value = format(volumes[layer][at]);
  const inputs = pairs.map(({ index }) => format(before[index]));
  if (kind === "RELU") {
    return [make("p", {}, figure.phrase("isCut", { value: inputs[0], result: value }))];
  }
  if (kind === "POOL") {
    return [make("p", {}, figure.phrase("isLargest", { values: inputs.join(figure.words.comma), result: value }))];
  }
  const groups = groupBy(pairs, mapOf(shape));
  const sums = [...groups.values()].map((some) => total(some, before));
  const written = (number) => (number < 0 ? `(${format(number)})` : format(number));
  const values = { count: pairs.length, groups: groups.size, sum: format(sums[0]),
    sums: sums.map((sum, i) => (i ? written(sum) : format(sum))).join(" + "),
    bias: written(bias), value };
  const parts = [...groups].map(([map, some], i) => make("details", {},
    make("summary", {}, figure.phrase("group", { map, sum: format(sums[i]) })),
    make("p", {}, writeProducts({ pairs: some.map(({ index, weight }) => [before[index], weight]),
      sum: sums[i] }))));
  if (parts.length === 1) parts[0].open = true;
  return [make("p", {}, figure.phrase(groups.size > 1 ? "isSum" : "isSumOne", values)),
    make("div", { class: "parts" }, ...parts)];
}

/** The index, in the volume before, of what adds most to a unit: by its product, or its value. */
export function largestInput(layers, volumes, layer, at) {
  const before = volumes[layer - 1];
  const { pairs } = inputsOf(layers[layer - 1], at);
  const share = ({ index, weight }) => before[index] * (weight ?? 1);
  return pairs.reduce((best, pair) => (share(pair) > share(best) ? pair : best)).index;
}

/** [layer, index] from a unit down to a pixel, by the largest input each time. */
export function pathDown(layers, volumes, layer, at) {
  const path = [[layer, at]];
  for (let l = layer; l > 0; l -= 1) path.push([l - 1, largestInput(layers, volumes, l, path.at(-1)[1])]);
  return path;
}

/** For each volume up to the unit's own, the maps and the box that it sees: {maps, top, left, ...}. */
export function regions(layers, layer, at) {
  const { map, row, column } = placeIn(layer ? layers[layer - 1].out : layers[0].in, at);
  let region = { maps: [map], top: row, left: column, bottom: row, right: column };
  const found = [region];
  for (let l = layer; l > 0; l -= 1) {
    region = seenBelow(layers[l - 1], region);
    found.unshift(region);
  }
  return found;
}

function seenBelow({ kind, in: [maps, rows, columns], size, kernel, pad }, region) {
  const all = Array.from({ length: maps }, (_, map) => map);
  if (kind === "RELU") return region;
  if (kind === "FC") return { maps: all, top: 0, left: 0, bottom: rows - 1, right: columns - 1 };
  const pool = kind === "POOL";
  const [stride, window, shift] = pool ? [size, size, 0] : [1, kernel, pad];
  const inside = (value, most) => Math.max(0, Math.min(most, value));
  return {
    maps: pool ? region.maps : all,
    top: inside(region.top * stride - shift, rows - 1),
    left: inside(region.left * stride - shift, columns - 1),
    bottom: inside(region.bottom * stride - shift + window - 1, rows - 1),
    right: inside(region.right * stride - shift + window - 1, columns - 1),
  };
}

function mapOf([, rows, columns]) {
  return ({ index }) => Math.floor(index / (rows * columns));
}

function groupBy(items, key) {
  const groups = new Map();
  for (const item of items) {
    if (!groups.has(key(item))) groups.set(key(item), []);
    groups.get(key(item)).push(item);
  }
  return groups;
}

function total(pairs, before) {
  return pairs.reduce((sum, { index, weight }) => sum + before[index] * weight, 0);
}
