// <network-sizer>: a network as a list of layers to edit, and what each of them makes and costs.
// Attribute: network, the name of a preset. The lines' language is told in network-read.mjs. What the
// reader sets goes into the address, after #network-sizer=, so that it can be passed on.
import { Figure } from "./figure.mjs";
import { make } from "./figure-view.mjs";
import { sizeNetwork } from "./network-math.mjs";
import { PRESETS } from "./network-presets.mjs";

const OWN = "own"; // what a network is called once its lines are no preset's
const ADDRESS = "#network-sizer=";
const SPEAK_MS = 800; // who types is told the result when the typing rests, not at each key
const COLUMNS = ["Line", "Layer", "Output", "Parameters", "Values", "Memory", "Multiply-adds",
  "Field"];
const SHARED = ["parameters", "values", "multiplyAdds"]; // columns with a bar for each share

class NetworkSizer extends Figure {
  static sizes = {};
  static observedAttributes = ["network"];

  static frame = `
<div class="bar" role="group" aria-label="Network controls">
  <label>Network <select name="network"></select></label>
  <label class="check"><input type="checkbox" name="open"> Open blocks</label>
  <label>Beside it <select name="beside"></select></label>
</div>
<div class="edit">
  <div class="text"><label class="name" for="lines">Layers, one a line</label>
    <textarea id="lines" rows="15" spellcheck="false" autocapitalize="off" autocomplete="off"
      wrap="off" aria-describedby="error"></textarea></div>
  <div><p class="refusal" id="error" hidden></p><dl></dl>
    <table class="layers beside" hidden></table>
    <p class="say"></p></div>
</div>
<details><summary>What a line can say</summary>
<ul>
<li><code>input 3x224x224</code>: maps, rows, columns; the first line</li>
<li><code>conv 64 3x3 s1 p1</code>: filters, their size, stride, padding; then, if wanted,
  <code>g2</code> groups, <code>d2</code> dilation, <code>nobias</code>, <code>batchnorm</code>,
  and <code>sees 3 3 4</code>: to how many maps each filter is connected</li>
<li><code>pool 3x3 s2 p0</code>: <code>ceil</code> lets the last window hang over the edge,
  <code>learned</code> adds a factor and a bias for each map</li>
<li><code>fc 4096</code>, with <code>nobias</code>, or <code>fixed</code> where the weights are no
  parameters; <code>global average</code>; <code>lrn</code>; <code>batchnorm</code></li>
<li><code>relu</code>, <code>tanh</code>, <code>sigmoid</code>, <code>dropout 0.5</code>,
  <code>flatten</code>: in place, so they have no row</li>
<li><code>inception 64 96 128 16 32 32</code>: filters 1×1; before 3×3, 3×3; before 5×5, 5×5;
  after the pooling</li>
<li><code>bottleneck 64 256 1</code>: maps inside, maps out, stride</li>
</ul></details>
<div class="scroll" data-label="Table of the layers"><table class="layers">
  <caption>One image, 4 bytes a number</caption>
  <thead><tr>${COLUMNS.map((name) => `<th scope="col">${name}</th>`).join("")}</tr></thead>
  <tbody></tbody><tfoot></tfoot></table></div>
<p class="hint rounded" hidden>* (W − F + 2P)/S + 1 is not a whole number there. It is rounded as
PyTorch does: the rows and columns left over at the end are not read.</p>
<p class="hint">Bars: the layer's share of the column. Field: how many rows and columns of the
image one value sees, over its edges too. A block is one row, and its memory what it puts out, as in
papers' tables; opened, each part has a row.</p>`;

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
.parameters { --hue: #d1495b; } .values { --hue: #2f6fdb; } .multiplyAdds { --hue: #2a9d5c; }
.hint { font-size: .85rem; }
@container (max-width: 50rem) {
  .layers td, .layers th { padding: .2rem .25rem; font-size: .75rem; }
  .layers tbody th { min-width: 9.2rem; font-size: .75rem; }
  .layers tfoot td { font-weight: normal; } .then { display: none; }
}
@container (max-width: 34rem) {
  .edit { grid-template-columns: minmax(0, 1fr); } .edit dl { margin-top: .3rem; }
  .layers tbody th { min-width: 10rem; }
}`;

  #own = null; // the reader's lines, kept while a preset is looked at
  #timer = null;

  read() {
    const network = this.getAttribute("network") ?? "vgg16";
    if (!Object.hasOwn(PRESETS, network)) {
      const names = Object.keys(PRESETS).join(", ");
      throw new Error(`network="${network}" is not one of ${names}.`);
    }
    this.#own = null;
    return { network, lines: PRESETS[network].lines, open: false, beside: "", ...this.#readAddress() };
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
  }

  /** The network in the address: a preset's name, or lines with ";" between them. */
  #readAddress() {
    if (!location.hash.startsWith(ADDRESS)) return {};
    let text;
    try {
      text = decodeURIComponent(location.hash.slice(ADDRESS.length));
    } catch {
      return {}; // somebody cut the address in the middle of a sign
    }
    if (Object.hasOwn(PRESETS, text)) return { network: text, lines: PRESETS[text].lines };
    this.#own = text.split(";");
    return { network: OWN, lines: this.#own };
  }

  #writeAddress() {
    const { network, lines } = this.settings;
    const text = network === OWN ? lines.join(";") : network;
    history.replaceState(history.state, "", ADDRESS + encodeURIComponent(text));
  }

  listen() {
    const list = this.find("[name=network]");
    list.append(...Object.entries(PRESETS).map(([name, { title }]) => new Option(title, name)));
    list.append(new Option("Your own", OWN));
    list.addEventListener("change", () => {
      const network = list.value;
      this.#rest();
      this.change({ network, lines: network === OWN ? this.#own : PRESETS[network].lines });
      this.#writeAddress();
    });
    const beside = this.find("[name=beside]");
    beside.append(new Option("nothing", ""),
      ...Object.entries(PRESETS).map(([name, { title }]) => new Option(title, name)));
    beside.value = this.settings.beside;
    beside.addEventListener("change", () => {
      this.#rest();
      this.change({ beside: beside.value });
    });
    this.on("[name=open]", "change", ({ target }) => {
      this.#rest();
      this.change({ open: target.checked });
    });
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
    super.speak(`${error ? `${error.message} Before it: ` : ""}${this.find(".say").textContent}`);
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
    this.find("dl").replaceChildren(...listTotals(totals));
    this.find(".beside").hidden = other === null;
    this.find(".beside").replaceChildren(...(other ? compare(this.#title(network), totals,
      PRESETS[beside].title, other.totals) : []));
    this.find(".say").textContent = sentence(layers, error);
    this.find(".scroll tbody").replaceChildren(...layers.map((layer) => tableRow(layer, totals)));
    this.find("tfoot").replaceChildren(sumRow(totals, error));
    this.find(".rounded").hidden = !layers.some(isRounded);
    return { network, lines, open, beside, ...found, besideTotals: other?.totals ?? null };
  }

  #title(network) {
    return network === OWN ? "Your own" : PRESETS[network].title;
  }
}

function isSame(one, other) {
  return one.length === other.length && one.every((line, at) => line === other[at]);
}

function isRounded({ leftOver }) {
  return Math.max(...leftOver) > 0;
}

function listTotals(totals) {
  const { parameters, parameterBytes, values, bytes, bytesWithGradients, multiplyAdds } = totals;
  return [
    ["Parameters", `${write(parameters)}: ${writeBytes(parameterBytes)}`],
    ["Values", `${write(values)}: ${writeBytes(bytes)} forward, ` +
      `${writeBytes(bytesWithGradients)} with their gradients (×2)`],
    ["Multiply-adds", write(multiplyAdds)],
  ].flatMap(([name, text]) => [make("dt", {}, name), make("dd", {}, text)]);
}

/** The sums of two networks beside each other, each with a bar of its size. */
function compare(name, totals, otherName, otherTotals) {
  const head = make("tr", {}, make("td"), ...[name, otherName].map((text) =>
    make("th", { scope: "col" }, text)));
  const rows = [["Parameters", "parameters", write], ["Memory, forward", "bytes", writeBytes],
    ["Multiply-adds", "multiplyAdds", write]].map(([title, key, text]) => {
    const most = Math.max(totals[key], otherTotals[key], 1);
    return make("tr", {}, make("th", { scope: "row" }, title), ...[totals, otherTotals].map((one) => {
      const td = make("td", { class: `share ${key === "bytes" ? "values" : key}` }, text(one[key]));
      td.style.setProperty("--share", `${(100 * one[key]) / most}%`);
      return td;
    }));
  });
  return [make("caption", {}, "Beside each other"), make("thead", {}, head), make("tbody", {}, ...rows)];
}

/** The result in a sentence: what comes out, and where most of each sum lies. */
function sentence(layers, error) {
  const last = layers.at(-1);
  if (!last) return "No layer yet.";
  const most = SHARED.map((key, at) => {
    const top = layers.reduce((best, layer) => (layer[key] > best[key] ? layer : best));
    return top[key] ? `${["parameters", "values", "multiply-adds"][at]} in line ${top.line}` : "";
  }).filter(Boolean);
  const where = most.length ? ` Most ${most.join(", most ")}.` : "";
  const values = last.values === 1 ? "1 value" : `${writeSize(last.shape)} values`;
  const image = writeSize(layers[0].shape.slice(1));
  return `Out of line ${last.line}${error ? ", the last that counts," : ""} come ${values}; each ` +
    `looks at ${writeSize(last.field)} pixels (the image has ${image}).${where}`;
}

function tableRow(layer, totals) {
  const name = make("th", { scope: "row" }, layer.name);
  if (layer.then.length) name.append(make("span", { class: "then" }, ` ${layer.then.join(" ")}`));
  const [rows, columns] = layer.field;
  const mark = isRounded(layer) ? "*" : "";
  return make("tr", {}, make("td", {}, layer.line), name,
    make("td", {}, `${writeSize(layer.shape)}${mark}`),
    shareCell("parameters", layer, totals), shareCell("values", layer, totals),
    make("td", {}, writeBytes(layer.bytes)), shareCell("multiplyAdds", layer, totals),
    make("td", {}, rows === columns ? write(rows) : writeSize(layer.field)));
}

function shareCell(key, layer, totals) {
  const td = make("td", { class: `share ${key}` }, write(layer[key]));
  td.style.setProperty("--share", `${totals[key] ? (100 * layer[key]) / totals[key] : 0}%`);
  return td;
}

function sumRow({ parameters, values, bytes, multiplyAdds }, error) {
  const numbers = [write(parameters), write(values), writeBytes(bytes), write(multiplyAdds)];
  return make("tr", {}, make("td"), make("th", { scope: "row" }, error ? "Sum so far" : "Sum"),
    make("td"), ...numbers.map((text) => make("td", {}, text)), make("td"));
}

function write(number) {
  return number.toLocaleString("en");
}

function writeSize(sides) {
  return sides.join("×");
}

function writeBytes(bytes) {
  const [unit, divisor] = bytes >= 1e9 ? ["GB", 1e9] : bytes >= 1e6 ? ["MB", 1e6]
    : bytes >= 1e3 ? ["kB", 1e3] : ["bytes", 1];
  const digits = { maximumSignificantDigits: bytes / divisor >= 1000 ? 4 : 3 };
  return `${(bytes / divisor).toLocaleString("en", digits)} ${unit}`;
}

customElements.define("network-sizer", NetworkSizer);
