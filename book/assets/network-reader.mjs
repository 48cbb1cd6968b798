// <network-reader>: a small trained network reads what you draw, and every number of it can be opened.
// Attribute: network, "digits" or "clothes". Its weights are written by the build.
// To read: .state, .volumes (the input and what each layer makes of it); see(values) hands it an input.
import { makePad, SIDE as PAD, takeDrops } from "./drawing-pad.mjs";
import { make } from "./figure-view.mjs";
import {
  argmax, build, count, forward, indexIn, parameters, placeIn, softmax,
} from "./net-math.mjs";
import { explain, largestInput, pathDown } from "./network-explain.mjs";
import { WORDS } from "./network-reader-words.mjs";
import { NETWORKS } from "./reader-networks.mjs";
import { listenOnStage, paintStage } from "./reader-stage.mjs";
import { makeStrips, nameOf, paintStrips, shapeOf, walked } from "./reader-strips.mjs";
import { decoded, inkBox, shrunk, stretched } from "./reading-math.mjs";
import { format } from "./conv-math.mjs";
import { SweptFigure } from "./swept-figure.mjs";

const SIDE = 28; // of what the networks take
const PENS = { thin: 9, middle: 14, thick: 26 };

class NetworkReader extends SweptFigure {
  static sizes = {};
  static words = WORDS;

  static get observedAttributes() {
    return ["network"];
  }

  static frame = `
<div class="bar" role="group" aria-label="{controls}">
  <label>{network} <select name="network"></select></label>
  <button name="sample" type="button">{sample}</button>
  <button name="clear" type="button">{clear}</button>
  <label>{pen} <select name="pen"></select></label>
  <label class="file">{file} <input type="file" name="file" accept="image/*"></label>
</div>
<div class="desk">
  <div class="sheet"><canvas class="pad" tabindex="0" role="application" aria-label="{pad}"></canvas>
    <span class="pen" hidden></span><p class="hint">{draw}</p></div>
  <div class="answer"><p class="say"></p><ol class="scores" aria-label="{scores}"></ol></div>
</div>
<p class="refusal" hidden></p>
<p class="name">{volumes}</p>
<p class="hint">{legend}</p>
<div class="strips"></div>
<p class="name">{explanation}</p>
<p class="unit"></p>
<div class="bar"><button name="play" type="button">{play}</button>
  <button name="further" type="button">{further}</button>
  <button name="down" type="button">{down}</button> <button name="up" type="button">{up}</button></div>
<div class="stage"><figure class="window"><figcaption></figcaption><canvas role="img"></canvas></figure>
  <span aria-hidden="true">→</span>
  <figure class="own"><figcaption></figcaption><canvas role="img"></canvas></figure></div>
<div class="sum"></div>
<p class="path"></p>`;

  static style = `
.desk { display: flex; flex-wrap: wrap; gap: .8rem 1.5rem; margin: .6rem 0; }
.sheet { position: relative; width: min(15rem, 100%); } .sheet .hint { margin: .2rem 0 0; }
.pad { width: 100%; aspect-ratio: 1; display: block; background: #000; cursor: crosshair;
  touch-action: none; border-radius: .25rem; }
.pen { position: absolute; width: 14px; height: 14px; margin: -7px; border: 2px solid #f0a030;
  border-radius: 50%; pointer-events: none; } .pen.down { background: #f0a030; }
.answer { flex: 1 1 15rem; min-width: 0; } .answer .say { font-size: 1.15rem; margin: 0 0 .3rem; }
.scores { list-style: none; margin: 0; padding: 0; font-size: .85rem; }
.scores li { display: grid; grid-template-columns: 6.5em 1fr 7.5em; gap: .4rem; align-items: center;
  font-variant-numeric: tabular-nums; }
.scores .rail { height: .9em; background: color-mix(in srgb, #2a9d5c 12%, var(--paper)); }
.scores .rail i { display: block; height: 100%; background: #2a9d5c; width: var(--share); }
.scores .best { font-weight: bold; } .scores span:last-child { text-align: right; }
.file input { max-width: 14rem; } .hint { font-size: .85rem; margin: .2rem 0; }
.strip { margin: .35rem 0; } .strip p { margin: 0; font-size: .85rem; }
.strip canvas { display: block; cursor: crosshair; border-radius: 2px; max-width: 100%; }
.stage { display: flex; flex-wrap: wrap; gap: .5rem .8rem; align-items: center; margin: .5rem 0;
  min-height: 16rem; }
.stage figure { margin: 0; } .stage canvas { display: block; border-radius: 2px; max-width: 100%; }
.stage figcaption { font-size: .85rem; } .own canvas { cursor: crosshair; }
.unit { font-weight: bold; } .sum .parts { display: grid; gap: 0 1rem; font-size: .85rem;
  grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr)); }
details[open] { grid-column: 1 / -1; } summary { cursor: pointer; min-height: 1.6rem; }
.path { font-size: .85rem; }
@media (prefers-reduced-motion: no-preference) { .scores i { transition: width .15s; } }`;

