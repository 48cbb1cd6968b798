// <receptive-field>: what one unit sees through a stack of layers, live. Attribute: layers, from
// the input up, each written kernel/stride or kernel/stride/dilation, such as "3/1 3/1 3/2".
import { fields, lengths, parseLayers, tooWide, unitsSeen, writeUnits } from "./field-math.mjs";
import { Figure, wholeNumber } from "./figure.mjs";
import { draw, make, range } from "./figure-view.mjs";
import { WORDS } from "./receptive-field-words.mjs";

const LIMITS = { kernel: 31, stride: 16, dilation: 16 };
const COLUMNS = ["layer", ...Object.keys(LIMITS), "jump", "sees", "remove"];
const MOST_LAYERS = 12;
const MOST_INPUTS = 40; // as many input units a picture with single units may have
const [UNIT, LEVEL, LEFT] = [20, 46, 66];
const TALLEST = 330; // a drawing of many layers has its levels nearer to each other

class ReceptiveField extends Figure {
  static sizes = {};
  static words = WORDS;

  static get observedAttributes() {
    return ["layers"];
  }

  static frame = `
<p class="answer say"></p>
<p class="refusal" hidden></p>
<div class="bar choice"><label>{choice}
  <input type="range" name="unit" min="0" step="1"></label> <span class="which"></span></div>
<div class="scroll" data-label="{stack}"><div class="picture"></div></div>
<div class="below"><div><div class="scroll" data-label="{layers}"><table class="layers">
<caption>{caption}</caption>
<thead><tr>${COLUMNS.map((name) => `<th scope="col">{${name}}</th>`).join("")}</tr></thead><tbody></tbody></table></div>
<div class="bar"><button name="add" type="button">{add}</button></div></div>
<ul class="seen"></ul></div>`;

  static style = `
.answer { font-size: 1.05rem; } .seen { margin: .4rem 0; padding-left: 1.2rem; }
.below { display: flex; flex-wrap: wrap; gap: .4rem 2rem; } .below > * { min-width: 0; }
.layers { --hue: transparent; } .layers th, .layers td { font-size: .9rem; text-align: left;
  padding: .1rem .5rem .1rem 0; background: none; width: auto; }
.layers input { width: 3.4rem; } .layers button { min-width: 2.4rem; }
.layers td.jump, .layers td.field { padding-left: .3rem; } caption { font-weight: bold; }
svg.stack { width: 100%; }
.unit { fill: color-mix(in srgb, var(--hue) 20%, var(--paper)); stroke: var(--hue); }
.unit.on { fill: var(--hue); } .edge { stroke: var(--quiet); stroke-opacity: .35; }
.edge.on { stroke: #c2710c; stroke-width: 2; stroke-opacity: 1; }
.cone { fill: color-mix(in srgb, #c2710c 22%, transparent); stroke: #c2710c; stroke-width: 1.5; }
.level { stroke: var(--hue); stroke-width: 4; } .input { --hue: #2f6fdb; } .output { --hue: #2a9d5c; }
.between { --hue: #8a5cd0; } .top { cursor: pointer; }
input[type=range] { padding: 0; accent-color: #2a9d5c; }
@container (max-width: 34rem) {
  .layers input { width: 2.7rem; } .layers button { min-width: 2rem; padding: 0; }
  .layers th, .layers td { font-size: .8rem; padding-right: .3rem; }
}`;

  #unit = 0;

  read() {
    const text = this.getAttribute("layers") ?? "3/1 3/1 3/1";
    const layers = parseLayers(text);
    if (!layers.length || layers.length > MOST_LAYERS) {
      throw new Error(this.phrase("wrongCount", { text, most: MOST_LAYERS }));
    }
    for (const layer of layers) {
      for (const [name, most] of Object.entries(LIMITS)) {
        if (layer[name] <= most) continue;
        throw new Error(this.phrase("tooLarge", { name: this.words[name], value: layer[name], most }));
      }
    }
    const refused = tooWide(layers);
    if (refused) throw new Error(refused);
    this.#unit = Math.floor((unitsShown(layers) - 1) / 2);
    return { layers };
  }

