// <arithmetic-animator>: where the taps of a kernel lie, step by step, for a convolution and for a
// transposed one. Attributes: kind, input, kernel, stride, pad, dilation.
import { framed, outputSide, pairsOf, tapsOf } from "./arithmetic-math.mjs";
import { WORDS } from "./arithmetic-animator-words.mjs";
import { make, markSelected, placeOf, range, title } from "./figure-view.mjs";
import { PlayedFigure } from "./played-figure.mjs";

const KINDS = ["convolution", "transposed"];
const STEP_MS = 700;

class ArithmeticAnimator extends PlayedFigure {
  static sizes = { input: [5, 1, 9], kernel: [3, 1, 5], stride: [2, 1, 4], pad: [1, 0, 4], dilation: [1, 1, 3] };
  static words = WORDS;

  static get observedAttributes() {
    return ["kind", ...Object.keys(this.sizes)];
  }

  static frame = `
<div class="bar" role="group" aria-label="{controls}">
  <label>{kind} <select name="kind"></select></label>
  ${Object.keys(this.sizes).map((name) => `<label>{${name}} <select name="${name}"></select></label>`).join("")}
</div>
<p class="size"></p>
<div class="bar" role="group" aria-label="{steps}">
  <button name="play" type="button">{play}</button><button name="step" type="button">{step}</button>
  <button name="back" type="button">{back}</button></div>
<div class="scroll" data-label="{steps}"><div class="pieces"></div></div>
<p class="say"></p>
<p class="hint">{legend}</p>`;

  static style = `
.x { --cell: 1.15rem; } .y { --cell: 1.6rem; } .hint { font-size: .85rem; }
.x td.tap { box-shadow: inset 0 0 0 2px #c2710c; }
.x td.read { background: color-mix(in srgb, var(--hue) 60%, var(--paper)); }
.x td.zero { border: 1px dashed var(--hue); } .say { min-height: 2.8em; }`;

  #at = { row: 0, column: 0 };

  read() {
    this.pause(false);
    const settings = super.read();
    settings.kind = this.named("kind", KINDS, KINDS[0]);
    if (!outputSide(settings)) throw new Error(this.words.noOutput);
    this.#at = { row: 0, column: 0 };
    return settings;
  }

  listen() {
    const kind = this.find("[name=kind]");
    kind.append(...KINDS.map((name) => new Option(this.words[name], name)));
    kind.value = this.settings.kind;
    kind.addEventListener("change", () => this.change({ kind: kind.value }));
    for (const [name, [, least, most]] of Object.entries(ArithmeticAnimator.sizes)) this.offer(name, least, most);
    this.on("[name=play]", "click", () => (this.isPlaying ? this.pause() : this.play(STEP_MS, () => this.#move(1))));
    for (const [name, by] of [["step", 1], ["back", -1]]) {
      this.on(`[name=${name}]`, "click", () => {
        this.pause(false);
        this.#move(by);
        this.speak();
      });
    }
    for (const event of ["focusin", "click", "mouseover"]) {
      this.on(".pieces", event, ({ target }) => {
        const td = target.closest?.("[role=gridcell]");
        if (td) this.#choose(placeOf(td));
      });
    }
  }

  draw() {
    const { kind, input, kernel, pad, dilation } = this.settings;
    const found = outputSide(this.settings);
    const values = { ...this.settings, ...found, span: dilation * (kernel - 1) + 1 };
    const transposed = kind === "transposed";
    const key = !found ? (transposed ? "noneLeft" : "noFit")
      : transposed ? "formulaTransposed" : found.leftOver ? "formulaLeft" : "formula";
    this.find(".size").textContent = this.phrase(key, values);
    this.find(".size").classList.toggle("refusal", !found);
    for (const name of ["play", "step", "back"]) this.find(`[name=${name}]`).disabled = !found;
    if (!found) {
      this.pause(false);
      this.find(".pieces").replaceChildren();
      this.find(".say").textContent = "";
      return { ...this.settings, side: null, selected: null };
    }
    const line = framed(this.settings);
    const rows = line.map((row, i) => make("tr", {}, ...line.map((column, j) => make("td",
      { "data-row": i, "data-column": j, class: row === null || column === null ? "zero" : "input" }))));
    const name = title(this.phrase("outputName", found));
    name.id = "output";
    const cells = range(0, found.side - 1).map((row) => make("tr", {},
      ...range(0, found.side - 1).map((column) => make("td", { role: "gridcell", "data-row": row,
        "data-column": column, "aria-label": this.phrase("cell", { row, column }) }))));
    this.find(".pieces").replaceChildren(
      make("div", {}, title(this.phrase(transposed ? "stretched" : "inputName", { input })),
        make("table", { class: "x" }, make("tbody", {}, ...rows))),
      make("div", {}, name, make("table", { class: "y", role: "grid", "aria-labelledby": "output" },
        make("tbody", {}, ...cells))));
    for (const axis of ["row", "column"]) this.#at[axis] = Math.min(this.#at[axis], found.side - 1);
    return { ...this.settings, pad, side: found.side, selected: this.#show() };
  }

  speak() {
    const say = this.find(".say").textContent;
    super.speak(say || this.find(".size").textContent);
  }

  #show() {
    const { row, column } = this.#at;
    const [down, right] = [row, column].map((at) => new Set(tapsOf(this.settings, at)));
    for (const td of this.findAll(".x td")) {
      const at = placeOf(td);
      const tap = down.has(at.row) && right.has(at.column);
      td.classList.toggle("tap", tap);
      td.classList.toggle("read", tap && td.classList.contains("input"));
    }
    markSelected(this.find("[role=grid]"), this.#at);
    const [rows, columns] = [row, column].map((at) => pairsOf(this.settings, at).map(({ input }) => input));
    const count = rows.length * columns.length;
    this.find(".say").textContent = this.phrase(count ? "said" : "saidNone", { row, column, count,
      total: this.settings.input ** 2, rows: rows.join(this.words.comma), columns: columns.join(this.words.comma) });
    return { row, column, rows, columns };
  }

  #choose(at) {
    if (at.row === this.#at.row && at.column === this.#at.column) return;
    this.pause(false);
    this.#at = at;
    this.publish({ ...this.state, selected: this.#show() });
    this.speak();
  }

  /** Goes on by some places, row by row; true on the last of all. */
  #move(by) {
    const { side } = this.state;
    const place = (this.#at.row * side + this.#at.column + by + side * side) % (side * side);
    this.#at = { row: Math.floor(place / side), column: place % side };
    this.publish({ ...this.state, selected: this.#show() });
    return place === side * side - 1;
  }
}

customElements.define("arithmetic-animator", ArithmeticAnimator);
