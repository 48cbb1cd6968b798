// Shapes, parameters, work and receptive field of a network, layer by layer, without a page.
// Where a volume stands on its way: `shape` is [C, H, W] or [units]; `grid` the rows and columns
// that its units are spread over, also when flattened; `field` what one of them sees of the image
// and where the first of them begins, `jump` how far two neighbours look apart: [down, right] all.
import { isInPlace, readLine } from "./network-read.mjs";
import { WORDS } from "./network-sizer-words.mjs";
import { phrases } from "./words.mjs";

const BYTES = 4; // of a float32
const BOTH = [0, 1]; // down and right
const phrase = phrases(WORDS);
const SIZERS = { conv, pool, fc, lrn, batchnorm, global, inception, bottleneck };

/**
 * A row for the input and for each layer, and their sums. Layers that work in place belong to the
 * row before them. With `open`, every part of a block has a row, as has a normalization.
 * `error` is {line, message} for the first line that is no layer; the rows before it remain.
 */
export function sizeNetwork(lines, { open = false } = {}) {
  const layers = [];
  let at = null;
  let error = null;
  for (const [index, text] of lines.entries()) {
    const line = index + 1;
    const before = layers.length;
    try {
      const layer = readLine(text);
      if (layer === null) continue;
      const sized = sizeLayer(at, layer);
      if (isInPlace(layer)) {
        layers.at(-1).then.push(layer.kind);
      } else {
        const name = text.replace(/#.*/, "").trim().replace(/\s+/g, " ");
        const opened = open && sized.parts;
        const rows = opened ? sized.parts : [{ ...sized, name: null, parts: null }];
        layers.push(...rows.map((row) => makeRow(row, line, layer.kind, name)));
      }
      at = sized;
      checkSize(layers);
    } catch ({ message }) {
      layers.length = before;
      error = { line, message: phrase("lineError", { line, text: text.trim(), message }) };
      break;
    }
  }
  if (!layers.length && !error) {
    error = { line: 1, message: WORDS.empty };
  }
  return { layers, totals: add(layers), error };
}

function sizeLayer(at, layer) {
  if (layer.kind === "input") {
    if (at) throw new Error(WORDS.oneInput);
    const { shape } = layer;
    return { shape, grid: shape.slice(1), field: [1, 1], start: [0, 0], jump: [1, 1] };
  }
  if (!at) throw new Error(WORDS.inputFirst);
  if (layer.kind === "flatten") return { ...placed(at), shape: [product(at.shape)] };
  return isInPlace(layer) ? at : SIZERS[layer.kind](placed(at), layer);
}

function makeRow(row, line, kind, text) {
  const values = product(row.shape);
  const { weights = 0, biases = 0, multiplyAdds = 0, field, start, jump, leftOver = [0, 0] } = row;
  const name = row.name ? `${text.split(" ")[0]}: ${row.name}` : text;
  return {
    line, kind, name, then: [], shape: row.shape, weights, biases, parameters: weights + biases,
    values, bytes: BYTES * values, multiplyAdds, field, start, jump,
    leftOver,
  };
}

function add(layers) {
  const sum = (key) => layers.reduce((total, layer) => total + layer[key], 0);
  const bytes = sum("bytes");
  return {
    weights: sum("weights"), biases: sum("biases"), parameters: sum("parameters"),
    parameterBytes: BYTES * sum("parameters"), values: sum("values"), bytes,
    bytesWithGradients: 2 * bytes, multiplyAdds: sum("multiplyAdds"),
    field: layers.at(-1)?.field ?? null,
  };
}

function checkSize(layers) {
  const { bytesWithGradients, parameterBytes, multiplyAdds, field } = add(layers);
  const most = Math.max(bytesWithGradients, parameterBytes, multiplyAdds, ...(field ?? []));
  if (most <= Number.MAX_SAFE_INTEGER) return;
  throw new Error(WORDS.tooLarge);
}

function conv(at, layer) {
  const { filters, kernel, groups, bias, sees } = layer;
  const below = mapsOf(at, "conv");
  if (below % groups || filters % groups) {
    throw new Error(phrase("wrongGroups", { groups, below, filters }));
  }
  if (sees && Math.max(...sees) > below) {
    throw new Error(phrase("wrongSees", { below }));
  }
  const moved = slide(at, layer);
  const weights = product(kernel) * (sees ? sum(sees) : (filters * below) / groups);
  const sized = {
    ...moved, name: `conv ${filters} ${kernel.join("×")}`, shape: [filters, ...moved.grid],
    weights, biases: bias ? filters : 0, multiplyAdds: product(moved.grid) * weights,
  };
  return layer.batchnorm ? block([sized, batchnorm(sized)]) : sized;
}

function pool(at, layer) {
  const maps = mapsOf(at, "pool");
  const moved = slide(at, layer);
  const learned = layer.learned ? maps : 0; // a factor and a bias for each map
  const name = `pool ${layer.kernel.join("×")}`;
  return { ...moved, name, shape: [maps, ...moved.grid], weights: learned, biases: learned };
}

function fc(at, { units, bias, fixed }) {
  const weights = units * product(at.shape);
  const learned = fixed ? {} : { weights, biases: bias ? units : 0 };
  return { ...gather(at), shape: [units], multiplyAdds: weights, ...learned };
}

function lrn(at) {
  mapsOf(at, "lrn");
  return { ...placed(at), name: "lrn" };
}

function batchnorm(at) {
  return { ...placed(at), name: "batchnorm", weights: at.shape[0], biases: at.shape[0] };
}

function global(at) {
  return { ...gather(at), shape: [mapsOf(at, "global average"), 1, 1] };
}

/** Four branches over one input, their maps stacked (Szegedy et al., 2015). */
function inception(at, { numbers: [one, reduceThree, three, reduceFive, five, pooled] }) {
  const branches = [
    [bare(one, 1)],
    [bare(reduceThree, 1), bare(three, 3)],
    [bare(reduceFive, 1), bare(five, 5)],
    [{ kind: "pool", kernel: [3, 3], stride: 1, pad: 1 }, bare(pooled, 1)],
  ];
  return join(at, branches, [one + three + five + pooled, ...at.grid]);
}

/** shortcut(x) + F(x), the stride in the first 1×1 (He et al., 2016). */
function bottleneck(at, { numbers: [mid, out, stride] }) {
  const normal = (filters, kernel, step) => ({
    ...bare(filters, kernel), stride: step, bias: false, batchnorm: true,
  });
  const same = stride === 1 && mapsOf(at, "bottleneck") === out;
  const shortcut = same ? [] : [normal(out, 1, stride)];
  const residual = [normal(mid, 1, stride), normal(mid, 3, 1), normal(out, 1, 1)];
  return join(at, [shortcut, residual]);
}

/** A convolution that keeps the size. */
function bare(filters, side) {
  const [kernel, pad] = [[side, side], (side - 1) / 2];
  return { kind: "conv", filters, kernel, pad, stride: 1, groups: 1, dilation: 1, bias: true };
}

/** Runs branches over the same input; the result sees all that any of them sees. */
function join(at, branches, shape) {
  const parts = [];
  const ends = branches.map((branch) => branch.reduce((before, layer) => {
    const sized = SIZERS[layer.kind](before, layer);
    parts.push(...(sized.parts ?? [sized]));
    return sized;
  }, at));
  const start = BOTH.map((d) => Math.min(...ends.map((end) => end.start[d])));
  const last = BOTH.map((d) => Math.max(...ends.map((end) => end.start[d] + end.field[d])));
  const field = BOTH.map((d) => last[d] - start[d]);
  const end = ends.at(-1);
  return block(parts, { ...placed(end), shape: shape ?? end.shape, start, field });
}

/** One row out of several, and where it ends: its own values are those of the last part alone. */
function block(parts, end = parts.at(-1)) {
  const whole = (key) => sum(parts.map((part) => part[key] ?? 0));
  const leftOver = parts.map((part) => part.leftOver ?? [0, 0]);
  return {
    ...placed(end), parts, weights: whole("weights"), biases: whole("biases"),
    multiplyAdds: whole("multiplyAdds"),
    leftOver: BOTH.map((d) => Math.max(...leftOver.map((left) => left[d]))),
  };
}

/** A window moves over the padded maps; sizes that do not tile are rounded as PyTorch does. */
function slide(at, { kernel, stride, pad, dilation = 1, ceil = false }) {
  const reach = kernel.map((side) => (side - 1) * dilation + 1);
  const steps = stride === null ? kernel : [stride, stride];
  const spans = BOTH.map((d) => at.grid[d] + 2 * pad - reach[d]);
  if (Math.min(...spans) < 0) {
    const maps = at.grid.map((side) => side + 2 * pad).join("×");
    throw new Error(phrase(pad ? "noFitPadded" : "noFitHere", { maps, window: reach.join("×") }));
  }
  const grid = BOTH.map((d) => {
    if (!ceil) return Math.floor(spans[d] / steps[d]) + 1;
    const size = Math.ceil(spans[d] / steps[d]) + 1;
    // A window that would begin beyond the maps and the zeros before them is none.
    return (size - 1) * steps[d] >= at.grid[d] + pad ? size - 1 : size;
  });
  return {
    grid,
    leftOver: BOTH.map((d) => Math.max(0, spans[d] - (grid[d] - 1) * steps[d])),
    field: BOTH.map((d) => at.field[d] + (reach[d] - 1) * at.jump[d]),
    start: BOTH.map((d) => at.start[d] - pad * at.jump[d]),
    jump: BOTH.map((d) => at.jump[d] * steps[d]),
  };
}

/** One unit that sees what all units of the grid see. */
function gather({ grid, field, start, jump }) {
  return {
    grid: [1, 1], start, jump: BOTH.map((d) => jump[d] * grid[d]),
    field: BOTH.map((d) => field[d] + (grid[d] - 1) * jump[d]),
  };
}

/** What stays the same where nothing is counted. */
function placed({ shape, grid, field, start, jump }) {
  return { shape, grid, field, start, jump };
}

function mapsOf({ shape }, kind) {
  if (shape.length === 3) return shape[0];
  throw new Error(phrase("noMaps", { kind, count: shape[0] }));
}

function product(numbers) {
  return numbers.reduce((result, number) => result * number, 1);
}

function sum(numbers) {
  return numbers.reduce((result, number) => result + number, 0);
}
