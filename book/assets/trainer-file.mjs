// The file that <convnet-trainer> saves a network in, and reads it from: JSON with the settings, the
// step, and the parameters in PyTorch's order, an array of float32 numbers for each.
import { build, parameters } from "./net-math.mjs";
import { PatternError } from "./pattern-math.mjs";
import { CHOICES, isWithin, LISTS, NUMBERS, shapeOf, specsOf } from "./trainer-settings.mjs";

export const MOST_BYTES = 10_000_000; // more than any network has that can be set here
const FIGURE = "convnet-trainer";
const VERSION = 1;
const MOST_SIGNS = 1000; // of a pattern

/** What is wrong with a file; `key` and `values` make its sentence. */
export class FileError extends Error {
  constructor(key, values = {}) {
    super(key);
    Object.assign(this, { key, values });
  }
}

/** The text of the file. Nine digits are enough to tell any two float32 numbers apart. */
export function written(settings, step, weights) {
  const numbers = weights.map((array) => Array.from(array, (value) => Number(value.toPrecision(9))));
  return JSON.stringify({ figure: FIGURE, version: VERSION, step, settings, weights: numbers });
}

/** {settings, step, weights} of a file's text, or a FileError. */
export function readNetwork(text) {
  const file = parsed(text);
  if (file?.figure !== FIGURE) throw new FileError("fileAlien");
  if (file.version !== VERSION) throw new FileError("fileVersion");
  if (!Number.isInteger(file.step) || file.step < 0) throw damaged("steps");
  const settings = readSettings(file.settings);
  return { settings, step: file.step, weights: readWeights(file.weights, settings) };
}

/** Offers a text to the reader as a file. */
export function download(name, text) {
  const href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  Object.assign(document.createElement("a"), { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 60_000); // the browser may ask first where it goes
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    throw new FileError("fileAlien");
  }
}

/** Those settings that the figure has, each within its bounds. */
function readSettings(given) {
  const rules = {
    pattern: (value) => typeof value === "string" && value.length <= MOST_SIGNS,
    few: (value) => typeof value === "boolean",
  };
  for (const [name, names] of Object.entries(CHOICES)) rules[name] = (value) => names.includes(value);
  for (const [name, [, ...offered]] of Object.entries(LISTS)) rules[name] = (value) => offered.includes(value);
  for (const name of Object.keys(NUMBERS)) {
    rules[name] = (value) => typeof value === "number" && isWithin(name, value);
  }
  return Object.fromEntries(Object.entries(rules).map(([name, isRight]) => {
    if (!isRight(given?.[name])) throw damaged(name);
    return [name, given[name]];
  }));
}

function readWeights(given, settings) {
  const arrays = parameters(build(specs(settings), shapeOf(settings.data)));
  const count = (lists) => lists.reduce((sum, { length }) => sum + length, 0);
  const isRight = Array.isArray(given) && given.length === arrays.length && given.every((list, at) =>
    Array.isArray(list) && list.length === arrays[at].length && list.every((value) =>
      typeof value === "number" && Number.isFinite(Math.fround(value))));
  if (!isRight) throw new FileError("fileWeights", { count: count(arrays).toLocaleString("en") });
  return given.map((list) => Float32Array.from(list));
}

function specs(settings) {
  try {
    return specsOf(settings);
  } catch (error) {
    if (error instanceof PatternError) throw damaged("pattern");
    throw error;
  }
}

function damaged(name) {
  return new FileError("fileDamaged", { name });
}
