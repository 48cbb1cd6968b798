// <pooling-figure>: pooling one channel and sending gradients back through it, live.
// Attributes: input, size, stride. A child <script type="application/json"> with {"x", "dout"}
// supplies the numbers.
import { format, shapeOf } from "./conv-math.mjs";
import { Figure, givenNumbers } from "./figure.mjs";
import { cell, make, markSelected, numberGrid, numberTable, placeOf, title } from "./figure-view.mjs";
import { WORDS } from "./pooling-figure-words.mjs";
import {
  KINDS, poolBackward, pooledSize, poolForward, seededGrid, shares, windowOf,
} from "./pooling-math.mjs";

class PoolingFigure extends Figure {
  static sizes = { input: [4, 1, 10], size: [2, 1, 10], stride: [2, 1, 10] };

  static words = WORDS;

  static frame = `
<div class="bar" role="group" aria-label="{controls}">
  <label>{kind} <select name="kind"></select></label>
  <label>{input} <select name="input"></select></label>
  <label>{size} <select name="size"></select></label>
  <label>{stride} <select name="stride"></select></label>
  <button name="seed" type="button">{seed}</button>
</div>
<p class="refusal" hidden></p>
<div class="scroll" data-label="{flow}"><div class="flow"></div></div>
<p class="say"></p>
<p class="hint">{hint}</p>`;

  static style = `
.flow { display: grid; grid-template-columns: max-content auto max-content; gap: .3rem .8rem;
  align-items: center; justify-content: start; }
.arrow { text-align: center; font-size: .85rem; }
.x, .g { --cell: 1.9rem; } .y, .z { --cell: 2.4rem; }
td.switch { text-decoration: underline; text-decoration-thickness: 2px; font-weight: bold; }
td.taken { box-shadow: inset 0 0 0 4px var(--hue); }
caption { font-weight: bold; } .hint { font-size: .85rem; }
td input { width: 100%; min-height: 2.2rem; padding: 0; text-align: center; border: 0;
  background: none; font: inherit; }
.y td, .z td { min-width: 2.4rem; padding: 0 .1rem; }
td[role]:has(input) { cursor: text; }
@container (max-width: 34rem) {
  .x, .g { --cell: 1.6rem; } .flow { gap: .2rem .35rem; } td { font-size: .8rem; }
  .y, .z { --cell: 2rem; } .y td, .z td { min-width: 2rem; } .arrow span { display: none; }
}`;

  #seed = 1;
  #selected = { row: 0, column: 0 };
  #numbers = { x: null, dout: null };
  #kind = "max";

  read() {
    const settings = super.read();
    const given = givenNumbers(this) ?? {};
    const places = pooledSize(settings);
    for (const [name, side] of [["x", settings.input], ["dout", places]]) {
      const shape = `${side}×${side}`;
      if (given[name] === undefined || shapeOf(given[name]) === shape) continue;
      throw new Error(this.phrase("wrongShape", { name, shape }));
    }
    this.#numbers = { x: given.x ?? seededGrid(settings.input, 1), dout: given.dout ?? null };
    this.#selected = { row: 0, column: 0 };
    this.#seed = 1;
    this.#kind = "max";
    return settings;
  }

