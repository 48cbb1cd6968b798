// <convnet-trainer>: a small ConvNet trains in the page, on digits or clothes, and can be saved and
// loaded. Attributes: pattern, and all settings of trainer-settings.mjs.
// To read: .state, with the losses of all steps and the answers to pictures it has not seen.
import { Figure } from "./figure.mjs";
import { build, parameters } from "./net-math.mjs";
import { PatternError } from "./pattern-math.mjs";
import { WORDS } from "./convnet-trainer-words.mjs";
import { download, FileError, MOST_BYTES, readNetwork, written } from "./trainer-file.mjs";
import { addNews, chartsOf, emptyRun, sentenceOf } from "./trainer-progress.mjs";
import { CHOICES, isWithin, LISTS, NUMBERS, PATTERN, RATES, shapeOf, specsOf } from "./trainer-settings.mjs";
import { listWrong, paintFilters } from "./trainer-view.mjs";

const LIVE = ["rate", "momentum", "decay"]; // may change in the middle of a run
const LEAST_STEPS = 10; // of a run that is kept to compare the next one with
const SPEAK_MS = 5000; // while training, a screen reader hears of it this often

const FIELDS = ["pattern", ...Object.keys({ ...CHOICES, ...NUMBERS, ...LISTS })];

const field = (name) => `<label>{${name}} <input type="number" name="${name}" step="any"></label>`;
const list = (name) => `<label>{${name}} <select name="${name}"></select></label>`;

class ConvnetTrainer extends Figure {
  static sizes = {};
  static words = WORDS;

  static get observedAttributes() {
    return FIELDS;
  }

  static frame = `
<div class="bar" role="group" aria-label="{network}">
  ${list("data")}
  <label class="wide">{pattern} <input name="pattern" spellcheck="false" autocomplete="off"
    aria-describedby="wrong"></label>
  ${["filters", "kernel", "units"].map(list).join("")}
  ${list("optimizer")} ${["rate", "momentum", "decay"].map(field).join("")}
  ${list("batch")} ${field("seed")}
</div>
<p class="sizes"></p>
<div class="refusal" id="wrong" hidden><pre></pre><p></p></div>
<div class="bar" role="group" aria-label="{controls}">
  <button name="toggle" type="button">{start}</button>
  <button name="step" type="button">{step}</button>
  <button name="reset" type="button">{reset}</button>
  <label><input type="checkbox" name="few"> {few}</label>
  <button name="save" type="button">{save}</button>
  <label class="file">{load} <input type="file" name="load" accept=".json"></label>
</div>
<p class="refusal alien" hidden></p>
<p class="say"></p>
<p class="speed"></p>
<div class="curves"></div>
<p class="name">{filtersName}</p>
<div class="filters"></div>
<p class="name mistakes"></p>
<ul class="wrong"></ul>`;

  static style = `
.bar { margin: .3rem 0; gap: .5rem .9rem; } input[type=number] { width: 5.6rem; }
.wide { flex: 1 1 26rem; } .wide input { flex: 1; min-width: 0; width: 100%;
  font-family: var(--pst-font-family-monospace, monospace); }
.refusal pre { margin: 0; overflow-x: auto; font-size: .85rem; } .refusal p { margin: 0; }
.say { font-variant-numeric: tabular-nums; min-height: 2.8em; } .speed, .sizes { font-size: .85rem; }
.curves { display: flex; flex-wrap: wrap; gap: .5rem 1.2rem; }
figure { margin: 0; flex: 1 1 17rem; max-width: 26rem; } figcaption { font-weight: bold; font-size: .85rem; }
.key { font-weight: normal; white-space: nowrap; margin-left: .8rem; } .key::before { content: ""; display: inline-block;
  width: 1rem; height: 3px; margin-right: .3rem; vertical-align: middle; background: var(--hue); }
.axis { fill: none; stroke: var(--quiet); } .line { fill: none; stroke: var(--hue); stroke-width: 2; }
.train { --hue: #2f6fdb; } .test { --hue: #c2710c; } .before { --hue: var(--quiet); stroke-width: 1; }
.bar > label { max-width: 100%; } .bar select { min-width: 0; } .file input { max-width: 14rem; }
.filters { display: flex; flex-wrap: wrap; gap: .3rem 1.5rem; }
.strip p { margin: 0; font-size: .85rem; } .strip canvas { display: block; max-width: 100%; }
.wrong { list-style: none; display: flex; flex-wrap: wrap; gap: .4rem; padding: 0; margin: .3rem 0; }
.wrong li { width: 6.2rem; font-size: .75rem; } .wrong canvas { display: block; }
input[type=checkbox] { min-height: auto; width: 1.2rem; height: 1.2rem; }`;

