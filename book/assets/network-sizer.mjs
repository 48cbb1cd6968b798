// <network-sizer>: a network as a list of layers to edit, and what each of them makes and costs.
// Attribute: network, the name of a preset. The lines' language is told in network-read.mjs. What the
// reader sets goes into the address, after #network-sizer=, so that it can be passed on.
import { Figure } from "./figure.mjs";
import { make } from "./figure-view.mjs";
import { sizeNetwork } from "./network-math.mjs";
import { pairTable } from "./network-pairs.mjs";
import { PRESETS } from "./network-presets.mjs";
import { WORDS } from "./network-sizer-words.mjs";

const OWN = "own"; // what a network is called once its lines are no preset's
const [ADDRESS, BESIDE] = ["#network-sizer=", "&beside="];
const SPEAK_MS = 800; // who types is told the result when the typing rests, not at each key
const COLUMNS = ["line", "layer", "output", "parameters", "values", "memory", "multiplyAdds", "field"];
const HELP = ["helpInput", "helpConv", "helpPool", "helpFc", "helpInPlace", "helpInception",
  "helpBottleneck"];
// Columns whose largest entry is told.
const MOST = { parameters: "mostParameters", values: "mostValues", multiplyAdds: "mostMultiplyAdds" };

class NetworkSizer extends Figure {
  static sizes = {};
  static words = WORDS;
  static observedAttributes = ["network"];

  static frame = `
<div class="bar" role="group" aria-label="{controls}">
  <label>{network} <select name="network"></select></label>
  <label class="check"><input type="checkbox" name="open"> {open}</label>
  <label>{beside} <select name="beside"></select></label>
</div>
<div class="edit">
  <div class="text"><label class="name" for="lines">{lines}</label>
    <textarea id="lines" rows="15" spellcheck="false" autocapitalize="off" autocomplete="off"
      wrap="off" aria-describedby="error"></textarea></div>
  <div><p class="refusal" id="error" hidden></p><dl></dl>
    <table class="layers beside" hidden></table>
    <p class="say"></p></div>
</div>
<div class="scroll both" data-label="{pairs}"><table class="pairs"></table></div>
<details><summary>{help}</summary>
<ul></ul></details>
<div class="scroll" data-label="{table}"><table class="layers">
  <caption>{caption}</caption>
  <thead><tr>${COLUMNS.map((name) => `<th scope="col">{${name}}</th>`).join("")}</tr></thead>
  <tbody></tbody><tfoot></tfoot></table></div>
<p class="hint rounded" hidden>{rounded}</p>
<p class="hint">{legend}</p>`;

