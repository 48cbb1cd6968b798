// <conv-demo>: one convolutional layer, live. Attributes: input, kernel, stride, pad, filters,
// depth. A child <script type="application/json"> with {"x", "w", "b"} supplies the numbers and
// the sizes. Where the element cannot run, its children stay on the page as they are.
// To read: .output (nested arrays or null) and .selected; "conv-demo:change" follows each change.
import * as math from "./conv-math.mjs";
import { explain, FRAME, mapGrid } from "./conv-view.mjs";
import {
  make, moveFocus, numberTable, offerScrolling, placeOf, range, title,
} from "./figure-view.mjs";

const DEFAULTS = { input: 5, kernel: 3, stride: 2, pad: 1, filters: 2, depth: 3 };
const STEP_MS = 1000;
const SPEAK_MS = 5000; // while playing, a screen reader gets a sentence this often, not each step

class ConvDemo extends HTMLElement {
  static observedAttributes = Object.keys(DEFAULTS);
  output = null;
  selected = null; // {filter, row, column, value}
  #settings; // the six sizes as they are now
  #initial; // stride and pad as Reset finds them
  #numbers; // {x, w, b}
  #timer = null;
  #spokenAt = 0;
  #widths = new ResizeObserver(() => this.#offerScrolling());

  connectedCallback() {
    if (!this.shadowRoot) this.attachShadow({ mode: "open" });
    this.#load();
  }

  disconnectedCallback() {
    this.#pause();
    this.#widths.disconnect();
  }

  attributeChangedCallback() {
    if (this.shadowRoot && this.isConnected) this.#load();
  }

  /** Reads attributes and numbers, builds the frame, draws. */
  #load() {
    this.#pause();
    this.#widths.disconnect();
    try {
      [this.#settings, this.#numbers] = readElement(this);
    } catch (error) {
      this.output = this.selected = null;
      // The reason, and below it the children again: they are the fallback.
      this.shadowRoot.replaceChildren(make("p", { role: "alert" }, error.message), make("slot"));
      return;
    }
    const { stride, pad, filters } = this.#settings;
    this.#initial = { stride, pad };
    this.shadowRoot.innerHTML = FRAME;
    this.#options("stride", range(1, Math.max(4, stride)));
    this.#options("pad", range(0, Math.max(2, pad)));
    this.#options("filter", range(0, filters - 1));
    this.#listen();
    this.#widths.observe(this.#find(".scroll"));
    this.#draw();
  }

