// <dilation-figure>: where the taps of a dilated filter lie, and what two such layers see.
// Attributes: kernel, dilation, input. Dilation 1 is the ordinary convolution.
import { format, writeProducts } from "./conv-math.mjs";
import { dilated, placesAside, stacked, takeApart, tapsOf } from "./dilation-math.mjs";
import { WORDS } from "./dilation-figure-words.mjs";
import { Figure } from "./figure.mjs";
import {
  draw, make, markSelected, numberGrid, numberTable, placeOf, title,
} from "./figure-view.mjs";
import { seededGrid } from "./pooling-math.mjs";
import { effectiveKernel } from "./size-math.mjs";

class DilationFigure extends Figure {
  static sizes = { kernel: [3, 1, 7], dilation: [2, 1, 8], input: [9, 1, 16] };
  static words = WORDS;

  static frame = `
<div class="bar" role="group" aria-label="{controls}">
  <label>{kernel} <select name="kernel"></select></label>
  <label>{dilation} <select name="dilation"></select></label>
  <label>{input} <select name="input"></select></label>
</div>
<p class="size"></p>
<p class="refusal" hidden></p>
<div class="scroll" data-label="{pieces}"><div class="pieces"></div></div>
<p class="say"></p>
<div class="sum"></div>
<div class="stack"><div class="picture"></div><p class="words"></p></div>`;

  static style = `
.x, .w { --cell: 1.5rem; } td.hole { background: color-mix(in srgb, var(--hue) 30%, var(--paper)); }
.x td:not(.on, .hole) { background: color-mix(in srgb, var(--hue) 8%, var(--paper)); }
caption { font-weight: bold; }
.stack { display: flex; flex-wrap: wrap; gap: .6rem 1rem; align-items: center;
  border-top: 1px solid var(--quiet); margin-top: .6rem; padding-top: .6rem; }
.stack p { flex: 1 1 16rem; margin: 0; }
.stack rect { fill: #8a5cd0; } .stack .square { fill: none; stroke: var(--quiet); }
@container (max-width: 34rem) {
  .x, .w { --cell: 1.3rem; } td { font-size: .8rem; }
}`;

  #selected = { row: 0, column: 0 };

  read() {
    const settings = super.read();
    const places = placesAside(settings);
    if (places === null) throw new Error(this.#refusal(settings));
    this.#selected = { row: Math.min(1, places - 1), column: Math.min(2, places - 1) };
    return settings;
  }

  listen() {
    const { kernel, dilation, input } = this.settings;
    this.offer("kernel", 1, Math.max(kernel, 5));
    this.offer("dilation", 1, Math.max(dilation, 4));
    this.offer("input", 1, Math.max(input, 12));
    const choose = ({ target }) => {
      const td = target.closest?.("[role=gridcell]");
      if (td) this.#select(placeOf(td));
    };
    for (const event of ["focusin", "click", "mouseover"]) this.on(".pieces", event, choose);
  }

  draw() {
    const { kernel, dilation, input } = this.settings;
    const effective = effectiveKernel(this.settings);
    const key = effective > kernel ? "holes" : kernel === 1 ? "oneWeight" : "noHoles";
    this.find(".size").textContent =
      this.phrase(key, { kernel, dilation, effective, weights: kernel ** 2 });
    const stack = stacked(this.settings);
    this.find(".picture").replaceChildren(stackPicture(stack, this.phrase("stackLabel", stack)));
    const area = stack.side ** 2;
    this.find(".words").textContent = this.phrase(stack.seen === area ? "stackAll" : "stackSome",
      { ...this.settings, ...stack, area });
    const x = seededGrid(input, 1);
    const w = seededGrid(kernel, 4, { least: -1, most: 2 });
    const output = dilated(x, w, this.settings);
    const refused = output ? null : this.#refusal(this.settings);
    this.find(".refusal").hidden = refused === null;
    this.find(".refusal").textContent = refused ?? "";
    const found = { ...this.settings, effective, x, w, output, stack, refusal: refused };
    if (refused) {
      for (const part of [".pieces", ".sum"]) this.find(part).replaceChildren();
      this.find(".say").textContent = "";
      return { ...found, taps: null, selected: null };
    }
    const name = title(this.phrase("output", { places: output.length }));
    name.id = "output";
    this.find(".pieces").replaceChildren(
      numberTable("x", this.phrase("inputName", { input }), x),
      numberTable("w", this.words.filter, w),
      numberGrid("y", name, output),
    );
    const last = output.length - 1;
    const { row, column } = this.#selected;
    this.#selected = { row: Math.min(row, last), column: Math.min(column, last) };
    return this.#show(found);
  }

  speak() {
    const said = [".size", ".say"].map((part) => this.find(part).textContent);
    super.speak(this.state.refusal ?? said.join(" "));
  }

  /** Marks the taps of the chosen place and writes its sum. */
  #show(found) {
    const { x, w, output, effective } = found;
    const { row, column } = this.#selected;
    const taps = tapsOf(this.settings, this.#selected);
    const marked = new Set(taps.map(String));
    const inside = (at, start) => start <= at && at < start + effective;
    for (const td of this.findAll(".x td")) {
      const at = placeOf(td);
      const tap = marked.has(`${at.row},${at.column}`);
      td.classList.toggle("on", tap);
      td.classList.toggle("hole", !tap && inside(at.row, row) && inside(at.column, column));
    }
    markSelected(this.find("[role=grid]"), this.#selected);
    const value = output[row][column];
    const rows = this.#each("row", taps.map(([i]) => i));
    const columns = this.#each("column", taps.map(([, j]) => j));
    this.find(".say").textContent =
      this.phrase("said", { i: row, j: column, rows, columns, value: format(value) });
    this.find(".sum").replaceChildren(make("p", {},
      make("strong", {}, `out[${row}][${column}]: `),
      writeProducts(takeApart(x, w, this.settings, this.#selected))));
    return { ...found, taps, selected: { row, column, value } };
  }

  /** Each number once, in words: "rows 1, 3 and 5". */
  #each(name, numbers) {
    const once = [...new Set(numbers)];
    return this.phrase(once.length > 1 ? `${name}s` : name, { list: this.listed(once) });
  }

  #refusal(settings) {
    return this.phrase("refused", { ...settings, effective: effectiveKernel(settings) });
  }

  #select(at) {
    if (at.row === this.#selected.row && at.column === this.#selected.column) return;
    this.#selected = at;
    this.publish(this.#show(this.state));
    super.speak();
  }
}

/** The square that two layers see: a mark for each value seen, stronger with more ways. */
function stackPicture({ side, ways }, label) {
  const most = Math.max(...ways) ** 2;
  const width = Math.min(180, 14 * side);
  const svg = draw("svg", {
    viewBox: `0 0 ${side} ${side}`, width, role: "img", "aria-label": label,
  });
  svg.append(draw("rect", {
    class: "square", width: side, height: side, "vector-effect": "non-scaling-stroke",
  }));
  ways.forEach((down, row) => ways.forEach((right, column) => {
    if (!down || !right) return;
    svg.append(draw("rect", {
      x: column, y: row, width: 1, height: 1,
      "fill-opacity": (0.25 + (0.75 * down * right) / most).toFixed(2),
    }));
  }));
  return svg;
}

customElements.define("dilation-figure", DilationFigure);