  static style = `
.edit { display: grid; grid-template-columns: minmax(15rem, 2fr) 3fr; gap: .6rem 1.2rem;
  margin: .6rem 0; }
.text { display: flex; flex-direction: column; } .text .name { align-self: start; }
.edit dl { margin-top: 1.2rem; }
textarea { width: 100%; font-family: var(--pst-font-family-monospace, monospace);
  font-size: .9rem; line-height: 1.35; padding: .3rem .5rem; resize: vertical; tab-size: 2; }
.check input { min-height: 0; width: 1.1rem; height: 1.1rem; margin: 0; }
summary { cursor: pointer; padding: .3rem 0; } li { margin: .2rem 0; }
ul { margin: 0; padding-left: 1.2rem; font-size: .9rem; } code { font-size: .95em; }
.layers { border-spacing: 0; width: 100%; margin: .3rem 0; }
.layers td, .layers th { width: auto; min-width: 0; height: auto; padding: .15rem .5rem;
  font-size: .85rem; text-align: right; white-space: nowrap; border: 0;
  border-bottom: 1px solid color-mix(in srgb, var(--quiet) 35%, var(--paper));
  background-color: var(--paper); transition: none; }
.layers thead th, .layers tfoot :is(th, td) { font-weight: bold; }
.layers thead th:nth-child(2), .layers tbody th, .layers tfoot th { text-align: left; }
.layers tbody th { font-family: var(--pst-font-family-monospace, monospace); font-size: .8rem;
  white-space: normal; min-width: 12.5rem; overflow-wrap: anywhere; }
.layers tr > :nth-child(2) { position: sticky; left: 0; background-clip: padding-box; }
.layers tfoot > tr > * { border-top: 2px solid var(--quiet); }
.then { color: var(--quiet); }
.share { background-repeat: no-repeat; background-position: right; background-image:
  linear-gradient(color-mix(in srgb, var(--hue) 25%, var(--paper)) 0 100%);
  background-size: var(--share) 100%; }
.layers.beside { width: auto; } .layers.beside tbody th { min-width: 0; font-family: inherit; }
.layers.beside tr > :nth-child(2) { position: static; text-align: right; }
.pairs { border-spacing: 0; width: 100%; }
.pairs td, .pairs th { width: auto; min-width: 0; height: auto; padding: .1rem .4rem; font-size: .8rem;
  text-align: right; white-space: nowrap; background-color: var(--paper); border: 0; transition: none;
  border-bottom: 1px solid color-mix(in srgb, var(--quiet) 35%, var(--paper)); }
.pairs td.layer { text-align: left; white-space: normal; overflow-wrap: anywhere;
  font-family: var(--pst-font-family-monospace, monospace); font-size: .75rem; }
.pairs .shape { color: var(--quiet); white-space: nowrap; float: right; margin-left: .6rem; }
.pairs tr:first-child > th[colspan] { text-align: left; font-weight: bold; font-size: .85rem; }
.pairs tfoot > tr > * { border-top: 2px solid var(--quiet); font-weight: bold; }
.pairs tr > :nth-child(4), .pairs tr:first-child > [colspan]:nth-child(2) { border-left: 2px solid var(--quiet); }
.parameters { --hue: #d1495b; } .values { --hue: #2f6fdb; } .multiplyAdds { --hue: #2a9d5c; }
.hint { font-size: .85rem; }
@container (max-width: 50rem) {
  .layers td, .layers th { padding: .2rem .25rem; font-size: .75rem; }
  .layers tbody th { min-width: 9.2rem; font-size: .75rem; }
  .pairs td, .pairs th, .pairs td.layer { font-size: .7rem; padding: .1rem .15rem; }
  .pairs .shape { display: none; } .pairs td.layer { min-width: 5rem; } .pairs th { white-space: normal; }
  .layers tfoot td { font-weight: normal; } .then { display: none; }
}
@container (max-width: 34rem) {
  .edit { grid-template-columns: minmax(0, 1fr); } .edit dl { margin-top: .3rem; }
  .layers tbody th { min-width: 10rem; }
}`;

  #own = null; // the reader's lines, kept while a preset is looked at
  #timer = null;

  read() {
    const network = this.named("network", Object.keys(PRESETS), "vgg16");
    this.#own = null;
    return { network, lines: PRESETS[network].lines, open: false, beside: "", ...this.#readAddress() };
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
  }

  /** What the address says: a preset's name or lines with ";" between them, and what is beside it. */
  #readAddress() {
    if (!location.hash.startsWith(ADDRESS)) return {};
    let [text, name] = location.hash.slice(ADDRESS.length).split(BESIDE);
    try {
      text = decodeURIComponent(text);
    } catch {
      return {}; // somebody cut the address in the middle of a sign
    }
    const beside = Object.hasOwn(PRESETS, name ?? "") ? name : "";
    if (Object.hasOwn(PRESETS, text)) return { network: text, lines: PRESETS[text].lines, beside };
    this.#own = text.split(";");
    return { network: OWN, lines: this.#own, beside };
  }

  #writeAddress() {
    const { network, lines, beside } = this.settings;
    const text = encodeURIComponent(network === OWN ? lines.join(";") : network);
    history.replaceState(history.state, "", ADDRESS + text + (beside && BESIDE + beside));
  }

