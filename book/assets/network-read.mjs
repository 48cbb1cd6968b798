// The language of the network sizer: one layer a line. A line in, a plain object out, or an Error
// that says what was expected.

import { WORDS } from "./network-sizer-words.mjs";
import { phrases } from "./words.mjs";

const phrase = phrases(WORDS);
const BIG = 1_000_000;
const KERNEL = /^(\d+)[x×](\d+)$/;
const IN_PLACE = ["relu", "tanh", "sigmoid", "dropout", "flatten"];

/** For each layer, how a line of it looks. */
export const EXAMPLES = {
  input: "input 3x224x224", conv: "conv 64 3x3 s1 p1", pool: "pool 2x2 s2", relu: "relu",
  tanh: "tanh", sigmoid: "sigmoid", lrn: "lrn", batchnorm: "batchnorm", fc: "fc 4096",
  global: "global average", flatten: "flatten", dropout: "dropout 0.5",
  inception: "inception 64 96 128 16 32 32", bottleneck: "bottleneck 64 256 1",
};

const READERS = {
  input: readInput, conv: readConv, pool: readPool, fc: readFc, global: readGlobal,
  lrn: readBare, batchnorm: readBare, inception: readNumbers, bottleneck: readNumbers,
  ...Object.fromEntries(IN_PLACE.map((kind) => [kind, readBare])),
};

const ARGUMENTS = {
  inception: ["1×1", reduced("3×3"), "3×3", reduced("5×5"), "5×5", WORDS.pooled],
  bottleneck: [WORDS.mid, WORDS.out, WORDS.stride],
};

/** The layer that a line names; null where the line is empty or only a # remark. */
export function readLine(text) {
  const words = text.replace(/#.*/, "").trim().toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return null;
  const [kind, ...rest] = words;
  if (!Object.hasOwn(READERS, kind)) {
    throw new Error(phrase("unknown", { known: Object.keys(EXAMPLES).join(", "), kind }));
  }
  return { kind, ...READERS[kind](rest, kind) };
}

/** Whether a layer changes values one by one where they are, so that it needs no row. */
export function isInPlace({ kind }) {
  return IN_PLACE.includes(kind);
}

function readInput(words) {
  const found = /^(\d+)[x×](\d+)[x×](\d+)$/.exec(words[0] ?? "");
  if (!found) fail("input", WORDS.wantedSides, words[0]);
  end("input", words.slice(1));
  return { shape: found.slice(1).map((digits) => whole(digits, 1, BIG, "input")) };
}

function readConv([filters, kernel, ...options], kind) {
  const layer = {
    filters: count(filters, WORDS.wantedFilters, kind), kernel: window(kernel, kind),
    stride: 1, pad: 0, groups: 1, dilation: 1, bias: true, batchnorm: false, sees: null,
  };
  while (options.length) {
    const word = options.shift();
    if (word === "nobias") layer.bias = false;
    else if (word === "batchnorm") layer.batchnorm = true;
    else if (word === "sees") layer.sees = readSeen(options, layer.filters);
    else if (!setNumber(layer, word, { s: "stride", p: "pad", g: "groups", d: "dilation" })) {
      fail(kind, WORDS.wantedConv, word);
    }
  }
  if (layer.sees && layer.groups > 1) fail(kind, WORDS.wantedOne, WORDS.both);
  return layer;
}

/** After `sees`: for each filter, how many of the maps below it is connected to. */
function readSeen(options, filters) {
  const seen = options.splice(0, filters).map((word) => count(word, WORDS.wantedMaps, "conv"));
  if (seen.length < filters) fail("conv", phrase("wantedSeen", { filters }), `${seen.length}`);
  return seen;
}

function readPool([kernel, ...options], kind) {
  const layer = { kernel: window(kernel, kind), stride: null, pad: 0, ceil: false, learned: false };
  for (const word of options) {
    if (word === "ceil" || word === "learned") layer[word] = true;
    else if (!setNumber(layer, word, { s: "stride", p: "pad" })) {
      fail(kind, WORDS.wantedPool, word);
    }
  }
  if (layer.pad > Math.min(...layer.kernel) / 2) {
    fail(kind, WORDS.wantedHalf, `p${layer.pad}`);
  }
  return layer;
}

function readFc([units, ...options], kind) {
  const layer = { units: count(units, WORDS.wantedUnits, kind), bias: true, fixed: false };
  for (const word of options) {
    if (word === "nobias") layer.bias = false;
    else if (word === "fixed") layer.fixed = true;
    else fail(kind, WORDS.wantedFc, word);
  }
  return layer;
}

function readGlobal([word, ...rest], kind) {
  if (word !== "average") fail(kind, "average", word);
  end(kind, rest);
  return {};
}

function readBare(words, kind) {
  const rate = Number(words[0]);
  if (kind === "dropout" && rate >= 0 && rate < 1) words = words.slice(1);
  end(kind, words);
  return {};
}

function readNumbers(words, kind) {
  const names = ARGUMENTS[kind];
  const numbers = names.map((name, at) => count(words[at], phrase("wantedNumber", { name }), kind));
  end(kind, words.slice(names.length));
  return { numbers };
}

/** Takes over an option such as s2, where its letter is one of those. */
function setNumber(layer, word, letters) {
  const [, letter, digits] = /^([a-z])(\d+)$/.exec(word) ?? [];
  if (!letters[letter]) return false;
  layer[letters[letter]] = whole(digits, letter === "p" ? 0 : 1, 10_000, word);
  return true;
}

function window(word, kind) {
  const found = KERNEL.exec(word ?? "");
  if (!found) fail(kind, WORDS.wantedWindow, word);
  return found.slice(1).map((digits) => whole(digits, 1, 10_000, kind));
}

function count(word, expected, kind) {
  if (!/^\d+$/.test(word ?? "")) fail(kind, expected, word);
  return whole(word, 1, BIG, kind);
}

function whole(digits, least, most, where) {
  const value = Number(digits);
  if (least <= value && value <= most) return value;
  throw new Error(phrase("outside", { least, most: most.toLocaleString("en"), where, digits }));
}

function end(kind, words) {
  if (words.length) fail(kind, WORDS.wantedNothing, words[0]);
}

function fail(kind, expected, found) {
  throw new Error(phrase(found === undefined ? "ended" : "wrong", { expected, found, example: EXAMPLES[kind] }));
}

function reduced(size) {
  return phrase("reduced", { size });
}
