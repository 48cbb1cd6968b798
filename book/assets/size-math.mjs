// The sizes of one convolutional layer with dilation: output, parameters, work, and what fits.
import { format, outputSize } from "./conv-math.mjs";
import { WORDS } from "./size-calculator-words.mjs";
import { fill } from "./words.mjs";

const MINUS = "\u2212";
const FARTHEST = 64; // how far from a setting that does not tile another one is looked for

/** How many inputs a dilated filter reaches over: (F − 1)·D + 1. */
export function effectiveKernel({ kernel, dilation }) {
  return (kernel - 1) * dilation + 1;
}

/** What the windows can move over: how far the first and the last one are apart at most. */
export function spanOf(settings) {
  return settings.input + 2 * settings.pad - effectiveKernel(settings);
}

/** The formula with its numbers, e.g. "(9 − (2·(3 − 1) + 1) + 2·0)/1 + 1 = 5". */
export function sizeFormula(settings) {
  const { input, kernel, stride, pad, dilation } = settings;
  const size = outputSize({ ...settings, kernel: effectiveKernel(settings) });
  const cut = Math.trunc(size * 100) / 100;
  const shown = format(cut) + (Math.abs(size - cut) > 1e-9 ? "…" : "");
  const window = dilation === 1 ? kernel : `(${dilation}·(${kernel} ${MINUS} 1) + 1)`;
  return `(${input} ${MINUS} ${window} + 2·${pad})/${stride} + 1 = ${shown}`;
}

/** Sizes and counts of a layer; output is null where the windows do not tile the input. */
export function sizes(settings) {
  const { stride, kernel, filters, depth } = settings;
  const span = spanOf(settings);
  const fits = span >= 0;
  const output = fits && span % stride === 0 ? span / stride + 1 : null;
  const weights = kernel ** 2 * depth * filters;
  return {
    output,
    floored: fits ? Math.floor(span / stride) + 1 : null, // PyTorch's size; null: it refuses too
    leftOver: fits ? span % stride : null, // rows and columns that no window reaches
    effective: effectiveKernel(settings),
    weights,
    biases: filters,
    parameters: weights + filters,
    values: output === null ? null : output ** 2 * filters,
    multiplyAdds: output === null ? null : output ** 2 * weights,
    nearest: output === null ? nearest(settings) : null,
  };
}

/** For each setting, the next smaller and the next larger value that makes the windows tile. */
export function nearest(settings) {
  const tiles = (change) => {
    const span = spanOf({ ...settings, ...change });
    if (change.stride > settings.stride && change.stride >= span) return false; // one window only
    return span >= 0 && span % (change.stride ?? settings.stride) === 0;
  };
  const found = {};
  for (const [name, least] of [["stride", 1], ["pad", 0], ["kernel", 1], ["input", 1]]) {
    found[name] = [-1, 1].flatMap((direction) => {
      for (let by = 1; by <= FARTHEST; by += 1) {
        const value = settings[name] + direction * by;
        if (value < least) break;
        if (tiles({ [name]: value })) return [value];
      }
      return [];
    });
  }
  return found;
}

/** Why there is no output, and what would give one; null where there is one. */
export function refusal(settings) {
  const { output, leftOver, effective } = sizes(settings);
  if (output !== null) return null;
  const reason = fill(leftOver === null ? WORDS.noFit : WORDS.noTile, { formula: sizeFormula(settings),
    effective, padded: settings.input + 2 * settings.pad, stride: settings.stride });
  const list = writeNearest(settings);
  return list ? fill(WORDS.near, { reason, list }) : reason;
}

function writeNearest(settings) {
  const names = { stride: "nearStride", pad: "nearPad", kernel: "nearKernel", input: "nearInput" };
  const parts = Object.entries(nearest(settings))
    .filter(([, values]) => values.length)
    .map(([name, values]) => fill(WORDS[names[name]], { values: values.join(WORDS.or) }));
  const last = parts.pop();
  return parts.length ? fill(WORDS.lastOr, { list: parts.join(WORDS.comma), last }) : last;
}