  volumes = null;
  layers;
  selected; // {layer, at}: layer 0 is the input
  #data;
  #pad;
  #sample = 0;
  #trail = [];
  #strips = [];
  #frame = 0;
  #reading = 0;
  #resized = new ResizeObserver(() => this.paint());

  read() {
    const network = this.named("network", Object.keys(NETWORKS), "digits");
    this.#use(network);
    return { network };
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#resized.disconnect();
    cancelAnimationFrame(this.#frame);
    cancelAnimationFrame(this.#reading);
  }

  listen() {
    const { network, pen } = this.#lists();
    network.addEventListener("change", () => {
      this.#use(network.value);
      this.settings = { network: network.value };
      this.#showSample();
    });
    pen.addEventListener("change", () => (this.#pad.pen.width = PENS[pen.value]));
    this.#pad = makePad(this.find(".pad"), (done) => this.#takeInk(done), (...at) => this.#showPen(...at));
    const load = (file) => this.#pad.load(file).then(() => this.#refuse(null),
      () => this.#refuse(this.words.fileError));
    this.on("[name=file]", "change", ({ target }) => target.files[0] && load(target.files[0]));
    takeDrops(this.find(".sheet"), load);
    this.on("[name=sample]", "click", () => {
      this.#sample += 1;
      this.#showSample();
    });
    this.on("[name=clear]", "click", () => this.#pad.clear());
    this.on("[name=play]", "click", () => this.slide());
    this.on("[name=further]", "click", () => this.step());
    this.on("[name=down]", "click", () => this.#goDown());
    this.on("[name=up]", "click", () => this.#goUp());
    this.#resized.observe(this.find(".strips"));
    this.volumes = forward(this.layers, this.#input());
    const choose = (layer, at, pressed) => {
      this.#choose(layer, at, pressed);
      if (pressed) this.slideThere();
    };
    this.#strips = makeStrips(this, this.layers, choose);
    listenOnStage(this, (at) => choose(this.selected.layer, at, true));
    this.#strips.forEach(({ canvas }, layer) =>
      canvas.addEventListener("keydown", (event) => this.#walk(event, layer)));
    this.find(".strips").replaceChildren(...this.#strips.map(({ box }) => box));
    this.#showSample(false);
  }

  /** Hands an input to the network: 28 × 28 numbers as it takes them. */
  see(values, word = true) {
    this.volumes = forward(this.layers, Float64Array.from(values));
    this.stop();
    this.redraw();
    if (word) this.speak();
  }

  draw() {
    const scores = this.volumes.at(-1);
    const shares = softmax(scores);
    const best = argmax(scores);
    const empty = this.settings.empty ?? false;
    const classes = this.#classes();
    const percent = (share) => (100 * share).toFixed(share > 0.995 || share < 0.005 ? 0 : 1);
    this.find(".say").textContent = empty ? this.words.empty
      : this.phrase("reads", { best: classes[best], share: percent(shares[best]) });
    this.find(".scores").replaceChildren(...classes.map((name, k) => {
      const bar = make("i", { style: `--share: ${(100 * shares[k]).toFixed(1)}%` });
      const item = make("li", {}, make("span", {}, name), make("span", { class: "rail" }, bar),
        make("span", {}, `${percent(shares[k])}% (${format(Math.round(10 * scores[k]) / 10)})`));
      item.classList.toggle("best", k === best && !empty);
      return item;
    }));
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.paint());
    return { ...this.settings, scores: [...scores], shares, best: classes[best],
      selected: this.#explain(), reached: null };
  }

  #lists() {
    const [network, pen] = ["network", "pen"].map((name) => this.find(`select[name=${name}]`));
    network.append(...Object.keys(NETWORKS).map((name) => new Option(this.words[name], name)));
    network.value = this.settings.network;
    pen.append(...Object.keys(PENS).map((name) => new Option(this.words[name], name)));
    pen.value = "middle";
    return { network, pen };
  }

  /** Builds the network of that name with its trained weights. */
  #use(name) {
    this.stop();
    this.#data = NETWORKS[name];
    this.layers = build(this.#data.layers, [1, SIDE, SIDE]);
    const flat = decoded(this.#data.parameters, Float32Array);
    let start = 0;
    for (const array of parameters(this.layers)) {
      array.set(flat.subarray(start, start + array.length));
      start += array.length;
    }
    this.#sample = 2;
    this.#trail = [];
    this.selected = { layer: 1, at: indexIn(this.layers[0].out, { map: 2, row: 12, column: 12 }) };
  }

  #input(picture = new Float64Array(SIDE * SIDE)) {
    const { mean, spread } = this.#data;
    return picture.map((value) => (value - mean) / spread);
  }

  #showSample(word = true) {
    const { side, most, labels, bytes } = this.#data.samples;
    const at = this.#sample % labels.length;
    const picture = Float64Array.from(decoded(bytes).slice(at * side ** 2, (at + 1) * side ** 2),
      (value) => value / most);
    this.#pad.showSample(stretched(picture, side, PAD));
    this.settings.empty = false;
    this.#refuse(null);
    this.see(this.#input(side === SIDE ? picture : stretched(picture, side, SIDE)), word);
  }

  /** Reads at most once a frame while somebody draws, and once more at the end of the stroke. */
  #takeInk(done) {
    cancelAnimationFrame(this.#reading);
    if (done) this.#readInk(true);
    else this.#reading = requestAnimationFrame(() => this.#readInk(false));
  }

  /** Shrinks the ink as the training pictures were, and reads it. */
  #readInk(done) {
    const ink = this.#pad.ink();
    const box = inkBox(ink, PAD);
    const { side } = this.#data.samples;
    const picture = box ? shrunk(ink, PAD, box, side) : new Float64Array(side ** 2);
    this.settings.empty = box === null;
    this.see(this.#input(side === SIDE ? picture : stretched(picture, side, SIDE)), done);
  }

  #refuse(reason) {
    this.find(".refusal").hidden = reason === null;
    this.find(".refusal").textContent = reason ?? "";
    if (reason) this.speak(reason);
  }

  #showPen(down, x, y) {
    const pen = this.find(".pen");
    const { offsetWidth } = this.find(".pad");
    pen.hidden = x === null || !this.find(".pad").matches(":focus-visible");
    pen.style.left = `${(x / PAD) * offsetWidth}px`;
    pen.style.top = `${(y / PAD) * offsetWidth}px`;
    if (pen.classList.toggle("down", down) !== pen.dataset.down) {
      if (x !== null && pen.dataset.down !== String(down)) this.speak(down ? this.words.penDown : this.words.penUp);
      pen.dataset.down = down;
    }
  }

  #classes() {
    return this.words[`${this.settings.network}Classes`].split(", ");
  }

  paint() {
    if (!this.volumes || !this.isConnected) return;
    const width = Math.max(120, this.find(".strips").clientWidth);
    const { layer, at } = this.selected;
    const unit = { layer, at: this.sweep?.order[this.sweep.at] ?? at };
    paintStrips(this.#strips, this.layers, this.volumes, unit, width, this.sweep);
    paintStage(this, unit);
  }

  shapeOf(layer) {
    return shapeOf(this.layers, layer);
  }

  #explain() {
    const { layer, at } = this.selected;
    const shape = this.shapeOf(layer);
    const place = placeIn(shape, at);
    const value = this.volumes[layer][at];
    const word = layer === this.layers.length ? this.#classes()[at] : null;
    const values = { name: nameOf(this.layers, layer), ...place, word, value: format(value) };
    const key = word ? "unitOneNamed" : count(shape) === shape[0] ? "unitOne" : "unit";
    this.find(".unit").textContent = this.phrase(key, values);
    this.find(".sum").replaceChildren(...explain(this, this.layers, this.volumes, layer, at));
    for (const name of ["down", "play", "further"]) this.find(`[name=${name}]`).disabled = layer === 0;
    this.find("[name=up]").disabled = this.#trail.length === 0;
    const path = pathDown(this.layers, this.volumes, layer, at).map(([l, index]) => {
      const { map, row, column } = placeIn(this.shapeOf(l), index);
      return `${nameOf(this.layers, l)}[${map}][${row}][${column}] = ${format(this.volumes[l][index])}`;
    });
    this.find(".path").textContent = path.length > 1 ? this.phrase("path", { path: path.join(" ← ") }) : "";
    return { layer, ...place, value };
  }

  #choose(layer, at, said = true) {
    this.#trail = [];
    this.#go(layer, at, said);
  }

  #go(layer, at, said = true) {
    this.stop();
    this.showUnit(layer, at);
    if (said) this.speak(this.find(".unit").textContent);
  }

  showUnit(layer, at) {
    if (this.sweep) this.#trail = [];
    this.selected = { layer, at };
    this.publish({ ...this.state, selected: this.#explain(), reached: this.reached() });
    this.paint();
  }

  /** What a screen reader hears: the unit while the window goes from one to the next, else the answer. */
  speak(text = this.find(this.sweep ? ".unit" : ".say").textContent) {
    super.speak(text);
  }

  #walk(event, layer) {
    const here = this.selected.layer === layer;
    if (event.key === " ") {
      if (!here) this.#choose(layer, 0, false);
      this.slide();
    } else {
      const at = walked(this.shapeOf(layer), here ? this.selected.at : 0, event.key);
      if (at === null) return;
      this.#choose(layer, at);
    }
    event.preventDefault(); // the keys would scroll the page
  }

  #goDown() {
    const { layer, at } = this.selected;
    this.#trail.push({ layer, at });
    this.#go(layer - 1, largestInput(this.layers, this.volumes, layer, at));
  }

  #goUp() {
    const { layer, at } = this.#trail.pop();
    this.#go(layer, at);
  }
}

customElements.define("network-reader", NetworkReader);
