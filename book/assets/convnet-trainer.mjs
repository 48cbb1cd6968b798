// <convnet-trainer>: a small ConvNet trains in the page, on digits or clothes. Attributes: pattern,
// data ("digits" or "clothes"), filters, kernel, rate, batch, seed and so on, see NUMBERS and LISTS.
// To read: .state, with the losses of all steps and the answers to pictures it has not seen.
import { Figure } from "./figure.mjs";
import { build, parameters } from "./net-math.mjs";
import { parsePattern, PatternError, specify } from "./pattern-math.mjs";
import { WORDS } from "./convnet-trainer-words.mjs";
import { chart, listWrong, paintFilters } from "./trainer-view.mjs";

const SIDES = { digits: 8, clothes: 12 };
const CLASSES = 10;
const MOST_LAYERS = 30;
const PATTERN = "INPUT -> [CONV -> RELU -> POOL]*2 -> FC";
// For each number that may be typed: its first value, the least, the most, the step of its arrows.
const NUMBERS = {
  rate: [0.05, 0, 10, 0.01], momentum: [0.9, 0, 0.99, 0.05], decay: [0, 0, 1, 0.001],
  seed: [0, 0, 9999, 1],
};
// For each list: its first value, then what it offers.
const LISTS = {
  filters: [8, 2, 4, 8, 12, 16], kernel: [3, 1, 3, 5], units: [32, 16, 32, 64],
  batch: [30, 1, 10, 30, 100],
};
const LIVE = ["rate", "momentum", "decay"]; // may change in the middle of a run
const SPEAK_MS = 5000; // while training, a screen reader hears of it this often

const field = (name) => `<label>{${name}} <input type="number" name="${name}" step="any"></label>`;
const list = (name) => `<label>{${name}} <select name="${name}"></select></label>`;

class ConvnetTrainer extends Figure {
  static sizes = {};
  static words = WORDS;

  static get observedAttributes() {
    return ["pattern", "data", ...Object.keys(NUMBERS), ...Object.keys(LISTS)];
  }

  static frame = `
<div class="bar" role="group" aria-label="{network}">
  ${list("data")}
  <label class="wide">{pattern} <input name="pattern" spellcheck="false" autocomplete="off"
    aria-describedby="wrong"></label>
  ${["filters", "kernel", "units"].map(list).join("")}
  ${field("rate")} ${field("momentum")} ${field("decay")} ${list("batch")} ${field("seed")}
</div>
<p class="sizes"></p>
<div class="refusal" id="wrong" hidden><pre></pre><p></p></div>
<div class="bar" role="group" aria-label="{controls}">
  <button name="toggle" type="button">{start}</button>
  <button name="step" type="button">{step}</button>
  <button name="reset" type="button">{reset}</button>
  <label><input type="checkbox" name="few"> {few}</label>
</div>
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
.key { font-weight: normal; margin-left: .8rem; } .key::before { content: ""; display: inline-block;
  width: 1rem; height: 3px; margin-right: .3rem; vertical-align: middle; background: var(--hue); }
.axis { fill: none; stroke: var(--quiet); } .line { fill: none; stroke: var(--hue); stroke-width: 2; }
.train { --hue: #2f6fdb; } .test { --hue: #c2710c; }
.filters { display: flex; flex-wrap: wrap; gap: .3rem 1.5rem; }
.strip p { margin: 0; font-size: .85rem; } .strip canvas { display: block; max-width: 100%; }
.wrong { list-style: none; display: flex; flex-wrap: wrap; gap: .4rem; padding: 0; margin: .3rem 0; }
.wrong li { width: 6.2rem; font-size: .75rem; } .wrong canvas { display: block; }
input[type=checkbox] { min-height: auto; width: 1.2rem; height: 1.2rem; }`;

  #worker = null;
  #serial = 0;
  #spokenAt = 0;
  #progress = null;

