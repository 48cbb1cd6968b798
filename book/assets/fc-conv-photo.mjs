// <fc-conv-photo>: a fully connected neuron that looks for one patch of a photograph becomes a filter,
// and its scores lie over the picture. Attributes: picture, window, stride.
import { format } from "./conv-math.mjs";
import { neuronOf, work } from "./fc-conv-math.mjs";
import { WORDS } from "./fc-conv-photo-words.mjs";
import { Figure } from "./figure.mjs";
import { ARROWS } from "./figure-view.mjs";
import { correlate, windowOf } from "./photo-math.mjs";
import { PHOTOS } from "./photo-pictures.mjs";
import { decoded } from "./reading-math.mjs";
import { frame, paint, squareLayout } from "./volume-view.mjs";

const SIDE = 128;
// With these, windows tile the picture, and a patch stays where it is when the stride changes.
const LISTS = { window: [16, 24, 32, 40, 48], stride: [1, 2, 4, 8] };
const PATCHES = { cat: [40, 40], coffee: [80, 72], astronaut: [16, 40] }; // what is looked for at first
const [ORANGE, GREEN, WHITE] = [[240, 160, 48], "#2fc07a", "#fff"];
const DIM = 380; // a picture of grey values to 255 is drawn darker, so that scores stand out
const EVEN = 20; // a patch that varies less, in grey values, is none to look for

class FcConvPhoto extends Figure {
  static sizes = {};
  static words = WORDS;

  static get observedAttributes() {
    return ["picture", ...Object.keys(LISTS)];
  }

  static frame = `
<div class="bar" role="group" aria-label="{controls}">
  <label>{picture} <select name="picture"></select></label>
  <label>{window} <select name="window"></select></label>
  <label>{stride} <select name="stride"></select></label>
  <button name="take" type="button">{take}</button>
</div>
<p class="size"></p>
<div class="desk">
  <canvas class="photo" tabindex="0" role="application"></canvas>
  <div class="neuron"><p class="name"></p><canvas class="weights" role="img"></canvas>
    <p class="say"></p><p class="best"></p></div>
</div>
<p class="hint">{legend}</p>`;

  static style = `
.desk { display: flex; flex-wrap: wrap; gap: .6rem 1.2rem; margin: .4rem 0; align-items: flex-start; }
.neuron .name { margin: 0 0 .2rem; } canvas { display: block; background: #000; max-width: 100%; }
.photo { cursor: crosshair; touch-action: none; } .hint { font-size: .85rem; }
.say, .best { font-variant-numeric: tabular-nums; } .neuron { flex: 1 1 14rem; min-width: 0; } .neuron .say { margin: .6rem 0; min-height: 4.2em; }`;

  #picture;
  #patch; // the corner of what is looked for
  #neuron;
  #scores;
  #overlay; // the scores as a small picture, a pixel each
  #at; // the chosen window
  #layout = squareLayout(SIDE, 1);
  #resized = new ResizeObserver(() => this.#paint());

  read() {
    const settings = { picture: this.named("picture", Object.keys(PHOTOS), "cat") };
    for (const [name, first] of [["window", 24], ["stride", 2]]) {
      settings[name] = Number(this.named(name, LISTS[name].map(String), String(first)));
    }
    this.#start(settings);
    return settings;
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#resized.disconnect();
  }

