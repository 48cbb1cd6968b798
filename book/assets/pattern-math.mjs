// Reads the pattern that the notes write networks in, as `networks.pattern` of the book does:
//     INPUT -> [[CONV -> RELU]*2 -> POOL?]*2 -> FC
// A text in, a list of {kind, place} out, or a PatternError that points at a character.

const LAYERS = ["CONV", "RELU", "POOL", "FC"];
const ORDER = ["INPUT", ...LAYERS, "[", "->", "*", "?", "]", "number", "letter", "end"];
const MAY_FOLLOW = {
  CONV: ["INPUT", "RELU", "POOL"], RELU: ["CONV", "FC"], POOL: ["INPUT", "RELU", "POOL"],
  FC: ["INPUT", "RELU", "POOL"],
};
const MOST_LAYERS = 1000;
const TOKEN = /\s*(?:(->|[[\]*?])|(\d+)|([A-Za-z_]\w*)|(\S)|$)/y;

/** What does not fit; `column`, counted from 1, says where. `key` and `values` make its sentence. */
export class PatternError extends Error {
  constructor(place, key, values = {}) {
    super(key);
    Object.assign(this, { column: place + 1, key, values });
  }
}

/** The layers after INPUT, with every repeat unrolled; each POOL? is there. */
export function parsePattern(text) {
  const read = reader(text);
  read.take(["INPUT"]);
  const layers = [];
  let also = [];
  while (read.peek().sign !== "end") {
    read.take([...also, "->"], "end");
    also = part(read, layers);
  }
  checkOrder(layers, text);
  return layers;
}

/**
 * The specifications of a network for `build`, from the layers of a pattern. Every CONV has as many
 * filters and keeps the size, every POOL halves it, every FC but the last has as many units.
 */
export function specify(layers, [, rows, columns], { filters, kernel, units, classes }) {
  const last = layers.length - 1;
  return layers.map(({ kind, place }, at) => {
    if (kind === "CONV") return { kind, filters, kernel, pad: (kernel - 1) / 2 };
    if (kind === "FC") return { kind, units: at === last ? classes : units };
    if (kind === "RELU") return { kind };
    if (rows % 2 || columns % 2) throw new PatternError(place, "tile", { rows, columns });
    [rows, columns] = [rows / 2, columns / 2];
    return { kind, size: 2 };
  });
}

/** Reads one layer or group into `layers`; the signs that may follow it besides. */
function part(read, layers) {
  const { sign, place } = read.take([...LAYERS, "["]);
  if (sign !== "[") {
    layers.push({ kind: sign, place });
    if (sign !== "POOL") return [];
    if (read.peek().sign !== "?") return ["?"];
    read.take(["?"]);
    return [];
  }
  const once = [];
  let also = part(read, once);
  while (read.peek().sign !== "]") {
    read.take(["->", "]", ...also]);
    also = part(read, once);
  }
  read.take(["]"]);
  if (read.peek().sign !== "*") {
    layers.push(...once);
    return ["*"];
  }
  read.take(["*"]);
  const count = read.take(["number", "letter"]);
  if (count.sign === "letter") throw new PatternError(count.place, "letter", { letter: count.text });
  const times = Number(count.text);
  if (once.length * times > MOST_LAYERS) {
    throw new PatternError(count.place, "many", { most: MOST_LAYERS });
  }
  for (let turn = 0; turn < times; turn += 1) layers.push(...once);
  return [];
}

/** Hands out the signs of a text one by one. */
function reader(text) {
  let [at, next] = [0, null];
  const open = [];
  const peek = () => {
    if (next) return next;
    TOKEN.lastIndex = at;
    const [whole, punctuation, number, word, other] = TOKEN.exec(text);
    const place = at + whole.length - (punctuation ?? number ?? word ?? other ?? "").length;
    if (other) throw new PatternError(place, "nothing", { sign: other });
    const known = word === "INPUT" || LAYERS.includes(word);
    next = {
      place, text: punctuation ?? number ?? word,
      sign: punctuation ?? (number ? "number" : known ? word : word ? "letter" : "end"),
    };
    if (next.sign === "end") next.place = text.trimEnd().length;
    at += whole.length;
    return next;
  };
  const take = (expected, ...more) => {
    const found = peek();
    if (!expected.includes(found.sign)) {
      if (found.sign === "end" && expected.includes("]")) {
        throw new PatternError(open.at(-1), "unclosed");
      }
      const wanted = ORDER.filter((sign) => [...expected, ...more].includes(sign));
      const capitals = !ORDER.includes(found.text) && ORDER.includes(found.text?.toUpperCase());
      const key = found.sign === "end" ? "ended" : capitals ? "capitals" : "expected";
      throw new PatternError(found.place, key, { wanted, found: found.text });
    }
    if (found.sign === "[") open.push(found.place);
    if (found.sign === "]") open.pop();
    next = null;
    return found;
  };
  return { peek, take };
}

function checkOrder(layers, text) {
  let [before, dense] = ["INPUT", false];
  for (const { kind, place } of layers) {
    if (dense && (kind === "CONV" || kind === "POOL")) throw new PatternError(place, "dense", { kind });
    if (!MAY_FOLLOW[kind].includes(before)) {
      throw new PatternError(place, kind === "RELU" ? "relu" : "follow", { kind, before });
    }
    dense ||= kind === "FC";
    before = kind;
  }
  if (before !== "FC") throw new PatternError(text.trimEnd().length, "last");
}