  read() {
    const settings = { pattern: this.getAttribute("pattern") ?? PATTERN, few: false };
    settings.data = this.named("data", Object.keys(SIDES), "digits");
    for (const [name, [first, least, most]] of Object.entries(NUMBERS)) {
      settings[name] = Number(this.getAttribute(name) ?? first);
      if (!isWithin(settings[name], least, most, name)) {
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
    this.find("[name=data]").append(...Object.keys(SIDES).map((name) => new Option(this.words[name], name)));
    for (const [name, [, ...offered]] of Object.entries(LISTS)) {
      this.find(`[name=${name}]`).append(...offered.map((value) => new Option(value, value)));
    }
    for (const name of ["data", "pattern", ...Object.keys(NUMBERS), ...Object.keys(LISTS)]) {
      const element = this.find(`[name=${name}]`);
      element.value = this.settings[name];
      if (NUMBERS[name]) {
        const [, least, most, step] = NUMBERS[name];
        Object.assign(element, { min: least, max: most, step: name === "seed" ? 1 : "any" });
        element.addEventListener("keydown", (event) => nudge(event, step, least, most));
      }
      element.addEventListener("input", () => this.#take(element));
    }
    this.find("[name=few]").addEventListener("change", ({ target }) => {
      this.settings.few = target.checked;
      this.#make();
    });
    this.on("[name=toggle]", "click", () => this.#toggle());
    this.on("[name=step]", "click", () => this.#send({ act: "step" }));
    this.on("[name=reset]", "click", () => this.#make());
    this.#worker?.terminate();
    this.#worker = null;
    this.#progress = emptyRun();
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
    for (const name of ["toggle", "step"]) this.find(`[name=${name}]`).disabled = !ready;
    this.find("[name=reset]").disabled = refusal !== null;
    this.find("[name=toggle]").textContent = progress.running ? this.words.pause : this.words.start;
    this.find(".say").textContent = refusal ? "" : this.#sentence();
    this.find(".speed").textContent = progress.speed
      ? this.phrase("speed", { speed: Math.round(progress.speed).toLocaleString("en") }) : "";
    this.#drawRun();
    const { losses, accuracies, tests, step, epoch, running, count, filters } = progress;
    return { ...this.settings, specs, refusal, step, epoch, running, count, losses, accuracies, tests,
      filters: filters.map(({ weight, shape }) => ({ shape, weight: [...weight] })) };
  }

  #drawRun() {
    const { losses, accuracies, tests, step, filters, wrong, mistakes, side } = this.#progress;
    const values = { step, loss: round(losses.at(-1)), train: percent(mean(accuracies.slice(-20))),
      test: percent(tests.at(-1)?.[1]) };
    const most = Math.max(1, Math.ceil(Math.max(...losses.slice(0, 20).filter(Number.isFinite), 2.2)));
    const points = (list, scale = 1) => list.map((value, at) => [at + 1, value * scale]);
    const words = (name) => ({ title: this.words[name], steps: this.words.steps,
      label: this.phrase(`${name}Label`, values) });
    const [train, test] = [this.words.legendTrain, this.words.legendTest];
    this.find(".curves").replaceChildren(
      chart([{ name: train, kind: "train", points: points(losses) },
        { name: test, kind: "test", points: tests.map(([at, , loss]) => [at, loss]) }],
      step, Math.min(most, 10), words("loss")),
      chart([{ name: train, kind: "train", points: points(smooth(accuracies), 100) },
        { name: test, kind: "test", points: tests.map(([at, share]) => [at, 100 * share]) }],
      step, 100, words("accuracy")));
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

  #sentence() {
    const { step, epoch, losses, accuracies, tests, mistakes, count, failure } = this.#progress;
    if (failure) return this.phrase("failed", { message: failure });
    if (!tests.length) return "";
    const test = percent(tests.at(-1)[1]);
    if (step === 0) return this.phrase("ready", { test, held: mistakes[1] });
    if (!Number.isFinite(losses.at(-1))) return this.words.diverged;
    return this.phrase("progress", { step, epoch, count, loss: round(losses.at(-1)), test,
      train: percent(mean(accuracies.slice(-20))), held: mistakes[1] });
  }

  #sizes(specs) {
    const side = SIDES[this.settings.data];
    const layers = build(specs, [1, side, side]);
    const names = layers.map(({ kind, out }) => `${kind} ${out[1] > 1 || kind !== "FC" ? out.join("×") : out[0]}`);
    const total = parameters(layers).reduce((sum, { length }) => sum + length, 0);
    return this.phrase("sizes", { layers: [`INPUT 1×${side}×${side}`, ...names].join(" → "),
      parameters: total.toLocaleString("en") });
  }

  /** The layers that the pattern asks for, or why there are none. */
  #specs() {
    const { pattern, data, filters, kernel, units } = this.settings;
    const side = SIDES[data];
    try {
      const layers = parsePattern(pattern);
      if (layers.length > MOST_LAYERS) {
        throw new PatternError(0, "deep", { count: layers.length, most: MOST_LAYERS });
      }
      const sizes = { filters, kernel, units, classes: CLASSES };
      return { pattern, specs: specify(layers, [1, side, side], sizes), refusal: null };
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
      if (!isWithin(number, least, most, name)) {
        element.setAttribute("aria-invalid", "true");
        this.redraw();
        this.speak(this.phrase("wrongNumber", { name: this.words[name], least, most }));
        return;
      }
      element.removeAttribute("aria-invalid");
      this.settings[name] = number;
    } else this.settings[name] = LISTS[name] ? Number(value) : value;
    if (LIVE.includes(name)) {
      this.#send({ act: "set", settings: { [name]: this.settings[name] } });
      this.redraw();
    } else this.#make();
  }

  /** A new network with the present settings. */
  #make(word = true) {
    const { specs, refusal } = this.#specs();
    this.#progress = emptyRun();
    if (specs) this.#send({ act: "make", serial: (this.#serial += 1), settings: { ...this.settings, specs } });
    else this.#send({ act: "pause" });
    this.redraw();
    if (word) this.speak(refusal ?? this.find(".sizes").textContent);
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
    for (const name of ["losses", "accuracies", "tests"]) progress[name].push(...news[name]);
    for (const name of ["step", "epoch", "count", "side", "running", "filters"]) progress[name] = news[name];
    if (news.wrong) Object.assign(progress, { wrong: news.wrong, mistakes: news.mistakes });
    progress.speed = news.speed ?? progress.speed;
    this.redraw();
    if (progress.step && (news.done || Date.now() - this.#spokenAt > SPEAK_MS)) {
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

function emptyRun() {
  return { losses: [], accuracies: [], tests: [], step: 0, epoch: 0, count: 0, running: false,
    filters: [], wrong: null, mistakes: [0, 0], speed: null, failure: null };
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

function isWithin(value, least, most, name) {
  return value >= least && value <= most && (name !== "seed" || Number.isInteger(value));
}

function mean(values) {
  return values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : 0;
}

/** Each value averaged with those of up to ten steps before it: a batch alone says little. */
function smooth(values) {
  return values.map((_, at) => mean(values.slice(Math.max(0, at - 10), at + 1)));
}

function round(value) {
  return Number.isFinite(value) ? value.toPrecision(3) : "–";
}

function percent(share) {
  return Number.isFinite(share) ? (100 * share).toFixed(1) : "–";
}

customElements.define("convnet-trainer", ConvnetTrainer);