  listen() {
    const list = this.find("[name=network]");
    list.append(...presets());
    list.append(new Option(this.words.own, OWN));
    list.addEventListener("change", () => {
      const network = list.value;
      this.#rest();
      this.change({ network, lines: network === OWN ? this.#own : PRESETS[network].lines });
      this.#writeAddress();
    });
    const beside = this.find("[name=beside]");
    beside.append(new Option(this.words.nothing, ""), ...presets());
    beside.value = this.settings.beside;
    beside.addEventListener("change", () => {
      this.#rest();
      this.change({ beside: beside.value });
      this.#writeAddress();
    });
    this.on("[name=open]", "change", ({ target }) => {
      this.#rest();
      this.change({ open: target.checked });
    });
    this.find("details ul").append(...HELP.map((key) => make("li", {}, ...withCode(this.words[key]))));
    this.on("textarea", "input", ({ target }) => this.#take(target.value.split("\n")));
  }

  /** Takes over the reader's lines; what comes of them is said once the typing rests. */
  #take(lines) {
    if (isSame(lines, this.settings.lines)) return; // a paste is told once for each of its lines
    const found = Object.entries(PRESETS).find(([, preset]) => isSame(preset.lines, lines));
    const network = found ? found[0] : OWN;
    if (!found) this.#own = lines;
    Object.assign(this.settings, { network, lines });
    this.redraw();
    this.#rest();
    this.#timer = setTimeout(() => {
      this.speak();
      this.#writeAddress();
    }, SPEAK_MS);
  }

  #rest() {
    clearTimeout(this.#timer);
  }

  speak() {
    const { error } = this.state;
    const said = this.find(".say").textContent;
    super.speak(error ? this.phrase("spokenError", { error: error.message, said }) : said);
  }