  #listen() {
    const on = (selector, event, act) => this.#find(selector).addEventListener(event, act);
    const change = (settings) => {
      this.#pause();
      Object.assign(this.#settings, settings);
      this.#draw();
      this.#speak();
    };
    const stepBy = (by) => {
      this.#pause();
      this.#move(by);
      this.#speak();
    };
    on("[name=play]", "click", () => (this.#timer ? this.#pause() : this.#play()));
    on("[name=step]", "click", () => stepBy(1));
    on("[name=back]", "click", () => stepBy(-1));
    on("[name=reset]", "click", () => {
      this.selected = null;
      change(this.#initial);
    });
    on("[name=stride]", "change", ({ target }) => change({ stride: Number(target.value) }));
    on("[name=pad]", "change", ({ target }) => change({ pad: Number(target.value) }));
    on("[name=filter]", "change", ({ target }) => this.#choose({ filter: Number(target.value) }));
    on(".volumes", "focusin", ({ target }) => this.#choose(cellOf(target)));
    on(".volumes", "click", ({ target }) => this.#choose(cellOf(target)));
    on(".volumes", "keydown", moveFocus);
  }

  /** Draws the volumes for the present stride and padding, then the selected value. */
  #draw() {
    const { input, stride, pad, filters, depth } = this.#settings;
    const { x, w, b } = this.#numbers;
    const refused = this.#refusal();
    this.output = math.conv2d(this.#numbers, this.#settings);

    const padded = range(-pad, input + pad - 1);
    const columns = [
      [title("Input x")].concat(x.map((channel, c) => {
        const rows = padded.map((i) => padded.map((j) => channel[i]?.[j] ?? null));
        return numberTable("x", `channel ${c}`, rows);
      })),
      ...w.map((filter, f) => [
        title(`Filter w[${f}]`),
        ...filter.map((slice, c) => numberTable(`w filter-${f}`, `channel ${c}`, slice)),
        make("div", {}, `b[${f}] = ${math.format(b[f])}`),
      ]),
    ];
    const pieces = columns.flatMap((column, c) => column.map((piece, r) => {
      piece.style.gridArea = `${r + 1} / ${c + 1}`;
      return piece;
    }));
    const outputs = make("div", { class: "outputs" });
    outputs.style.gridArea = `1 / ${filters + 2} / span ${depth + 2}`;
    outputs.style.setProperty("--below", depth + 3); // on a narrow page: the row after the
    outputs.style.setProperty("--span", filters + 1); // others, across all their columns
    if (refused) outputs.append(title("No output"), make("p", { class: "refusal" }, refused));
    else outputs.append(...this.output.map(mapGrid));
    this.#find(".volumes").replaceChildren(...pieces, outputs);

    this.#find(".size").textContent = refused
      ? `Stride ${stride} with padding ${pad} is refused.`
      : `Output size: (W − F + 2P)/S + 1 = ${math.sizeFormula(this.#settings)}`;
    for (const name of ["stride", "pad"]) this.#find(`[name=${name}]`).value = this.#settings[name];
    for (const name of ["play", "step", "back", "filter"]) {
      this.#find(`[name=${name}]`).disabled = refused !== null;
    }
    this.#select(refused ? null : this.#nearest(this.selected));
    this.#offerScrolling();
  }

  /** The cell that was selected, or the first one where the new output has no such cell. */
  #nearest(cell) {
    const exists = cell && this.output[cell.filter]?.[cell.row]?.[cell.column] !== undefined;
    return exists ? cell : { filter: 0, row: 0, column: 0 };
  }

  /** Makes one output value the selected one and shows where it comes from; null selects none. */
  #select(cell) {
    const parts = cell && math.takeApart(this.#numbers, this.#settings, cell);
    this.selected = cell && { ...cell, value: parts.value };
    this.#find(".products").replaceChildren(...(cell ? explain(cell, parts) : []));
    if (cell) {
      this.#find("[name=filter]").value = cell.filter;
      this.#highlight(cell);
    }
    const detail = { ...this.#settings, output: this.output, selected: this.selected };
    const options = { bubbles: true, composed: true, detail };
    this.dispatchEvent(new CustomEvent("conv-demo:change", options));
  }

  #highlight({ filter, row, column }) {
    const { stride, kernel } = this.#settings;
    const inside = (at, start) => start <= at && at < start + kernel;
    for (const td of this.shadowRoot.querySelectorAll(".x td")) {
      const { row: i, column: j } = placeOf(td);
      td.classList.toggle("on", inside(i, row * stride) && inside(j, column * stride));
    }
    for (const td of this.shadowRoot.querySelectorAll(".w td")) {
      td.classList.toggle("on", td.closest(`.filter-${filter}`) !== null);
    }
    for (const td of this.shadowRoot.querySelectorAll(".y td")) {
      const at = cellOf(td);
      const here = at.row === row && at.column === column;
      td.tabIndex = here ? 0 : -1; // each grid is one tab stop, at the same place in each
      td.setAttribute("aria-selected", here && at.filter === filter);
      td.classList.toggle("on", here && at.filter === filter);
    }
  }

  #choose(part) {
    const cell = { ...this.selected, ...part };
    if (["filter", "row", "column"].every((key) => cell[key] === this.selected?.[key])) return;
    this.#pause();
    this.#select(cell);
    this.#speak();
  }

  /** Goes on by some values, row by row, filter by filter; true on the last value of all. */
  #move(by) {
    const size = this.output[0].length;
    const count = this.output.length * size * size;
    const { filter, row, column } = this.selected;
    const at = ((filter * size + row) * size + column + by + count) % count;
    const [map, rest] = [Math.floor(at / size ** 2), at % size ** 2];
    this.#select({ filter: map, row: Math.floor(rest / size), column: rest % size });
    return at === count - 1;
  }

  #play() {
    this.#find("[name=play]").textContent = "Pause";
    this.#spokenAt = Date.now();
    this.#timer = setInterval(() => {
      if (this.#move(1)) this.#pause(); // stops at the last value; Play then starts over
      else if (Date.now() - this.#spokenAt >= SPEAK_MS) this.#speak();
    }, STEP_MS);
  }

  #pause() {
    if (this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
    this.#find("[name=play]").textContent = "Play";
    this.#speak();
  }

  /** Says the present state to a screen reader. */
  #speak() {
    this.#spokenAt = Date.now();
    const { filter, row, column, value } = this.selected ?? {};
    this.#find(".live").textContent = this.selected
      ? `Filter ${filter}, row ${row}, column ${column}: ${math.format(value)}.`
      : `No output. ${this.#refusal()}`;
  }

  #refusal() {
    const strides = [...this.#find("[name=stride]").options].map(({ value }) => Number(value));
    return math.refusal(this.#settings, strides);
  }

  #offerScrolling() {
    offerScrolling(this.#find(".scroll"), "Input, filters and output");
  }

  #options(name, values) {
    this.#find(`[name=${name}]`).append(...values.map((value) => new Option(value, value)));
  }

  #find(selector) {
    return this.shadowRoot.querySelector(selector);
  }
}

/** The settings and the numbers an element asks for; an Error says what does not fit. */
function readElement(element) {
  const json = element.querySelector('script[type="application/json"]');
  const given = json && JSON.parse(json.textContent);
  const sizes = { input: given?.x?.[0]?.length, kernel: given?.w?.[0]?.[0]?.length };
  Object.assign(sizes, { filters: given?.w?.length, depth: given?.x?.length });
  const settings = {};
  for (const [name, fallback] of Object.entries(DEFAULTS)) {
    settings[name] = Number(element.getAttribute(name) ?? sizes[name] ?? fallback);
    if (!Number.isInteger(settings[name]) || settings[name] < (name === "pad" ? 0 : 1)) {
      throw new Error(`conv-demo: ${name}="${element.getAttribute(name)}" is not a size.`);
    }
  }
  const { input, kernel, filters, depth } = settings;
  const numbers = given ?? math.defaultNumbers(settings);
  const shapes = { x: [depth, input, input], w: [filters, depth, kernel, kernel], b: [filters] };
  for (const [name, shape] of Object.entries(shapes)) {
    const found = math.shapeOf(numbers[name]);
    if (found === shape.join("×")) continue;
    const is = found ?? "no regular array of numbers";
    throw new Error(`conv-demo: ${name} should be ${shape.join("×")}, but is ${is}.`);
  }
  return [settings, numbers];
}

/** Where a table cell stands, and for an output cell also in which map. */
function cellOf(node) {
  const map = node.closest("[role=gridcell]") && node.closest("table").dataset.filter;
  return map ? { filter: Number(map), ...placeOf(node) } : {};
}

customElements.define("conv-demo", ConvDemo);