  listen() {
    const lists = { ...LISTS, picture: Object.keys(PHOTOS) };
    for (const [name, values] of Object.entries(lists)) {
      const list = this.find(`[name=${name}]`);
      list.append(...values.map((value) => new Option(this.words[value] ?? value, value)));
      list.value = this.settings[name];
      list.addEventListener("change", () =>
        this.#take({ [name]: name === "picture" ? list.value : Number(list.value) }));
    }
    this.on("[name=take]", "click", () => this.#lookFor());
    const canvas = this.find(".photo");
    for (const event of ["pointermove", "pointerdown"]) {
      canvas.addEventListener(event, ({ offsetX, offsetY, type }) => {
        const { window, stride } = this.settings;
        const near = (offset) => Math.round((offset / this.#layout.unit - window / 2) / stride);
        this.#choose({ row: near(offsetY), column: near(offsetX) }, type === "pointerdown");
      });
    }
    canvas.addEventListener("keydown", (event) => this.#press(event));
    this.#resized.observe(this.find(".desk"));
  }

  draw() {
    const { window, stride } = this.settings;
    const kernel = { size: window, stride, pad: 0, dilation: 1 };
    const seen = windowOf(this.#picture, SIDE, { ...kernel, stride: 1 }, this.#patch);
    this.#neuron = neuronOf(seen.map(({ value }) => value));
    this.#scores = correlate(this.#picture, SIDE, this.#neuron, kernel);
    const places = this.#places();
    this.#overlay = overlayOf(this.#scores, places);
    const counts = work({ input: SIDE, window, stride });
    this.find(".size").textContent = this.phrase("size", { side: SIDE, window, stride, places,
      cropValues: counts.cropValues.toLocaleString("en"), passValues: counts.passValues.toLocaleString("en") });
    this.find(".photo").setAttribute("aria-label", this.phrase("photo", { places }));
    this.find(".desk .name").textContent = this.phrase("weights", { window });
    this.find(".weights").setAttribute("aria-label", this.phrase("weightsLabel", { window }));
    const best = this.#best();
    this.find(".best").textContent = this.phrase("best", { ...this.#box(best), value: format(best.value) });
    paint(this.find(".weights"), this.#neuron, [1, window, window], squareLayout(window, 96 / window));
    return { ...this.settings, places, patch: this.#patch, best, selected: this.#show() };
  }

  #places() {
    return Math.sqrt(this.#scores.length);
  }

  /** The patch that is looked for at first, and its own window chosen. */
  #start({ picture, window, stride }) {
    this.#picture = decoded(PHOTOS[picture]);
    const [row, column] = PATCHES[picture];
    this.#patch = { row, column };
    this.#center(row + 12, column + 12, { window, stride });
  }

  /** Lays patch and chosen window around a pixel, on a place where the neuron is asked. */
  #center(y, x, { window, stride }) {
    const last = (SIDE - window) / stride;
    const place = (pixel) => Math.min(last, Math.max(0, Math.round((pixel - window / 2) / stride)));
    this.#at = { row: place(y), column: place(x) };
    this.#patch = { row: this.#at.row * stride, column: this.#at.column * stride };
  }

  #take(settings) {
    const next = { ...this.settings, ...settings };
    const half = this.settings.window / 2;
    if (settings.picture) this.#start(next);
    else this.#center(this.#patch.row + half, this.#patch.column + half, next);
    this.change(next);
  }

  /** The chosen window becomes what the neuron looks for, unless there is nothing to see. */
  #lookFor() {
    const { window, stride } = this.settings;
    const corner = { row: this.#at.row * stride, column: this.#at.column * stride };
    const seen = windowOf(this.#picture, SIDE, { size: window, stride: 1, pad: 0, dilation: 1 }, corner)
      .map(({ value }) => value);
    if (Math.max(...seen) - Math.min(...seen) < EVEN) {
      this.speak(this.words.even);
      this.find(".say").textContent = this.words.even;
      return;
    }
    this.#patch = corner;
    this.redraw();
    this.speak(this.phrase("taken", this.#box(this.#at)));
  }

  /** The highest score of windows that lie half a window or more away from the patch. */
  #best() {
    const { window, stride } = this.settings;
    const places = this.#places();
    let best = null;
    this.#scores.forEach((value, at) => {
      const [row, column] = [Math.floor(at / places), at % places];
      const away = Math.max(Math.abs(row * stride - this.#patch.row), Math.abs(column * stride - this.#patch.column));
      if (away >= window / 2 && (best === null || value > best.value)) best = { row, column, value };
    });
    return best;
  }

  #box({ row, column }) {
    const { window, stride } = this.settings;
    const [top, left] = [row * stride, column * stride];
    return { top, left, bottom: top + window - 1, right: left + window - 1 };
  }

  #press(event) {
    const step = ARROWS[event.key];
    if (!step && event.key !== "Enter") return;
    event.preventDefault(); // the arrows would scroll the page
    if (!step) this.#lookFor();
    else this.#choose({ row: this.#at.row + step[0], column: this.#at.column + step[1] }, true);
  }

  #choose({ row, column }, word) {
    const inside = (value) => Math.min(this.#places() - 1, Math.max(0, value));
    const at = { row: inside(row), column: inside(column) };
    if (at.row !== this.#at.row || at.column !== this.#at.column) {
      this.#at = at;
      this.publish({ ...this.state, selected: this.#show() });
    }
    if (word) this.speak();
  }

  #show() {
    const { row, column } = this.#at;
    const value = this.#scores[row * this.#places() + column];
    this.find(".say").textContent =
      this.phrase("said", { row, column, value: format(value), ...this.#box(this.#at) });
    this.#paint();
    return { row, column, value };
  }

  #paint() {
    const desk = this.find(".desk");
    if (!desk || !this.#scores || !this.isConnected) return;
    const { window, stride } = this.settings;
    const unit = Math.max(1, Math.min(2.75, desk.clientWidth / SIDE || 1));
    this.#layout = squareLayout(SIDE, unit);
    const canvas = this.find(".photo");
    const context = paint(canvas, this.#picture, [1, SIDE, SIDE], this.#layout, DIM);
    const start = ((window - stride) / 2) * unit; // a score lies on the middle of its window
    const length = this.#places() * stride * unit;
    context.drawImage(this.#overlay, start, start, length, length);
    const patch = { row: this.#patch.row / stride, column: this.#patch.column / stride };
    frame(context, this.#layout, 0, this.#box(patch), GREEN, 3);
    frame(context, this.#layout, 0, this.#box(this.#at), WHITE, 1.5);
  }
}

/** The scores as pixels: the higher, the less of what lies below is seen. */
function overlayOf(scores, side) {
  const canvas = Object.assign(document.createElement("canvas"), { width: side, height: side });
  const context = canvas.getContext("2d");
  const picture = context.createImageData(side, side);
  scores.forEach((score, at) => {
    const strength = Math.min(1, Math.max(0, score)) ** 1.5;
    picture.data.set([...ORANGE, 230 * strength], 4 * at);
  });
  context.putImageData(picture, 0, 0);
  return canvas;
}

customElements.define("fc-conv-photo", FcConvPhoto);
