// <conv-demo>: one convolutional layer, live. Attributes: input, kernel, stride, pad, filters,
// depth. A child <script type="application/json"> with {"x", "w", "b"} supplies the numbers and
// the sizes. Where the element cannot run, its children stay on the page as they are.
// To read: .output (nested arrays or null) and .selected; "conv-demo:change" follows each change.
import { WORDS } from "./conv-demo-words.mjs";
import * as math from "./conv-math.mjs";
import { explain, FRAME, mapGrid, numberField, slice, STYLE } from "./conv-view.mjs";
import { givenNumbers } from "./figure.mjs";
import { make, placeOf, range, title } from "./figure-view.mjs";
import { PlayedFigure } from "./played-figure.mjs";

const DEFAULTS = { input: 5, kernel: 3, stride: 2, pad: 1, filters: 2, depth: 3 };
const STEP_MS = 1000;
const SPEAK_MS = 5000; // while playing, a screen reader gets a sentence this often, not each step

class ConvDemo extends PlayedFigure {
  static sizes = DEFAULTS;
  static words = WORDS;
  static frame = FRAME;
  static style = STYLE;
  #initial; // sizes and numbers as Reset finds them
  #numbers; // {x, w, b}
  #seed = 2015;
  #cell = null; // {filter, row, column}
  #spokenAt = 0;

  get output() {
    return this.state?.output ?? null;
  }

  get selected() {
    return this.state?.selected ?? null;
  }

  read() {
    this.pause(false);
    const [settings, numbers] = this.#readElement();
    this.#initial = { settings: { ...settings }, numbers: structuredClone(numbers) };
    this.#numbers = numbers;
    this.#cell = { filter: 0, row: 0, column: 0 };
    return settings;
  }

