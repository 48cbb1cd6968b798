// <kernel-photo>: one kernel over a photograph, with the products behind every pixel of the output.
// Attributes: picture ("cat", "coffee" or "astronaut"), kernel (a name), size, stride, pad, dilation.
import { format } from "./conv-math.mjs";
import { greyOf, takeDrops } from "./drawing-pad.mjs";
import { Figure } from "./figure.mjs";
import { ARROWS, make, moveFocus, numberTable, range } from "./figure-view.mjs";
import { WORDS } from "./kernel-photo-words.mjs";
import { correlate, outputSide, PRESETS, windowOf } from "./photo-math.mjs";
import { PHOTOS } from "./photo-pictures.mjs";
import { decoded } from "./reading-math.mjs";
import { frame, paint, squareLayout, unitAt } from "./volume-view.mjs";

const SIDE = 128;
const [ORANGE, GREEN] = ["#f0a030", "#2fc07a"];

class KernelPhoto extends Figure {
  static sizes = { size: [3, 1, 7], stride: [1, 1, 4], pad: [1, 0, 6], dilation: [1, 1, 4] };
  static words = WORDS;

  static get observedAttributes() {
    return ["picture", "kernel", ...Object.keys(this.sizes)];
  }

  static frame = `
<div class="bar" role="group" aria-label="{controls}">
  <label>{picture} <select name="picture"></select></label>
  <label>{file} <input type="file" name="file" accept="image/*"></label>
  <label>{preset} <select name="kernel"></select></label>
  <label>{size} <select name="size"></select></label>
  <label>{stride} <select name="stride"></select></label>
  <label>{pad} <select name="pad"></select></label>
  <label>{dilation} <select name="dilation"></select></label>
</div>
<p class="hint">{privacy}</p>
<p class="refusal" hidden></p>
<div class="desk">
  <div><p class="name in"></p><canvas class="input" tabindex="0" role="application"></canvas></div>
  <div><p class="name out"></p><canvas class="output" tabindex="0" role="application"></canvas></div>
  <div><p class="name" id="weights">{weights}</p>
    <table class="w kernel" role="grid" aria-labelledby="weights"></table></div>
</div>
<p class="hint legend"></p>
<p class="say"></p>
<div class="scroll" data-label="{products}"><div class="pieces"></div></div>
<p class="total"></p>`;

  static style = `
.desk { display: flex; flex-wrap: wrap; gap: .6rem 1.2rem; margin: .4rem 0; align-items: flex-start; }
.desk > div { max-width: 100%; } .desk p { margin: 0 0 .2rem; }
canvas { display: block; cursor: crosshair; background: #000; touch-action: none; }
.kernel { --cell: 2.9rem; } .kernel td { cursor: text; }
.kernel input { width: 100%; min-height: 2rem; padding: 0; text-align: center; border: 0;
  background: none; font-size: .85rem; }
.hint { font-size: .85rem; } .say { font-weight: bold; font-variant-numeric: tabular-nums; }
.pieces table { --cell: 2.6rem; } .pieces td { font-size: .8rem; } input[type=file] { max-width: 14rem; }
.total { font-variant-numeric: tabular-nums; }
@container (max-width: 34rem) { .kernel { --cell: 2.4rem; } .pieces table { --cell: 2.1rem; } }`;

  #picture;
  #own = null;
  #kernel;
  #at = { row: 40, column: 40 };
  #resized = new ResizeObserver(() => this.#paint());
  #output = null;
  #full = 1; // the value that is drawn at full strength
  #layouts = {};

  read() {
    const settings = super.read();
    settings.picture = this.named("picture", Object.keys(PHOTOS), "cat");
    settings.kernel = this.named("kernel", Object.keys(PRESETS), "upright");
    this.#picture = decoded(PHOTOS[settings.picture]);
    this.#kernel = PRESETS[settings.kernel](settings.size);
    this.#at = { row: 40, column: 40 };
    return settings;
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#resized.disconnect();
  }

