// <dilation-figure>: where the taps of a dilated filter lie, and what two such layers see.
// Attributes: kernel, dilation, input. Dilation 1 is the ordinary convolution.
import { format, writeProducts } from "./conv-math.mjs";
import { dilated, placesAside, stacked, takeApart, tapsOf } from "./dilation-math.mjs";
import { Figure } from "./figure.mjs";
import {
  draw, make, markSelected, numberGrid, numberTable, placeOf, title,
} from "./figure-view.mjs";
import { seededGrid } from "./pooling-math.mjs";
import { effectiveKernel } from "./size-math.mjs";

class DilationFigure extends Figure {
  static sizes = { kernel: [3, 1, 7], dilation: [2, 1, 8], input: [9, 1, 16] };

  static frame = `
<div class="bar" role="group" aria-label="Sizes of the layer">
  <label>Kernel <select name="kernel"></select></label>
  <label>Dilation <select name="dilation"></select></label>
  <label>Input <select name="input"></select></label>
</div>
<p class="size"></p>
<p class="refusal" hidden></p>
<div class="scroll" data-label="Input, filter and output"><div class="pieces"></div></div>
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
    if (places === null) throw new Error(refusal(settings));
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
    this.find(".size").textContent =
      `Effective size: (${kernel} − 1)·${dilation} + 1 = ${effective}. ` +
      (effective > kernel
        ? `Still ${kernel ** 2} weights, now over ${effective}×${effective} values.`
        : `${kernel ** 2} ${kernel === 1 ? "weight" : "weights"} and no holes.`);
    const stack = stacked(this.settings);
    this.find(".picture").replaceChildren(stackPicture(stack));
    this.find(".words").textContent = stackWords(this.settings, stack);
    const x = seededGrid(input, 1);
    const w = seededGrid(kernel, 4, { least: -1, most: 2 });
    const output = dilated(x, w, this.settings);
    const refused = output ? null : refusal(this.settings);
    this.find(".refusal").hidden = refused === null;
    this.find(".refusal").textContent = refused ?? "";
    const found = { ...this.settings, effective, x, w, output, stack, refusal: refused };
    if (refused) {
      for (const part of [".pieces", ".sum"]) this.find(part).replaceChildren();
      this.find(".say").textContent = "";
      return { ...found, taps: null, selected: null };
    }
    const name = title(`Output, ${output.length}×${output.length}`);
    name.id = "output";
    this.find(".pieces").replaceChildren(
      numberTable("x", `Input, ${input}×${input}`, x),
      numberTable("w", "Filter", w),
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
    const rows = listed("row", taps.map(([i]) => i));
    const columns = listed("column", taps.map(([, j]) => j));
    this.find(".say").textContent =
      `out[${row}][${column}] reads ${rows} and ${columns} of the input: ` +
      `${format(value)}.`;
    this.find(".sum").replaceChildren(make("p", {},
      make("strong", {}, `out[${row}][${column}]: `),
      writeProducts(takeApart(x, w, this.settings, this.#selected))));
    return { ...found, taps, selected: { row, column, value } };
  }

  #select(at) {
    if (at.row === this.#selected.row && at.column === this.#selected.column) return;
    this.#selected = at;
    this.publish(this.#show(this.state));
    super.speak();
  }
}

/** Each number once, in words: "rows 1, 3 and 5". */
function listed(name, numbers) {
  const once = [...new Set(numbers)];
  const last = once.pop();
  return once.length ? `${name}s ${once.join(", ")} and ${last}` : `${name} ${last}`;
}

function refusal(settings) {
  const { input } = settings;
  const effective = effectiveKernel(settings);
  return `A filter of ${effective}×${effective} does not fit into an input of ${input}×${input}.`;
}

function stackWords({ kernel, dilation }, { side, seen }) {
  const start = `Two such layers see 1 + 2·(${kernel} − 1)·${dilation} = ${side}: a square of ` +
    `${side}×${side}`;
  if (seen === side ** 2) return `${start}, and every value in it.`;
  return `${start}, but only ${seen} of its ${side ** 2} values. The stronger the ` +
    "colour, the more ways lead from there to the output.";
}

/** The square that two layers see: a mark for each value seen, stronger with more ways. */
function stackPicture({ side, seen, ways }) {
  const most = Math.max(...ways) ** 2;
  const width = Math.min(180, 14 * side);
  const svg = draw("svg", {
    viewBox: `0 0 ${side} ${side}`, width, role: "img",
    "aria-label": `A square of ${side} by ${side} with ${seen} marked values.`,
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
