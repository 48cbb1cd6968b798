// Two networks layer by layer beside each other, as <network-sizer> shows them.
import { make } from "./figure-view.mjs";

const COLUMNS = ["layer", "parameters", "multiplyAdds"];
const UNITS = [[1e9, "\u00a0G"], [1e6, "\u00a0M"], [1e3, "\u00a0k"], [1, ""]];

/**
 * The layers of two networks in pairs. Layers whose maps have equally many rows stand beside each
 * other, in their order; where one network has fewer of them, null stands beside the rest.
 */
export function pairLayers(one, other) {
  const [left, right] = [runsOf(one), runsOf(other)];
  const pairs = [];
  while (left.length || right.length) {
    const [a, b] = [left, right].map(([run]) => run?.side ?? 0);
    const some = a >= b ? left.shift().layers : [];
    const others = b >= a ? right.shift().layers : [];
    for (let at = 0; at < Math.max(some.length, others.length); at += 1) {
      pairs.push([some[at] ?? null, others[at] ?? null]);
    }
  }
  return pairs;
}

/** The parts of a table of two networks, each {title, layers, totals}; bars have one scale for both. */
export function pairTable(words, networks) {
  const pairs = pairLayers(...networks.map(({ layers }) => layers));
  const most = (key) => Math.max(1, ...networks.flatMap(({ layers }) => layers.map((layer) => layer[key])));
  const scales = { parameters: most("parameters"), multiplyAdds: most("multiplyAdds") };
  const titles = networks.map(({ title }) =>
    make("th", { scope: "colgroup", colspan: COLUMNS.length, translate: "no" }, title));
  const heads = networks.flatMap(() => COLUMNS.map((name) => make("th", { scope: "col" }, words[name])));
  const rows = pairs.map((pair) => make("tr", {}, ...pair.flatMap((layer) => cellsOf(layer, scales))));
  const sums = networks.flatMap(({ totals }) => [make("th", { scope: "row" }, words.sum),
    make("td", {}, write(totals.parameters)), make("td", {}, write(totals.multiplyAdds))]);
  return [make("caption", {}, words.pairs),
    make("thead", {}, make("tr", {}, ...titles), make("tr", {}, ...heads)),
    make("tbody", {}, ...rows), make("tfoot", {}, make("tr", {}, ...sums))];
}

/** Layers one after the other whose maps have equally many rows: [{side, layers}, ...]. */
function runsOf(layers) {
  const runs = [];
  for (const layer of layers) {
    const side = layer.shape[1] ?? 1;
    if (runs.at(-1)?.side === side) runs.at(-1).layers.push(layer);
    else runs.push({ side, layers: [layer] });
  }
  return runs;
}

function cellsOf(layer, scales) {
  if (!layer) return COLUMNS.map((name) => make("td", { class: `${name} none` }));
  const share = (key) => {
    const td = make("td", { class: `share ${key}` }, write(layer[key]));
    td.style.setProperty("--share", `${(100 * layer[key]) / scales[key]}%`);
    return td;
  };
  const shape = make("span", { class: "shape" }, layer.shape.join("×"));
  return [make("td", { class: "layer", translate: "no" }, `${layer.name} `, shape), share("parameters"),
    share("multiplyAdds")];
}

function write(number) {
  const [divisor, unit] = UNITS.find(([least]) => number >= least) ?? UNITS.at(-1);
  return Number((number / divisor).toPrecision(3)) + unit;
}