  draw() {
    const { network, lines, open, beside } = this.settings;
    const found = sizeNetwork(lines, { open });
    const other = beside ? sizeNetwork(PRESETS[beside].lines) : null;
    const { layers, totals, error } = found;
    const list = this.find("[name=network]");
    list.value = network;
    list.querySelector(`[value=${OWN}]`).disabled = this.#own === null;
    this.find("[name=open]").checked = open;
    const field = this.find("textarea");
    if (!isSame(field.value.split("\n"), lines)) field.value = lines.join("\n");
    if (error) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
    this.find("#error").hidden = error === null;
    this.find("#error").textContent = error?.message ?? "";
    this.find("dl").replaceChildren(...this.#listTotals(totals));
    this.find(".beside").hidden = other === null;
    this.find(".beside").replaceChildren(...(other ? this.#compare(this.#title(network), totals,
      PRESETS[beside].title, other.totals) : []));
    this.find(".both").hidden = other === null;
    this.find(".pairs").replaceChildren(...(other ? pairTable(this.words, [
      { title: this.#title(network), ...found }, { title: PRESETS[beside].title, ...other }]) : []));
    this.find(".say").textContent = this.#sentence(layers, error);
    this.find(".scroll .layers tbody").replaceChildren(...layers.map((layer) => this.#tableRow(layer, totals)));
    this.find(".layers tfoot").replaceChildren(this.#sumRow(totals, error));
    this.find(".rounded").hidden = !layers.some(isRounded);
    return { network, lines, open, beside, ...found, besideTotals: other?.totals ?? null };
  }

  #title(network) {
    return network === OWN ? this.words.own : PRESETS[network].title;
  }

  #listTotals({ parameters, parameterBytes, values, bytes, bytesWithGradients, multiplyAdds }) {
    return [
      ["parameters", this.phrase("parameterTotal", { count: write(parameters), bytes: this.bytes(parameterBytes) })],
      ["values", this.phrase("valueTotal", { count: write(values), bytes: this.bytes(bytes),
        both: this.bytes(bytesWithGradients) })],
      ["multiplyAdds", write(multiplyAdds)],
    ].flatMap(([name, text]) => [make("dt", {}, this.words[name]), make("dd", {}, text)]);
  }

  /** The sums of two networks beside each other, each with a bar of its size. */
  #compare(name, totals, otherName, otherTotals) {
    const head = make("tr", {}, make("td"), ...[name, otherName].map((text) =>
      make("th", { scope: "col", translate: "no" }, text)));
    const rows = [["parameters", "parameters", write], ["forward", "bytes", (one) => this.bytes(one)],
      ["multiplyAdds", "multiplyAdds", write]].map(([title, key, text]) => {
      const most = Math.max(totals[key], otherTotals[key], 1);
      return make("tr", {}, make("th", { scope: "row" }, this.words[title]),
        ...[totals, otherTotals].map((one) => {
          const td = make("td", { class: `share ${key === "bytes" ? "values" : key}` }, text(one[key]));
          td.style.setProperty("--share", `${(100 * one[key]) / most}%`);
          return td;
        }));
    });
    return [make("caption", {}, this.words.besideName), make("thead", {}, head), make("tbody", {}, ...rows)];
  }

  /** The result in a sentence: what comes out, and where most of each sum lies. */
  #sentence(layers, error) {
    const last = layers.at(-1);
    if (!last) return this.words.noLayer;
    const outcome = last.values === 1 ? this.words.oneValue
      : this.phrase("valueCount", { shape: writeSize(last.shape) });
    const said = this.phrase(error ? "saidSoFar" : "said", { line: last.line, outcome,
      field: writeSize(last.field), image: writeSize(layers[0].shape.slice(1)) });
    const most = Object.entries(MOST).flatMap(([key, word]) => {
      const top = layers.reduce((best, layer) => (layer[key] > best[key] ? layer : best));
      return top[key] ? [this.phrase(word, { line: top.line })] : [];
    });
    return most.length ? this.phrase("most", { said, list: most.join(this.words.mostAnd) }) : said;
  }

  #tableRow(layer, totals) {
    const name = make("th", { scope: "row", translate: "no" }, layer.name);
    if (layer.then.length) name.append(make("span", { class: "then" }, ` ${layer.then.join(" ")}`));
    const [rows, columns] = layer.field;
    const mark = isRounded(layer) ? "*" : "";
    return make("tr", {}, make("td", {}, layer.line), name,
      make("td", {}, `${writeSize(layer.shape)}${mark}`),
      shareCell("parameters", layer, totals), shareCell("values", layer, totals),
      make("td", {}, this.bytes(layer.bytes)), shareCell("multiplyAdds", layer, totals),
      make("td", {}, rows === columns ? write(rows) : writeSize(layer.field)));
  }

  #sumRow({ parameters, values, bytes, multiplyAdds }, error) {
    const numbers = [write(parameters), write(values), this.bytes(bytes), write(multiplyAdds)];
    const name = make("th", { scope: "row" }, error ? this.words.sumSoFar : this.words.sum);
    return make("tr", {}, make("td"), name, make("td"), ...numbers.map((text) => make("td", {}, text)),
      make("td"));
  }
}

/** The presets to choose from, under names that no language changes. */
function presets() {
  return Object.entries(PRESETS).map(([name, { title }]) =>
    Object.assign(new Option(title, name), { translate: false }));
}

function isSame(one, other) {
  return one.length === other.length && one.every((line, at) => line === other[at]);
}

function isRounded({ leftOver }) {
  return Math.max(...leftOver) > 0;
}

function shareCell(key, layer, totals) {
  const td = make("td", { class: `share ${key}` }, write(layer[key]));
  td.style.setProperty("--share", `${totals[key] ? (100 * layer[key]) / totals[key] : 0}%`);
  return td;
}

function write(number) {
  return number.toLocaleString("en");
}

function writeSize(sides) {
  return sides.join("×");
}

/** Text whose parts between `these signs` are code. */
function withCode(text) {
  return text.split("`").map((part, at) => (at % 2 ? make("code", {}, part) : part));
}

customElements.define("network-sizer", NetworkSizer);