  listen() {
    const { input, stride } = this.settings;
    this.find("[name=kind]").append(...KINDS.map((kind) => new Option(this.words[kind], kind)));
    this.on("[name=kind]", "change", ({ target }) => {
      this.#kind = target.value;
      this.change({});
    });
    this.offer("input", 1, Math.max(input, 9));
    this.offer("size", 1, Math.max(this.settings.size, 7));
    this.offer("stride", 1, Math.max(stride, 4));
    this.on("[name=seed]", "click", () => {
      this.#seed += 1;
      this.#numbers = { x: seededGrid(this.settings.input, this.#seed), dout: null };
      this.change({});
    });
    const choose = ({ target }) => {
      const td = target.closest?.("[role=gridcell]");
      if (td) this.#select(placeOf(td));
    };
    this.on(".flow", "focusin", choose);
    this.on(".flow", "click", choose);
    this.on(".flow", "mouseover", choose);
    this.on(".flow", "input", ({ target }) => this.#edit(target));
  }

  draw() {
    const { input } = this.settings;
    if (this.#numbers.x.length !== input) {
      this.#numbers = { x: seededGrid(input, this.#seed), dout: null };
    }
    const places = pooledSize(this.settings);
    const refused = this.#refusal(places);
    this.find(".refusal").hidden = refused === null;
    this.find(".hint").hidden = refused !== null;
    this.find(".refusal").textContent = refused ?? "";
    if (refused) {
      this.find(".flow").replaceChildren();
      this.find(".say").textContent = "";
      return { ...this.settings, kind: this.#kind, x: this.#numbers.x, out: null, refusal: refused };
    }
    if (this.#numbers.dout?.length !== places) {
      this.#numbers.dout = seededGrid(places, this.#seed + 50, { least: 1 });
    }
    const { x, dout } = this.#numbers;
    const { out } = poolForward(x, this.settings, this.#kind);
    const [outName, doutName] = ["out", "dout"].map((id) =>
      Object.assign(title(id), { id, translate: false }));
    const flow = this.find(".flow");
    flow.replaceChildren(
      numberTable("x", "x", x),
      arrow(this.words.forward, "→"),
      numberGrid("y", outName, out),
      numberTable("g", "dx", x.map((row) => row.map(() => 0))),
      arrow(this.words.backward, "←"),
      make("div", {}, doutName, this.#gradientGrid(dout)),
    );
    if (!out[this.#selected.row]?.[this.#selected.column]) this.#selected = { row: 0, column: 0 };
    return this.#show();
  }

  #refusal(places) {
    if (places !== null) return null;
    return this.phrase(this.settings.size > this.settings.input ? "noFit" : "noTile", this.settings);
  }

  /** Draws what depends on the gradients and the chosen window. */
  #show() {
    const { x, dout } = this.#numbers;
    const forward = poolForward(x, this.settings, this.#kind);
    const dx = poolBackward(dout, x, this.settings, this.#kind);
    const at = this.#selected;
    const inside = new Set(windowOf(this.settings, at).map(String));
    const taken = String(forward.switches?.[at.row][at.column]);
    const switches = new Set(forward.switches?.flat().map(String));
    for (const td of this.findAll(".x td, .g td")) {
      const { row, column } = placeOf(td);
      const here = `${row},${column}`;
      if (td.closest(".g")) td.textContent = format(dx[row][column]);
      td.classList.toggle("on", inside.has(here));
      td.classList.toggle("taken", here === taken);
      td.classList.toggle("switch", switches.has(here));
    }
    for (const grid of this.findAll("[role=grid]")) markSelected(grid, at);
    const parts = shares(x, this.settings, this.#kind, forward, at, dout[at.row][at.column]);
    this.find(".say").textContent = this.#sentence(forward, dx, parts);
    return { ...this.settings, kind: this.#kind, x, ...forward, dout, dx, selected: at };
  }

  #sentence({ out, switches }, dx, parts) {
    const { row, column } = this.#selected;
    const { x, dout } = this.#numbers;
    const places = windowOf(this.settings, this.#selected);
    const seen = places.map(([i, j]) => x[i][j]);
    const listed = (numbers) => numbers.map(format).join(this.words.comma);
    const values = { row, column, seen: listed(seen), count: seen.length, share: format(parts[0]),
      shares: listed(parts), result: format(out[row][column]), gradient: format(dout[row][column]) };
    if (this.#kind === "average") return this.phrase("saidAverage", values);
    if (this.#kind === "L2") return this.phrase("saidL2", values);
    const [i, j] = switches[row][column];
    const equal = seen.filter((value) => value === out[row][column]).length;
    const said = this.phrase(equal > 1 ? "saidTie" : "saidMax", { ...values, i, j, equal });
    const others = dx[i][j] - dout[row][column];
    if (!others) return said;
    return this.phrase("others", { said, others: format(others), dx: format(dx[i][j]) });
  }

  /** The upstream gradients: a grid of fields to type into. */
  #gradientGrid(dout) {
    const rows = dout.map((line, row) =>
      make("tr", {}, ...line.map((value, column) => {
        const td = cell(value, row, column, { role: "gridcell" });
        const label = this.phrase("field", { row, column });
        const field = make("input", { inputmode: "decimal", "aria-label": label, size: 3 });
        field.value = format(value);
        field.addEventListener("focus", () => field.select());
        td.replaceChildren(field);
        return td;
      })),
    );
    const attributes = { class: "z", role: "grid", "aria-labelledby": "dout" };
    return make("table", attributes, make("tbody", {}, ...rows));
  }

  #select(at) {
    if (at.row === this.#selected.row && at.column === this.#selected.column) return;
    this.#selected = at;
    this.publish(this.#show());
    this.speak();
  }

  /** Takes a typed gradient; a field that holds no number counts as it did before. */
  #edit(field) {
    const value = field.value.trim() === "" ? NaN : Number(field.value.replace("−", "-"));
    field.toggleAttribute("aria-invalid", false);
    if (!Number.isFinite(value)) {
      field.setAttribute("aria-invalid", "true");
      return;
    }
    const { row, column } = placeOf(field.closest("td"));
    this.#numbers.dout[row][column] = value;
    this.publish(this.#show());
    this.speak();
  }
}

function arrow(word, sign) {
  return make("div", { class: "arrow" }, make("span", {}, word), ` ${sign}`);
}

customElements.define("pooling-figure", PoolingFigure);
