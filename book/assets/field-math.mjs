// What one unit of a stack of layers sees, without a page around it. Layers are listed from the
// input up, {kernel, stride, dilation}; one dimension stands for rows and columns alike.

import { WORDS } from "./receptive-field-words.mjs";
import { fill } from "./words.mjs";

const WIDEST = 10000;

/** "3/1 5/2/2" as layers; an Error names the token that is none. */
export function parseLayers(text) {
  const tokens = text.trim().split(/\s+/).filter(Boolean);
  return tokens.map((token) => {
    const parts = token.split("/").map(Number);
    const [kernel, stride = 1, dilation = 1] = parts;
    if (parts.length > 3 || ![kernel, stride, dilation].every((one) => isSize(one))) {
      throw new Error(fill(WORDS.noLayer, { token }));
    }
    return { kernel, stride, dilation };
  });
}

function isSize(value) {
  return Number.isInteger(value) && value >= 1;
}

/** Why a stack is not drawn, in one sentence; null where it is. */
export function tooWide(layers) {
  const { field, jump } = fields(layers).at(-1);
  if (field <= WIDEST && jump <= WIDEST) return null;
  return fill(WORDS.wide, { widest: WIDEST });
}

/** How far a layer's window reaches: (kernel − 1)·dilation + 1. */
export function reachOf({ kernel, dilation }) {
  return (kernel - 1) * dilation + 1;
}

/** For the input and after each layer: how wide a unit sees, how far neighbours are apart in the
 * input, and where the first unit's middle lies, counted from the input's first unit. */
export function fields(layers) {
  let [field, jump, start] = [1, 1, 0];
  const found = [{ field, jump, start }];
  for (const layer of layers) {
    const growth = (reachOf(layer) - 1) * jump; // its own stride does not widen it
    field += growth;
    start += growth / 2;
    jump *= layer.stride;
    found.push({ field, jump, start });
  }
  return found;
}

/** How many units each level needs, input first, so that the last one has as many as asked. */
export function lengths(layers, units) {
  const found = [units];
  for (const layer of [...layers].reverse()) {
    found.unshift((found[0] - 1) * layer.stride + reachOf(layer));
  }
  return found;
}

/** The units of each level that one unit of the last layer depends on, input first. */
export function unitsSeen(layers, unit) {
  const found = [[unit]];
  for (const { kernel, stride, dilation } of [...layers].reverse()) {
    const below = found[0].flatMap((above) =>
      Array.from({ length: kernel }, (_, tap) => above * stride + tap * dilation),
    );
    found.unshift([...new Set(below)].sort((one, other) => one - other));
  }
  return found;
}

/** "0–4, 6, 8" for a list of numbers in order. */
export function writeUnits(units) {
  const runs = [];
  for (const unit of units) {
    const last = runs.at(-1);
    if (last && last[1] === unit - 1) last[1] = unit;
    else runs.push([unit, unit]);
  }
  const shown = runs.map(([first, last]) => (first === last ? first : `${first}–${last}`));
  if (shown.length > 12) shown.splice(6, shown.length - 9, "…");
  return shown.join(", ");
}