  listen() {
    const option = (name) => new Option(this.words[name], name);
    const [picture, kernel] = ["picture", "kernel"].map((name) => this.find(`select[name=${name}]`));
    picture.append(...Object.keys(PHOTOS).map(option), option("own"));
    kernel.append(...Object.keys(PRESETS).map(option), option("changed"));
    picture.addEventListener("change", () => this.#show(picture.value));
    kernel.addEventListener("change", () => this.#use(kernel.value, this.settings.size));
    const size = this.find("[name=size]");
    size.append(...range(1, 7).map((value) => new Option(value, value)));
    size.value = this.settings.size;
    size.addEventListener("change", () => this.#use(this.settings.kernel, Number(size.value)));
    for (const name of ["stride", "pad", "dilation"]) {
      const [, least, most] = KernelPhoto.sizes[name];
      this.offer(name, least, most);
    }
    const load = (file) => greyOf(file, SIDE).then((grey) => {
      this.#own = grey.map((value) => Math.round(255 * value));
      this.#show("own");
    }, () => this.#refuse(this.words.fileError));
    this.on("[name=file]", "change", ({ target }) => target.files[0] && load(target.files[0]));
    takeDrops(this.find(".desk"), load);
    for (const name of ["input", "output"]) {
      const canvas = this.find(`.${name}`);
      const point = ({ offsetX, offsetY, type }) => this.#point(name, offsetX, offsetY, type === "pointerdown");
      for (const event of ["pointermove", "pointerdown"]) canvas.addEventListener(event, point);
      canvas.addEventListener("keydown", (event) => this.#walk(event));
    }
    this.on(".kernel", "input", ({ target }) => this.#edit(target));
    this.on(".kernel", "keydown", (event) => moveFocus(event));
    this.#fields();
    this.#resized.observe(this.find(".desk"));
  }

  draw() {
    const { picture, kernel, size, stride, pad, dilation } = this.settings;
    this.find("[name=picture]").value = picture;
    this.find("[name=picture] [value=own]").disabled = this.#own === null;
    this.find("[name=kernel]").value = kernel;
    this.find("[name=kernel] [value=changed]").disabled = kernel !== "changed";
    const found = outputSide(SIDE, this.settings);
    this.#output = correlate(this.#picture, SIDE, this.#kernel, this.settings);
    const span = dilation * (size - 1) + 1;
    const refusal = found ? null : this.phrase("noFit", { span, side: SIDE });
    const left = found?.leftOver ? this.phrase("leftOver", { stride, count: found.leftOver }) : null;
    this.#refuse(refusal ?? left, false);
    const state = { picture, kernel, size, stride, pad, dilation, weights: [...this.#kernel],
      side: found?.count ?? null, refusal };
    this.find(".in").textContent = this.phrase("input", { side: SIDE });
    this.find(".out").textContent = found ? this.phrase("output", { side: found.count }) : "";
    this.find(".output").hidden = !found;
    this.find(".input").setAttribute("aria-label", this.phrase("inputLabel", { side: SIDE }));
    if (!found) {
      this.find(".pieces").replaceChildren();
      for (const part of [".say", ".total", ".legend"]) this.find(part).textContent = "";
      this.#paint();
      return { ...state, selected: null };
    }
    this.find(".output").setAttribute("aria-label", this.phrase("outputLabel", { side: found.count }));
    const sorted = this.#output.map(Math.abs).sort();
    this.#full = sorted[Math.floor(0.99 * sorted.length)] || 1e-12; // edges of the padding stand out
    this.find(".legend").textContent = this.phrase("legend",
      { full: format(this.#full), most: format(sorted.at(-1)) });
    for (const key of ["row", "column"]) this.#at[key] = Math.min(this.#at[key], found.count - 1);
    this.#paint();
    return { ...state, selected: this.#explain(found.count) };
  }

  speak(text = this.find(".refusal").hidden ? this.find(".say").textContent : this.find(".refusal").textContent) {
    super.speak(text);
  }

  #show(picture) {
    this.#picture = picture === "own" ? this.#own : decoded(PHOTOS[picture]);
    this.change({ picture });
  }

  /** Takes a kernel of that name and size; weights of the reader's own are cut or framed by zeros. */
  #use(kernel, size) {
    const before = Math.sqrt(this.#kernel.length);
    this.#kernel = kernel === "changed"
      ? Array.from({ length: size * size }, (_, at) => {
        const [i, j] = [Math.floor(at / size), at % size];
        return i < before && j < before ? this.#kernel[i * before + j] : 0;
      })
      : PRESETS[kernel](size);
    this.settings.size = size;
    this.#fields();
    this.change({ kernel });
  }

  #fields() {
    const { size } = this.settings;
    const rows = Array.from({ length: size }, (_, row) => make("tr", {},
      ...Array.from({ length: size }, (__, column) => {
        const input = make("input", { inputmode: "decimal",
          "aria-label": this.phrase("weight", { row, column }) });
        input.value = format(this.#kernel[row * size + column]);
        input.addEventListener("focus", () => input.select());
        return make("td", { role: "gridcell", "data-row": row, "data-column": column }, input);
      })));
    this.find(".kernel").replaceChildren(make("tbody", {}, ...rows));
  }

  #edit(field) {
    const value = field.value.trim() === "" ? NaN : Number(field.value.replace("−", "-"));
    field.toggleAttribute("aria-invalid", false);
    if (!Number.isFinite(value)) {
      field.setAttribute("aria-invalid", "true");
      this.speak(this.words.wrongWeight);
      return;
    }
    const { row, column } = field.closest("td").dataset;
    this.#kernel[Number(row) * this.settings.size + Number(column)] = value;
    this.change({ kernel: "changed" });
  }

  #refuse(reason, word = true) {
    this.find(".refusal").hidden = reason === null;
    this.find(".refusal").textContent = reason ?? "";
    if (word) this.speak(reason);
  }

  /** Where a pointer is: on the output the value itself, on the input the window around the pixel. */
  #point(name, x, y, word) {
    if (!this.#output) return;
    const { size, stride, pad, dilation } = this.settings;
    const count = Math.sqrt(this.#output.length);
    const unit = unitAt([1, ...Array(2).fill(name === "input" ? SIDE : count)], this.#layouts[name], x, y);
    if (!unit) return;
    const middle = (dilation * (size - 1)) / 2;
    const place = (pixel) => name === "output" ? pixel
      : Math.min(count - 1, Math.max(0, Math.round((pixel + pad - middle) / stride)));
    this.#choose(place(unit.row), place(unit.column), word);
  }

  #walk(event) {
    const step = ARROWS[event.key];
    if (!step || !this.#output) return;
    event.preventDefault(); // the arrows would scroll the page
    const count = Math.sqrt(this.#output.length);
    const inside = (value) => Math.min(count - 1, Math.max(0, value));
    this.#choose(inside(this.#at.row + step[0]), inside(this.#at.column + step[1]), true);
  }

  #choose(row, column, word) {
    if (row !== this.#at.row || column !== this.#at.column) {
      this.#at = { row, column };
      this.#paint();
      this.publish({ ...this.state, selected: this.#explain(Math.sqrt(this.#output.length)) });
    }
    if (word) this.speak(this.find(".say").textContent);
  }

  #explain(count) {
    const { size } = this.settings;
    const { row, column } = this.#at;
    const seen = windowOf(this.#picture, SIDE, this.settings, this.#at);
    const rows = (values) => Array.from({ length: size }, (_, i) => values.slice(i * size, (i + 1) * size));
    const products = seen.map(({ value }, at) => value * this.#kernel[at]);
    const value = this.#output[row * count + column];
    this.find(".say").textContent = this.phrase("value", { row, column, value: format(value) });
    this.find(".pieces").replaceChildren(
      numberTable("x", this.words.window, rows(seen.map((one) => (one.inside ? one.value : null)))),
      numberTable("w", this.words.weights, rows(this.#kernel)),
      numberTable("y", this.words.products, rows(products)),
    );
    this.find(".total").textContent = this.phrase("sum", { value: format(value) });
    return { row, column, value };
  }

  #paint() {
    const desk = this.find(".desk");
    if (!desk || !this.isConnected) return;
    const { size, stride, pad, dilation } = this.settings;
    const unit = Math.max(1, Math.min(2.25, desk.clientWidth / SIDE || 1));
    this.#layouts.input = squareLayout(SIDE, unit);
    const input = paint(this.find(".input"), this.#picture, [1, SIDE, SIDE], this.#layouts.input);
    if (!this.#output) return;
    const count = Math.sqrt(this.#output.length);
    this.#layouts.output = squareLayout(count, unit * stride); // a pixel covers what its window moves by
    const output = paint(this.find(".output"), this.#output, [1, count, count], this.#layouts.output,
      this.#full);
    const [top, left] = [this.#at.row * stride - pad, this.#at.column * stride - pad];
    const reach = dilation * (size - 1);
    frame(input, this.#layouts.input, 0, { top, left, bottom: top + reach, right: left + reach }, ORANGE);
    const { row, column } = this.#at;
    frame(output, this.#layouts.output, 0, { top: row, left: column, bottom: row, right: column }, GREEN);
  }
}

customElements.define("kernel-photo", KernelPhoto);