  #worker = null;
  #serial = 0;
  #spokenAt = 0;
  #progress = null;
  #before = null; // the run before this one, to compare them

  read() {
    const settings = { pattern: this.getAttribute("pattern") ?? PATTERN, few: false };
    for (const [name, names] of Object.entries(CHOICES)) settings[name] = this.named(name, names, names[0]);
    for (const [name, [fallback, least, most]] of Object.entries(NUMBERS)) {
      const first = name === "rate" ? RATES[settings.optimizer] : fallback;
      settings[name] = Number(this.getAttribute(name) ?? first);
      if (!isWithin(name, settings[name])) {
        throw new Error(this.phrase("notNumber", { name, given: this.getAttribute(name), least, most }));
      }
    }
    for (const [name, [first, ...offered]] of Object.entries(LISTS)) {
      settings[name] = Number(this.named(name, offered.map(String), String(first)));
    }
    return settings;
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#worker?.terminate();
    this.#worker = null;
  }

  listen() {
    for (const [name, names] of Object.entries(CHOICES)) {
      this.find(`[name=${name}]`).append(...names.map((one) => new Option(this.words[one], one)));
    }
    for (const [name, [, ...offered]] of Object.entries(LISTS)) {
      this.find(`[name=${name}]`).append(...offered.map((value) => new Option(value, value)));
    }
    for (const name of FIELDS) {
      const element = this.find(`[name=${name}]`);
      if (NUMBERS[name]) {
        const [, least, most, step] = NUMBERS[name];
        Object.assign(element, { min: least, max: most, step: name === "seed" ? 1 : "any" });
        element.addEventListener("keydown", (event) => nudge(event, step, least, most));
      }
      element.addEventListener("input", () => this.#take(element));
    }
    this.#fill();
    this.find("[name=few]").addEventListener("change", ({ target }) => {
      this.settings.few = target.checked;
      this.#make();
    });
    this.on("[name=toggle]", "click", () => this.#toggle());
    this.on("[name=step]", "click", () => this.#send({ act: "step" }));
    this.on("[name=reset]", "click", () => this.#make());
    this.on("[name=save]", "click", () => this.#send({ act: "save" }));
    this.on("[name=load]", "change", ({ target }) => this.#load(target));
    this.#worker?.terminate();
    this.#worker = null;
    [this.#progress, this.#before] = [emptyRun(), null];
    this.#whenSeen(() => this.#make(false));
  }

  draw() {
    const { pattern, specs, refusal, column } = this.#specs();
    const progress = this.#progress;
    const wrong = this.find("[aria-invalid]:not([name=pattern])");
    this.find("#wrong").hidden = refusal === null;
    this.find("#wrong pre").textContent = column ? `${pattern}\n${" ".repeat(column - 1)}^` : "";
    this.find("#wrong p").textContent = refusal ?? "";
    const field = this.find("[name=pattern]");
    if (column) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
    this.find(".sizes").textContent = refusal ? "" : this.#sizes(specs);
    const ready = !refusal && !wrong && progress.tests.length > 0;
    const { losses, accuracies, tests, step, epoch, running, count, filters } = progress;
    for (const name of ["toggle", "step"]) this.find(`[name=${name}]`).disabled = !ready;
    this.find("[name=save]").disabled = !ready || !Number.isFinite(losses.at(-1) ?? 0);
    this.find("[name=reset]").disabled = refusal !== null;
    this.find("[name=momentum]").disabled = this.settings.optimizer === "adagrad"; // it has none
    this.find("[name=toggle]").textContent = progress.running ? this.words.pause : this.words.start;
    this.find(".say").textContent = refusal ? "" : sentenceOf(progress, this);
    this.find(".speed").textContent = progress.speed
      ? this.phrase("speed", { speed: Math.round(progress.speed).toLocaleString("en") }) : "";
    this.#drawRun();
    return { ...this.settings, specs, refusal, step, epoch, running, count, losses, accuracies, tests,
      filters: filters.map(({ weight, shape }) => ({ shape, weight: [...weight] })) };
  }

  #drawRun() {
    const { filters, wrong, mistakes, side } = this.#progress;
    this.find(".curves").replaceChildren(...chartsOf(this.#progress, this.#before, this));
    const width = Math.max(100, this.find(".filters").clientWidth);
    paintFilters(this.find(".filters"), filters, width, (at, [count, depth, kernel], shown) =>
      this.phrase(shown < count * depth ? "filtersMore" : "filtersOf",
        { number: at + 1, filters: count, depth, kernel, shown }));
    if (!wrong) return;
    const classes = this.words[`${this.settings.data}Classes`].split(", ");
    this.find(".mistakes").textContent = this.phrase("wrong", { wrong: mistakes[0], held: mistakes[1] });
    this.find(".wrong").replaceChildren(...listWrong(wrong, side, ({ label, guess }) =>
      this.phrase("wrongOne", { label: classes[label], guess: classes[guess] })));
    this.#progress.wrong = null; // drawn
  }

  #sizes(specs) {
    const shape = shapeOf(this.settings.data);
    const layers = build(specs, shape);
    const names = layers.map(({ kind, out }) => `${kind} ${out[1] > 1 || kind !== "FC" ? out.join("×") : out[0]}`);
    const total = parameters(layers).reduce((sum, { length }) => sum + length, 0);
    return this.phrase("sizes", { layers: [`INPUT ${shape.join("×")}`, ...names].join(" → "),
      parameters: total.toLocaleString("en") });
  }

  /** The layers that the pattern asks for, or why there are none. */
  #specs() {
    const { pattern } = this.settings;
    try {
      return { pattern, specs: specsOf(this.settings), refusal: null };
    } catch (error) {
      if (!(error instanceof PatternError)) throw error;
      const { column } = error;
      return { pattern, specs: null, column,
        refusal: this.phrase("column", { column, message: this.#message(error) }) };
    }
  }

  #message({ key, values }) {
    const names = { number: this.words.number, letter: this.words.letterSign, end: this.words.end };
    const wanted = values.wanted?.map((sign) => names[sign] ?? sign);
    if (!wanted) return this.phrase(key, values);
    const written = wanted.length > 1
      ? wanted.slice(0, -1).join(this.words.comma) + this.words.or + wanted.at(-1) : wanted[0];
    return this.phrase(key, { ...values, wanted: written });
  }

  #take(element) {
    const { name, value } = element;
    if (NUMBERS[name]) {
      const [, least, most] = NUMBERS[name];
      const number = value.trim() === "" ? NaN : Number(value);
      if (!isWithin(name, number)) {
        element.setAttribute("aria-invalid", "true");
        this.redraw();
        this.speak(this.phrase("wrongNumber", { name: this.words[name], least, most }));
        return;
      }
      element.removeAttribute("aria-invalid");
      this.settings[name] = number;
    } else if (name === "optimizer") this.#choose(value);
    else this.settings[name] = LISTS[name] ? Number(value) : value;
    if (LIVE.includes(name)) {
      this.#send({ act: "set", settings: { [name]: this.settings[name] } });
      this.redraw();
    } else this.#make();
  }

  /** Another optimizer, with the rate that suits it unless the reader has set one. */
  #choose(optimizer) {
    if (this.settings.rate === RATES[this.settings.optimizer]) this.settings.rate = RATES[optimizer];
    this.settings.optimizer = optimizer;
    this.#fill();
  }

  /** Shows the settings in their fields. */
  #fill() {
    for (const name of FIELDS) {
      const element = this.find(`[name=${name}]`);
      element.value = this.settings[name];
      element.removeAttribute("aria-invalid");
    }
    this.find("[name=few]").checked = this.settings.few;
  }

  /** A new network with the present settings, or one that was saved. */
  #make(word = true, saved = null) {
    const { specs, refusal } = this.#specs();
    if (this.#progress.step >= LEAST_STEPS) this.#before = this.#progress;
    this.#progress = { ...emptyRun(), loaded: saved?.step ?? null };
    this.#refuse(null);
    const serial = (this.#serial += 1);
    const settings = { ...this.settings, specs };
    if (specs) this.#send({ act: "make", serial, settings, weights: saved?.weights });
    else this.#send({ act: "pause" });
    this.redraw();
    if (word) this.speak(refusal ?? this.find(".sizes").textContent);
  }

  async #load(input) {
    const [file] = input.files;
    if (!file) return;
    try {
      if (file.size > MOST_BYTES) throw new FileError("fileLarge");
      const saved = readNetwork(await file.text().catch(() => "")); // it may be gone meanwhile
      if (!this.isConnected) return;
      this.settings = saved.settings;
      this.#fill();
      this.#make(false, saved);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      const name = this.words[error.values.name];
      this.#refuse(this.phrase(error.key, { file: file.name, ...error.values, name }));
    }
    input.value = ""; // the same file can be chosen again
  }

  #refuse(reason) {
    this.find(".alien").hidden = reason === null;
    this.find(".alien").textContent = reason ?? "";
    if (reason) this.speak(reason);
  }

  #toggle() {
    const running = !this.#progress.running;
    this.#progress.running = running;
    this.#spokenAt = Date.now();
    this.#send({ act: running ? "run" : "pause" });
    this.redraw();
    this.speak(running ? this.words.started : this.words.paused);
  }

  #send(message) {
    if (!this.#worker) {
      this.#worker = new Worker(new URL("./trainer-worker.mjs", import.meta.url), { type: "module" });
      this.#worker.addEventListener("message", ({ data }) => this.#receive(data));
      this.#worker.addEventListener("error", (event) => this.#fail(event));
    }
    this.#worker.postMessage(message);
  }

  #receive(news) {
    if (news.serial !== this.#serial || !this.settings) return;
    const progress = this.#progress;
    if (news.kind === "weights") {
      download(`network-${news.step}.json`, written(this.settings, news.step, news.weights));
      return;
    }
    addNews(progress, news);
    this.redraw();
    const begun = progress.step > 0 || progress.loaded !== null;
    if (begun && (news.done || Date.now() - this.#spokenAt > SPEAK_MS)) {
      this.#spokenAt = Date.now();
      this.speak();
    }
  }

  #fail({ message = "" }) {
    this.#progress.failure = message;
    this.redraw();
    this.speak();
  }

  /** Nothing is loaded for a figure that nobody scrolls to. */
  #whenSeen(act) {
    const seen = new IntersectionObserver((entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      seen.disconnect();
      if (this.isConnected && this.settings) act();
    }, { rootMargin: "300px" });
    seen.observe(this);
  }
}

/** The arrow keys change a number by a step that suits it. */
function nudge(event, step, least, most) {
  const sign = { ArrowUp: 1, ArrowDown: -1 }[event.key];
  if (!sign) return;
  event.preventDefault();
  const value = Math.min(most, Math.max(least, Number(event.target.value) + sign * step));
  event.target.value = Number(value.toFixed(6));
  event.target.dispatchEvent(new Event("input", { bubbles: true }));
}

customElements.define("convnet-trainer", ConvnetTrainer);
