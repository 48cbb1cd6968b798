// <fc-conv-figure>: a fully connected neuron becomes a filter and slides over a larger map.
// Attributes: input, window, stride. A child <script type="application/json"> with {"x", "w", "b"}
// supplies the numbers.
import { format, shapeOf, writeProducts } from "./conv-math.mjs";
import { WORDS } from "./fc-conv-figure-words.mjs";
import { converted, cropOf, fullyConnected, placesAside, work } from "./fc-conv-math.mjs";
import { Figure, givenNumbers } from "./figure.mjs";
import { make, markSelected, numberGrid, numberTable, placeOf, title } from "./figure-view.mjs";
import { seededGrid } from "./pooling-math.mjs";

class FcConvFigure extends Figure {
  static sizes = { input: [4, 1, 12], window: [3, 1, 12], stride: [1, 1, 12] };
  static words = WORDS;

  static frame = `
<div class="bar" role="group" aria-label="{controls}">
  <label>{input} <select name="input"></select></label>
  <label>{window} <select name="window"></select></label>
  <label>{stride} <select name="stride"></select></label>
</div>
<p class="size"></p>
<p class="refusal" hidden></p>
<div class="scroll" data-label="{pieces}"><div class="pieces"></div></div>
<p class="say"></p>
<div class="sum"></div>
<dl></dl>`;

  static style = `
.x, .w, .z { --cell: 1.6rem; } .y { --cell: 2rem; } .y td { padding: 0 .15rem; }
caption { font-weight: bold; }
@container (max-width: 34rem) {
  .x, .w, .z { --cell: 1.4rem; } td { font-size: .8rem; } .y { --cell: 1.8rem; }
}`;

  #numbers;
  #selected = { row: 0, column: 0 };

  read() {
    const given = givenNumbers(this) ?? {};
    const settings = super.read();
    for (const [name, size] of [["x", "input"], ["w", "window"]]) {
      if (given[name] === undefined) continue;
      if (!this.hasAttribute(size)) settings[size] = given[name]?.length;
      const shape = `${settings[size]}×${settings[size]}`;
      if (shapeOf(given[name]) !== shape) throw new Error(this.phrase("wrongShape", { name, shape }));
    }
    if (given.b !== undefined && !Number.isFinite(given.b)) {
      throw new Error(this.words.wrongBias);
    }
    const refused = this.#refusal(settings);
    if (refused) throw new Error(refused);
    this.#numbers = { x: given.x, w: given.w, b: given.b ?? 1 };
    this.#selected = { row: 0, column: 0 };
    return settings;
  }

  listen() {
    const { input, window, stride } = this.settings;
    this.offer("input", 1, Math.max(input, 8));
    this.offer("window", 1, Math.max(window, 5));
    this.offer("stride", 1, Math.max(stride, 4));
    const choose = ({ target }) => {
      const td = target.closest?.("[role=gridcell]");
      if (td) this.#select(placeOf(td));
    };
    for (const event of ["focusin", "click", "mouseover"]) this.on(".pieces", event, choose);
  }

  draw() {
    const { input, window } = this.settings;
    const numbers = this.#numbers;
    if (numbers.x?.length !== input) numbers.x = seededGrid(input, 2, { most: 3 });
    if (numbers.w?.length !== window) numbers.w = seededGrid(window, 7, { least: -2, most: 2 });
    const { x, w, b } = numbers;
    const output = converted(x, w, b, this.settings);
    const refused = this.#refusal(this.settings);
    this.find(".refusal").hidden = refused === null;
    this.find(".refusal").textContent = refused ?? "";
    const found = { ...this.settings, x, w, b, output, refusal: refused };
    if (refused) {
      for (const part of [".pieces", ".sum", "dl"]) this.find(part).replaceChildren();
      for (const part of [".say", ".size"]) this.find(part).textContent = "";
      return { ...found, work: null, crop: null, selected: null };
    }
    const size = output.length;
    this.find(".size").textContent = this.phrase("size", { ...this.settings, size });
    const name = title(this.phrase("scores", { size }));
    name.id = "scores";
    const crop = make("div", { class: "crop" });
    this.find(".pieces").replaceChildren(
      numberTable("x", this.phrase("map", { input }), x),
      crop,
      numberTable("w", this.words.weights, w),
      numberGrid("y", name, output),
    );
    const { row, column } = this.#selected;
    this.#selected = { row: Math.min(row, size - 1), column: Math.min(column, size - 1) };
    const amounts = work(this.settings);
    this.find("dl").replaceChildren(...this.#counts(amounts));
    return this.#show({ ...found, work: amounts });
  }

  speak() {
    const said = [".size", ".say"].map((part) => this.find(part).textContent);
    super.speak(this.state.refusal ?? said.join(" "));
  }

  #counts({ crops, cropValues, passValues, multiplyAdds }) {
    const { input, window } = this.settings;
    const times = format(Math.round((cropValues / passValues) * 100) / 100);
    const pass = ["more", "same", "fewer"][Math.sign(cropValues - passValues) + 1];
    const values = { crops, cropValues, passValues, multiplyAdds, input, times, each: `${window}·${window}` };
    const lines = [["cropWise", "cropCount"], ["onePass", pass], ["layer", "layerCount"]];
    return lines.flatMap(([name, count]) =>
      [make("dt", {}, this.words[name]), make("dd", {}, this.phrase(count, values))]);
  }

  /** Marks the chosen window, cuts it out and writes its dot product. */
  #show(found) {
    const { x, w, b, output } = found;
    const { window, stride } = this.settings;
    const { row, column } = this.#selected;
    const inside = (at, start) => start <= at && at < start + window;
    for (const td of this.findAll(".x td")) {
      const at = placeOf(td);
      td.classList.toggle("on", inside(at.row, row * stride) && inside(at.column, column * stride));
    }
    markSelected(this.find("[role=grid]"), this.#selected);
    const crop = cropOf(x, this.settings, this.#selected);
    const parts = fullyConnected(crop, w, b);
    this.find(".crop").replaceChildren(numberTable("z", this.words.crop, crop));
    const span = (first) => window === 1 ? first
      : this.phrase("span", { first, last: first + window - 1 });
    this.find(".say").textContent = this.phrase("said", { row, column, rows: span(row * stride),
      columns: span(column * stride), value: format(output[row][column]) });
    this.find(".sum").replaceChildren(
      make("p", {}, make("strong", {}, this.words.dot), writeProducts(parts)),
      make("p", {}, make("strong", {}, this.words.bias),
        `${format(parts.sum)} + ${format(b)} = ${format(parts.value)}`),
    );
    return { ...found, crop, selected: { row, column, value: parts.value } };
  }

  #refusal(settings) {
    if (placesAside(settings) !== null) return null;
    return this.phrase(settings.window > settings.input ? "noFit" : "noTile", settings);
  }

  #select(at) {
    if (at.row === this.#selected.row && at.column === this.#selected.column) return;
    this.#selected = at;
    this.publish(this.#show(this.state));
    super.speak();
  }
}

customElements.define("fc-conv-figure", FcConvFigure);