  listen() {
    this.on("[name=unit]", "input", ({ target }) => this.#choose(Number(target.value)));
    this.on("[name=add]", "click", () => {
      const { layers } = this.settings;
      this.#build([...layers, { kernel: 3, stride: 1, dilation: 1 }]);
    });
    this.on(".picture", "click", ({ target }) => {
      if (target.dataset?.unit) this.#choose(Number(target.dataset.unit));
    });
    this.on(".layers", "input", ({ target }) => this.#edit(target));
    this.on(".layers", "click", ({ target }) => {
      if (target.name !== "remove") return;
      const at = Number(target.dataset.layer);
      this.#build(this.settings.layers.filter((_, other) => other !== at));
      (this.find(`[name=remove][data-layer="${Math.max(0, at - 1)}"]:not(:disabled)`) ??
        this.find("[name=add]")).focus();
    });
    this.#rows();
  }

  draw() {
    const { layers } = this.settings;
    const wrong = this.find(".layers [aria-invalid]");
    const wide = tooWide(layers);
    const refused = wrong
      ? this.phrase("wrong", { name: wrong.ariaLabel, most: LIMITS[wrong.name] }) : wide;
    this.find(".refusal").hidden = refused === null;
    this.find(".refusal").textContent = refused ?? "";
    this.find("[name=add]").disabled = layers.length === MOST_LAYERS;
    for (const part of [".answer", ".choice"]) this.find(part).hidden = wide !== null;
    if (wide) {
      for (const part of [".picture", ".seen"]) this.find(part).replaceChildren();
      for (const td of this.findAll(".layers .jump, .layers .field")) td.textContent = "";
      this.find(".answer").textContent = refused; // what is said to a screen reader
      return { layers: copyOf(layers), unit: null, seen: null, fields: null, jumps: null };
    }
    const units = unitsShown(layers);
    this.#unit = Math.min(this.#unit, units - 1);
    const slider = this.find("[name=unit]");
    Object.assign(slider, { max: units - 1, value: this.#unit });
    this.find(".choice").hidden = units === 1;
    this.find(".which").textContent = 
      this.phrase("which", { unit: this.#unit, last: units - 1 });
    const found = fields(layers);
    const seen = unitsSeen(layers, this.#unit);
    const { field, jump } = found.at(-1);
    this.find(".answer").textContent = this.phrase("answer", { layer: layers.length, field, jump });
    const names = found.map((_, level) =>
      level ? this.phrase("level", { level }) : this.words.input);
    const label = this.phrase(layers.length > 1 ? "picture" : "pictureOne", { layers: layers.length, field,
      total: lengths(layers, units)[0], seen: seen[0].length });
    this.find(".picture").replaceChildren(picture(layers, found, seen, units, names, label));
    this.find(".seen").replaceChildren(...seen.slice(0, -1).map((list, level) =>
      make("li", {}, this.#seenSentence(list, names[level]))).reverse());
    this.findAll(".layers tbody tr").forEach((row, at) => {
      row.querySelector(".jump").textContent = found[at + 1].jump;
      row.querySelector(".field").textContent = found[at + 1].field;
    });
    return {
      layers: copyOf(layers), unit: this.#unit, seen,
      fields: found.map((one) => one.field), jumps: found.map((one) => one.jump),
    };
  }

  /** Another list of layers: new rows, and the picture. */
  #build(layers) {
    this.settings.layers = layers;
    this.#rows();
    this.change({});
  }

  #rows() {
    const { layers } = this.settings;
    this.find(".layers tbody").replaceChildren(...layers.map((layer, at) => {
      const fieldOf = (name) => {
        const field = make("input", {
          type: "number", name, min: 1, max: LIMITS[name], "data-layer": at,
          "aria-label": this.phrase("field", { layer: at + 1, name: this.words[name] }),
        });
        field.value = layer[name];
        return make("td", {}, field);
      };
      const remove = make("button", { type: "button", name: "remove", "data-layer": at,
        "aria-label": this.phrase("removeOne", { layer: at + 1 }) }, "×");
      remove.disabled = layers.length === 1;
      return make("tr", {}, make("th", { scope: "row" }, at + 1),
        ...Object.keys(LIMITS).map(fieldOf), make("td", { class: "jump" }),
        make("td", { class: "field" }), make("td", {}, remove));
    }));
  }

  /** A number that is none is told, and the layer stays as it was. */
  #edit(field) {
    const value = wholeNumber(field.value, 1, LIMITS[field.name]);
    if (value === null) field.setAttribute("aria-invalid", "true");
    else {
      field.removeAttribute("aria-invalid");
      this.settings.layers[Number(field.dataset.layer)][field.name] = value;
    }
    this.redraw();
    this.speak(value === null ? this.find(".refusal").textContent : undefined);
  }

  /** Which units of a level are seen, and how many between them are not. */
  #seenSentence(units, level) {
    const seen = this.phrase(units.length > 1 ? "seen" : "seenOne",
      { level, count: units.length, units: writeUnits(units) });
    const missing = units.at(-1) - units[0] + 1 - units.length;
    return missing ? this.phrase("gaps", { seen, missing }) : seen;
  }

  #choose(unit) {
    this.#unit = unit;
    this.redraw();
    const input = this.state.seen[0];
    this.speak(this.phrase("said", { unit, units: writeUnits(input) }));
  }
}

/** As many units of the last layer as a picture has room for, at most five. */
function unitsShown(layers) {
  const { field, jump } = fields(layers).at(-1);
  return Math.max(1, Math.min(5, Math.floor((MOST_INPUTS - field) / jump) + 1));
}

function copyOf(layers) {
  return layers.map((layer) => ({ ...layer }));
}

/** The levels above each other, the input at the bottom; what the chosen unit sees stands out. */
function picture(layers, found, seen, units, names, label) {
  const counts = lengths(layers, units);
  const total = counts[0];
  const single = total <= MOST_INPUTS;
  const unit = single ? UNIT : (MOST_INPUTS * UNIT) / total;
  const x = (level, at) => LEFT + (found[level].start + at * found[level].jump + 0.5) * unit;
  const step = Math.min(LEVEL, TALLEST / layers.length);
  const y = (level) => (layers.length - level) * step + 12;
  const width = LEFT + total * unit + 4;
  const svg = draw("svg", { class: "stack", role: "img",
    viewBox: `0 0 ${width} ${y(0) + 14}`,
    style: `max-width: ${width}px; min-width: ${Math.min(width, 520)}px`,
    "aria-label": label });
  const kind = (level) => (level === 0 ? "input" : level === layers.length ? "output" : "between");
  const chosen = seen.map((list) => new Set(list));
  if (!single) {
    const side = (end) => found.map((_, level) => {
      const edge = end < 0 ? seen[level][0] : seen[level].at(-1);
      return `${x(level, edge) + end * 3},${y(level)}`;
    });
    svg.append(draw("polygon", { class: "cone", points: [...side(-1), ...side(1).reverse()].join(" ") }));
  }
  for (const [at, layer] of single ? layers.entries() : []) {
    const edges = range(0, counts[at + 1] - 1).flatMap((above) => range(0, layer.kernel - 1).map(
      (tap) => [above, above * layer.stride + tap * layer.dilation, chosen[at + 1].has(above)]));
    edges.sort((one, other) => one[2] - other[2]); // the marked ones on top
    svg.append(...edges.map(([above, below, on]) => draw("line", {
      class: on ? "edge on" : "edge",
      x1: x(at + 1, above), y1: y(at + 1), x2: x(at, below), y2: y(at),
    })));
  }
  found.forEach((_, level) => {
    svg.append(draw("text", { x: 0, y: y(level) + 4 }, names[level]));
    if (!single) {
      const [first, last] = [x(level, 0), x(level, counts[level] - 1)];
      svg.append(draw("line", { class: `level ${kind(level)}`, y1: y(level), y2: y(level),
        x1: first - 2, x2: last + 2 }));
      return;
    }
    svg.append(...range(0, counts[level] - 1).map((at) => draw("circle", {
      class: `unit ${kind(level)}${chosen[level].has(at) ? " on" : ""}` +
        (level === layers.length ? " top" : ""),
      cx: x(level, at), cy: y(level), r: 7,
      ...(level === layers.length && { "data-unit": at }),
    })));
  });
  return svg;
}

customElements.define("receptive-field", ReceptiveField);