  listen() {
    const { stride, pad, filters, kernel } = this.settings;
    this.#options("stride", range(1, Math.max(4, stride)));
    this.#options("pad", range(0, Math.max(2, pad)));
    this.#options("filter", range(0, filters - 1));
    this.#options("kernel", range(1, Math.max(5, kernel)));
    const stepBy = (by) => {
      this.pause(false);
      this.#move(by);
      this.speak();
    };
    const change = (settings) => {
      this.pause(false);
      this.change(settings);
    };
    this.on("[name=play]", "click", () => (this.isPlaying ? this.pause() : this.#play()));
    this.on("[name=step]", "click", () => stepBy(1));
    this.on("[name=back]", "click", () => stepBy(-1));
    this.on("[name=reset]", "click", () => {
      this.#cell = { filter: 0, row: 0, column: 0 };
      this.#numbers = structuredClone(this.#initial.numbers);
      change(this.#initial.settings);
    });
    this.on("[name=random]", "click", () => {
      this.#seed = (Math.imul(this.#seed, 69069) + 1) >>> 0;
      this.#numbers = math.defaultNumbers(this.settings, this.#seed);
      change({});
    });
    for (const name of ["stride", "pad"]) {
      this.on(`[name=${name}]`, "change", ({ target }) => change({ [name]: Number(target.value) }));
    }
    this.on("[name=kernel]", "change", ({ target }) => {
      const size = Number(target.value);
      this.#numbers.w = math.defaultNumbers({ ...this.settings, kernel: size }, this.#seed).w;
      change({ kernel: size });
    });
    this.on("[name=filter]", "change", ({ target }) => this.#choose({ filter: Number(target.value) }));
    this.on("[name=edit]", "change", () => change({}));
    for (const event of ["focusin", "click", "mouseover"]) {
      this.on(".volumes", event, ({ target }) => this.#choose(cellOf(target)));
    }
    this.on(".volumes", "input", ({ target }) => this.#edit(target));
  }

  /** Draws the volumes for the present stride and padding, then the selected value. */
  draw() {
    const { input, stride, pad, filters, depth } = this.settings;
    const { x, w, b } = this.#numbers;
    const refused = this.#refusal();
    const output = math.conv2d(this.#numbers, this.settings);
    const editing = this.find("[name=edit]").checked;
    const padded = range(-pad, input + pad - 1);
    const channel = (c) => this.phrase("channel", { channel: c });
    const label = (key, values) => editing && ((row, column) => this.phrase(key, { ...values, row, column }));
    const columns = [
      [title(this.words.input)].concat(x.map((plane, c) => {
        const rows = padded.map((i) => padded.map((j) => plane[i]?.[j] ?? null));
        const name = editing && ((row, column) =>
          this.phrase("editX", { channel: c, row: row - pad, column: column - pad }));
        return mark(slice("x", channel(c), rows, name), { x: c });
      })),
      ...w.map((filter, f) => [
        title(this.phrase("filterName", { filter: f })),
        ...filter.map((plane, c) => mark(
          slice(`w filter-${f}`, channel(c), plane, label("editW", { filter: f, channel: c })), { w: f, c })),
        this.#bias(f, b[f], editing),
      ]),
    ];
    const pieces = columns.flatMap((column, c) => column.map((piece, r) => {
      piece.style.gridArea = `${r + 1} / ${c + 1}`;
      if (c) piece.classList.add("filter", `of-${c - 1}`);
      return piece;
    }));
    const outputs = make("div", { class: "outputs" });
    outputs.style.gridArea = `1 / ${filters + 2} / span ${depth + 2}`;
    outputs.style.setProperty("--below", depth + 3); // on a narrow page: the row after the others
    if (refused) outputs.append(title(this.words.noOutput), make("p", { class: "refusal" }, refused));
    else outputs.append(...output.map((rows, f) => mapGrid(this.words, rows, f)));
    this.find(".volumes").replaceChildren(...pieces, outputs);
    const values = { stride, pad, formula: math.sizeFormula(this.settings) };
    this.find(".size").textContent = this.phrase(refused ? "refused" : "size", values);
    for (const name of ["stride", "pad", "kernel"]) this.find(`[name=${name}]`).value = this.settings[name];
    for (const name of ["play", "step", "back", "filter"]) {
      this.find(`[name=${name}]`).disabled = refused !== null;
    }
    if (refused) this.find(".products").replaceChildren();
    else if (output[this.#cell.filter]?.[this.#cell.row]?.[this.#cell.column] === undefined) {
      this.#cell = { filter: 0, row: 0, column: 0 };
    }
    for (const piece of this.findAll(".filter")) {
      piece.classList.toggle("chosen", piece.classList.contains(`of-${this.#cell.filter}`));
    }
    return { ...this.settings, x, w, b, output, selected: refused ? null : this.#show(output) };
  }

  speak(text) {
    this.#spokenAt = Date.now();
    if (text) super.speak(text);
    else if (this.selected) {
      super.speak(this.phrase("said", { ...this.selected, value: math.format(this.selected.value) }));
    } else super.speak(this.phrase("saidNone", { reason: this.#refusal() }));
  }

  #bias(filter, value, editing) {
    const box = make("div", { class: "bias" }, `b[${filter}] = `);
    if (editing) box.append(numberField(value, this.phrase("editB", { filter })));
    else box.append(math.format(value));
    return mark(box, { b: filter });
  }

  /** Marks the chosen output value, its window and its filter, and writes its sum. */
  #show() {
    const cell = this.#cell;
    const parts = math.takeApart(this.#numbers, this.settings, cell);
    this.find(".products").replaceChildren(...explain(this.words, cell, parts));
    this.find("[name=filter]").value = cell.filter;
    const { stride, kernel } = this.settings;
    const inside = (at, start) => start <= at && at < start + kernel;
    for (const td of this.findAll(".x td")) {
      const { row: i, column: j } = placeOf(td);
      td.classList.toggle("on", inside(i, cell.row * stride) && inside(j, cell.column * stride));
    }
    for (const td of this.findAll(".w td")) {
      td.classList.toggle("on", td.closest(`.filter-${cell.filter}`) !== null);
    }
    for (const piece of this.findAll(".volumes > .filter")) {
      piece.classList.toggle("chosen", piece.classList.contains(`of-${cell.filter}`));
    }
    for (const td of this.findAll(".y td")) {
      const at = cellOf(td);
      const here = at.row === cell.row && at.column === cell.column;
      td.tabIndex = here ? 0 : -1; // each grid is one tab stop, at the same place in each
      td.setAttribute("aria-selected", here && at.filter === cell.filter);
      td.classList.toggle("on", here && at.filter === cell.filter);
    }
    return { ...cell, value: parts.value };
  }

  #choose(part) {
    const cell = { ...this.#cell, ...part };
    if (!this.output || isSame(cell, this.#cell)) return;
    this.pause(false);
    this.#go(cell);
    this.speak();
  }

  #go(cell) {
    this.#cell = cell;
    this.publish({ ...this.state, selected: this.#show() });
  }

  /** Takes a typed number; a field that holds none counts as it did before. */
  #edit(field) {
    const piece = field.closest("[data-x], [data-w], [data-b]");
    if (!piece) return;
    const value = field.value.trim() === "" ? NaN : Number(field.value.replace("−", "-"));
    field.toggleAttribute("aria-invalid", false);
    if (!Number.isFinite(value)) {
      field.setAttribute("aria-invalid", "true");
      this.speak(this.words.wrong);
      return;
    }
    const { x, w, c, b } = piece.dataset;
    const { row, column } = b === undefined ? placeOf(field.closest("td")) : {};
    const { pad } = this.settings;
    if (x !== undefined) this.#numbers.x[x][row - pad][column - pad] = value;
    else if (w !== undefined) this.#numbers.w[w][c][row][column] = value;
    else this.#numbers.b[b] = value;
    const output = math.conv2d(this.#numbers, this.settings);
    if (output) {
      this.find(".outputs").replaceChildren(...output.map((rows, f) => mapGrid(this.words, rows, f)));
    }
    this.publish({ ...this.state, ...this.#numbers, output, selected: output && this.#show() });
    this.speak();
  }

  /** Goes on by some values, row by row, filter by filter; true on the last value of all. */
  #move(by) {
    const size = this.output[0].length;
    const count = this.output.length * size * size;
    const { filter, row, column } = this.#cell;
    const at = ((filter * size + row) * size + column + by + count) % count;
    const [map, rest] = [Math.floor(at / size ** 2), at % size ** 2];
    this.#go({ filter: map, row: Math.floor(rest / size), column: rest % size });
    return at === count - 1;
  }

  #play() {
    this.#spokenAt = Date.now();
    this.play(STEP_MS, () => {
      if (this.#move(1)) return true; // stops at the last value; Play then starts over
      if (Date.now() - this.#spokenAt >= SPEAK_MS) this.speak();
      return false;
    });
  }

  #refusal() {
    const strides = [...this.find("[name=stride]").options].map(({ value }) => Number(value));
    const refused = math.refusal(this.settings, strides);
    return refused && this.phrase(refused.key, refused.values);
  }

  /** The settings and the numbers the element asks for; an Error says what does not fit. */
  #readElement() {
    const given = givenNumbers(this);
    const sizes = { input: given?.x?.[0]?.length, kernel: given?.w?.[0]?.[0]?.length };
    Object.assign(sizes, { filters: given?.w?.length, depth: given?.x?.length });
    const settings = {};
    for (const [name, fallback] of Object.entries(DEFAULTS)) {
      settings[name] = Number(this.getAttribute(name) ?? sizes[name] ?? fallback);
      if (!Number.isInteger(settings[name]) || settings[name] < (name === "pad" ? 0 : 1)) {
        throw new Error(this.phrase("notSize", { name, given: this.getAttribute(name) }));
      }
    }
    const { input, kernel, filters, depth } = settings;
    const numbers = given ?? math.defaultNumbers(settings);
    const shapes = { x: [depth, input, input], w: [filters, depth, kernel, kernel], b: [filters] };
    for (const [name, sides] of Object.entries(shapes)) {
      const [shape, found] = [sides.join("×"), math.shapeOf(numbers[name])];
      if (found === shape) continue;
      throw new Error(this.phrase("notShape", { name, shape, is: found ?? this.words.irregular }));
    }
    return [settings, numbers];
  }

  #options(name, values) {
    this.find(`[name=${name}]`).append(...values.map((value) => new Option(value, value)));
  }
}

/** Where a table cell of an output stands, and in which map. */
function cellOf(node) {
  const map = node.closest?.("[role=gridcell]") && node.closest("table").dataset.filter;
  return map ? { filter: Number(map), ...placeOf(node.closest("[role=gridcell]")) } : {};
}

function isSame(one, other) {
  return ["filter", "row", "column"].every((key) => one[key] === other[key]);
}

function mark(piece, data) {
  Object.assign(piece.dataset, data);
  return piece;
}

customElements.define("conv-demo", ConvDemo);
