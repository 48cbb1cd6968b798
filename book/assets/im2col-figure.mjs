// <im2col-figure>: a convolution as a matrix product, live: which window a column is, which tap a
// row, and where both meet. Attributes: input, kernel, stride, pad, depth, filters. A child
// <script type="application/json"> with {"x", "w", "b"} supplies the numbers.
import {
  defaultNumbers, format, refusal, shapeOf, writeProducts,
} from "./conv-math.mjs";
import { Figure, givenNumbers } from "./figure.mjs";
import { cell, make, markSelected, numberTable, placeOf, range, title } from "./figure-view.mjs";
import { WORDS } from "./im2col-figure-words.mjs";
import { columnMatrix, placesOf, product, rowMatrix, sourceOf, tapsOf } from "./im2col-math.mjs";

const MOST = 400; // entries of X_col: a larger one is no longer looked at

class Im2colFigure extends Figure {
  static sizes = {
    input: [4, 1, 12], kernel: [2, 1, 5], stride: [1, 1, 12], pad: [0, 0, 3],
    depth: [2, 1, 4], filters: [2, 1, 6],
  };

  static words = WORDS;

  static frame = `
<div class="bar" role="group" aria-label="{controls}">
  <label>{stride} <select name="stride"></select></label>
  <label>{pad} <select name="pad"></select></label>
</div>
<p class="shapes"></p>
<p class="refusal" hidden></p>
<div class="scroll" data-label="{flow}"><div class="flow"></div></div>
<p class="say"></p>
<div class="sum"></div>`;

  static style = `
.flow { display: grid; grid-template-columns: max-content max-content; gap: .6rem 1.5rem;
  align-items: end; justify-content: start; }
.image { display: flex; flex-wrap: wrap; gap: .5rem .8rem; align-self: end; max-width: 21rem; }
.x { --cell: 1.6rem; } .w, .y { --cell: 1.6rem; } .c { --hue: #2f6fdb; --cell: 1.6rem; }
.end { align-self: start; justify-self: end; }
td.tap { background: color-mix(in srgb, var(--hue) 60%, var(--paper)); color: var(--ink);
  box-shadow: inset 0 0 0 3px var(--ink); font-weight: bold; }
td.corner { background: none; } th[scope=row] { min-width: 2.9rem; text-align: right; }
td.line { background: color-mix(in srgb, var(--hue) 34%, var(--paper)); }
@container (max-width: 40rem) {
  .flow { display: flex; flex-direction: column; align-items: flex-start; }
  .end, .image { align-self: flex-start; } td { font-size: .8rem; }
  .x, .w, .y, .c { --cell: 1.45rem; }
}`;

  #numbers;
  #at = { row: 0, column: 0, filter: 0 }; // the tap, the place and the filter that are shown

  read() {
    const settings = super.read();
    const { input, kernel, depth, filters } = settings;
    this.#numbers = givenNumbers(this) ?? defaultNumbers(settings);
    const shapes = { x: [depth, input, input], w: [filters, depth, kernel, kernel], b: [filters] };
    for (const [name, sides] of Object.entries(shapes)) {
      const shape = sides.join("×");
      if (shapeOf(this.#numbers[name]) !== shape) {
        throw new Error(this.phrase("wrongShape", { name, shape }));
      }
    }
    this.#at = { row: 0, column: 0, filter: 0 };
    return settings;
  }

  listen() {
    this.offer("stride", 1, Math.max(4, this.settings.stride));
    this.offer("pad", 0, Math.max(2, this.settings.pad));
    const choose = ({ target }) => this.#choose(target.closest?.("[role=gridcell]"));
    for (const event of ["focusin", "click", "mouseover"]) this.on(".flow", event, choose);
  }

  draw() {
    const { x, w, b } = this.#numbers;
    const refused = this.#refusal();
    this.find(".refusal").hidden = refused === null;
    this.find(".refusal").textContent = refused ?? "";
    if (refused) {
      for (const part of [".flow", ".sum"]) this.find(part).replaceChildren();
      for (const part of [".say", ".shapes"]) this.find(part).textContent = "";
      return { ...this.settings, columns: null, output: null, refusal: refused };
    }
    const { filters, depth, kernel, input, pad } = this.settings;
    const taps = tapsOf(this.settings);
    const places = placesOf(this.settings);
    const columns = columnMatrix(x, this.settings);
    const rows = rowMatrix(w);
    const output = product(rows, columns, b);
    const entries = taps.length * places.length;
    const count = depth * input ** 2;
    this.find(".shapes").textContent = this.phrase(entries > count ? "shapesTimes" : "shapes",
      { filters, taps: taps.length, places: places.length, entries, count,
        times: format(Math.round((entries / count) * 100) / 100) });
    const padded = range(-pad, input + pad - 1);
    const image = x.map((channel, c) => {
      const table = padded.map((i) => padded.map((j) => channel[i]?.[j] ?? null));
      return numberTable("x", this.phrase("channel", { channel: c }), table);
    });
    const tapNames = taps.map((tap) => `${tap.channel},${tap.row},${tap.column}`);
    const placeNames = places.map((place) => `${place.row},${place.column}`);
    const filterNames = range(0, filters - 1).map((f) => `w[${f}]`);
    this.find(".flow").replaceChildren(
      make("div", { class: "image" }, ...image),
      this.#matrix("c", this.words.columnsName, columns, placeNames, tapNames),
      make("div", { class: "end" },
        this.#matrix("w", this.words.rowsName, rows, tapNames, filterNames, false)),
      this.#matrix("y", this.words.outputName, output, placeNames,
        range(0, filters - 1).map((f) => `out[${f}]`)),
    );
    const { row, column, filter } = this.#at;
    this.#at = { filter, row, column: Math.min(column, places.length - 1) };
    return this.#show({ columns, rows, output });
  }

  #refusal() {
    const strides = [...this.find("[name=stride]").options].map(({ value }) => Number(value));
    const refused = refusal(this.settings, strides);
    if (refused) return this.phrase(refused.key, refused.values);
    const size = tapsOf(this.settings).length * placesOf(this.settings).length;
    return size > MOST ? this.phrase("large", { size }) : null;
  }

  /** Lights the chosen column, row, window and tap, and says what they are. */
  #show(found = this.state) {
    const { columns, rows, output } = found;
    const { row, column, filter } = this.#at;
    const tap = tapsOf(this.settings)[row];
    const place = placesOf(this.settings)[column];
    const { kernel, stride, pad } = this.settings;
    const source = sourceOf(this.settings, tap, place);
    this.findAll(".x").forEach((table, channel) => {
      for (const td of table.querySelectorAll("td")) {
        const at = placeOf(td);
        const [i, j] = [at.row - place.row * stride, at.column - place.column * stride];
        td.classList.toggle("on", i >= 0 && i < kernel && j >= 0 && j < kernel);
        const here = at.row - pad === source.row && at.column - pad === source.column;
        td.classList.toggle("tap", here && channel === source.channel);
      }
    });
    const grids = { c: { row, column }, y: { row: filter, column } };
    for (const [kind, at] of Object.entries(grids)) markSelected(this.find(`table.${kind}`), at);
    for (const td of this.findAll(".c td, .y td, .w td")) {
      const at = placeOf(td);
      const [inC, inW] = [td.closest(".c"), td.closest(".w")];
      const lit = inC ? at.column === column : inW ? at.row === filter : at.column === column;
      td.classList.toggle("on", lit);
      td.classList.toggle("line", !lit && (inC ? at.row === row : inW ? at.column === row : false));
      td.classList.toggle("tap", inC ? lit && at.row === row
        : inW ? lit && at.column === row : lit && at.row === filter);
    }
    const value = columns[row][column];
    const name = `x[${source.channel}][${source.row}][${source.column}] = ${format(value ?? 0)}`;
    this.find(".say").textContent = this.phrase("said", { column, row, i: place.row, j: place.column,
      channel: tap.channel, tapRow: tap.row, tapColumn: tap.column,
      where: value === null ? this.words.zero : name });
    const pairs = rows[filter].map((weight, i) => [weight, columns[i][column] ?? 0]);
    const dot = pairs.reduce((sum, [a, b]) => sum + a * b, 0);
    const result = output[filter][column];
    const bias = this.#numbers.b[filter];
    this.find(".sum").replaceChildren(make("p", {},
      make("strong", {}, this.phrase("dot", { filter, column })), writeProducts({ pairs, sum: dot })),
      make("p", {}, make("strong", {}, this.words.bias),
        `${format(dot)} + ${format(bias)} = ${format(result)} = out[${filter}][${place.row}]` +
        `[${place.column}]`));
    return { ...this.settings, columns, rows, output, selected: { ...this.#at, value: result } };
  }

  #choose(td) {
    if (!td) return;
    const { row, column } = placeOf(td);
    const part = td.closest(".c") ? { row, column } : { filter: row, column };
    const at = { ...this.#at, ...part };
    if (Object.keys(at).every((key) => at[key] === this.#at[key])) return;
    this.#at = at;
    this.publish(this.#show());
    this.speak();
  }

  /** A matrix with names for its columns and rows; as a grid, its cells can be chosen. */
  #matrix(kind, name, rows, columnNames, rowNames, choose = true) {
    const label = title(name);
    label.id = `name-${kind}`;
    const head = make("tr", {}, make("td", { class: "corner" }),
      ...columnNames.map((text) => make("th", { scope: "col" }, text)));
    const body = rows.map((row, i) => make("tr", {}, make("th", { scope: "row" }, rowNames[i]),
      ...row.map((value, j) => {
        const words = this.phrase("cellName",
          { row: rowNames[i], column: columnNames[j], value: format(value ?? 0) });
        return cell(value, i, j, choose ? { role: "gridcell", "aria-label": words } : {});
      })));
    const attributes = { class: kind, "aria-labelledby": label.id, ...(choose && { role: "grid" }) };
    return make("div", {}, label,
      make("table", attributes, make("thead", {}, head), make("tbody", {}, ...body)));
  }
}

customElements.define("im2col-figure", Im2colFigure);
