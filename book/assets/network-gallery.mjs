// <network-gallery>: the networks of the case studies, drawn to one scale beside each other, with
// what they cost. Attribute: networks, the names of those that are drawn at first.
import { Figure } from "./figure.mjs";
import { draw, make } from "./figure-view.mjs";
import { WORDS } from "./network-gallery-words.mjs";
import { sizeNetwork } from "./network-math.mjs";
import { PRESETS } from "./network-presets.mjs";

// The entries' top-5 errors in the ImageNet challenge, in percent: sources are in the chapter.
const ERRORS = { lenet5: null, alexnet: 16.4, zfnet: 13.5, googlenet: 6.67, vgg16: 7.3, resnet50: 3.57 };
const COLUMNS = ["parameters", "multiplyAdds", "bytes", "error"];
const [WIDTH, ROW_HEIGHT, GAP] = [680, 0.4, 2]; // ROW_HEIGHT is that of one row of a volume
const LEAST = 1.5; // a thinner box could not be seen
const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -1, ArrowDown: 1 };

class NetworkGallery extends Figure {
  static sizes = {};
  static words = WORDS;

  static get observedAttributes() {
    return ["networks"];
  }

  static frame = `
<div class="scroll" data-label="{caption}"><table class="costs">
<caption>{caption}</caption>
<thead><tr><th scope="col">{network}</th>${COLUMNS.map((name) => `<th scope="col">{${name}}</th>`).join("")}
</tr></thead><tbody></tbody></table></div>
<div class="drawings"></div>
<p class="say"></p>
<p class="hint">{legend}</p>`;

  static style = `
.costs { border-spacing: 0; width: 100%; }
.costs td, .costs th { width: auto; height: auto; font-size: .85rem; padding: .2rem .6rem; border: 0;
  text-align: right; white-space: nowrap; background: none; }
.costs th:first-child { text-align: left; padding-left: 0; } .costs thead th { white-space: normal; }
.costs td { background: linear-gradient(color-mix(in srgb, var(--hue) 25%, var(--paper)) 0 100%)
  no-repeat right / var(--share) 100%; }
.parameters { --hue: #d1495b; } .multiplyAdds { --hue: #2a9d5c; } .bytes { --hue: #2f6fdb; }
.error { --hue: #c2710c; }
.costs label { display: flex; gap: .4rem; align-items: center; min-height: 1.8rem; cursor: pointer; }
.costs input { min-height: auto; width: 1.2rem; height: 1.2rem; margin: 0; }
.drawings { margin-top: .6rem; } .drawing p { margin: .3rem 0 0; font-weight: bold; font-size: .9rem; }
.drawing svg { width: 100%; touch-action: manipulation; }
.box { fill: color-mix(in srgb, var(--hue) 30%, var(--paper)); stroke: var(--hue); stroke-width: .6; cursor: pointer; }
.box.on { fill: var(--hue); stroke: var(--ink); stroke-width: 1.5; }
.input { --hue: #2f6fdb; } .conv, .inception, .bottleneck { --hue: #d1495b; } .pool, .global { --hue: #8a5cd0; }
.fc { --hue: #2a9d5c; } .lrn, .batchnorm { --hue: #767676; }
.say { min-height: 2.8em; } .hint { font-size: .85rem; }
@container (max-width: 34rem) { .costs td, .costs th { padding: .15rem .25rem; font-size: .72rem; } }`;

  #sized = Object.fromEntries(Object.entries(PRESETS).map(([name, { lines }]) => [name, sizeNetwork(lines)]));
  #chosen = null; // {network, at}

  read() {
    const names = (this.getAttribute("networks") ?? "vgg16 resnet50").split(/\s+/).filter(Boolean);
    const other = names.find((name) => !Object.hasOwn(PRESETS, name));
    if (other) {
      const known = Object.keys(PRESETS).join(", ");
      throw new Error(this.phrase("notListed", { name: "networks", given: other, names: known }));
    }
    this.#chosen = null;
    return { networks: names };
  }

  listen() {
    this.find("tbody").replaceChildren(...Object.entries(PRESETS).map(([name, { title }]) => this.#row(name, title)));
    this.on("tbody", "change", ({ target }) => {
      const { networks } = this.settings;
      const rest = networks.filter((name) => name !== target.name);
      this.settings.networks = Object.keys(PRESETS).filter((name) =>
        rest.includes(name) || (target.checked && name === target.name));
      this.#chosen = null;
      this.redraw();
      super.speak(this.phrase(target.checked ? "shown" : "hidden", { name: PRESETS[target.name].title }));
    });
    for (const event of ["click", "mouseover"]) {
      this.on(".drawings", event, ({ target }) => {
        if (target.dataset?.at) this.#choose(target.closest("svg").dataset.network, Number(target.dataset.at));
      });
    }
    this.on(".drawings", "keydown", (event) => {
      const by = STEPS[event.key];
      const { network } = event.target.closest("svg")?.dataset ?? {};
      if (!by || !network) return;
      event.preventDefault(); // the arrows would scroll the page
      const last = this.#sized[network].layers.length - 1;
      const from = this.#chosen?.network === network ? this.#chosen.at : by > 0 ? -1 : last + 1;
      this.#choose(network, Math.min(last, Math.max(0, from + by)));
    });
  }

  draw() {
    const { networks } = this.settings;
    for (const box of this.findAll("tbody input")) box.checked = networks.includes(box.name);
    const widest = Math.max(...networks.map((name) =>
      sum(this.#sized[name].layers.map(({ shape }) => shape[0]))), 1);
    const most = Math.max(...networks.map((name) => this.#sized[name].layers.length), 1);
    const scale = (WIDTH - most * (GAP + LEAST)) / widest;
    this.find(".drawings").replaceChildren(...networks.map((name) => this.#drawing(name, scale)));
    if (!this.#chosen) this.find(".say").textContent = networks.length ? "" : this.words.nothing;
    return { networks, costs: this.#costs(), chosen: this.#chosen };
  }

  #costs() {
    return Object.fromEntries(Object.entries(this.#sized).map(([name, { totals }]) =>
      [name, { ...totals, error: ERRORS[name] }]));
  }

  #row(name, title) {
    const costs = this.#costs();
    const box = make("input", { type: "checkbox", name });
    const cells = COLUMNS.map((column) => {
      const most = Math.max(...Object.values(costs).map((one) => one[column] ?? 0));
      const value = costs[name][column];
      const td = make("td", { class: column }, this.#written(column, value));
      td.style.setProperty("--share", `${(100 * (value ?? 0)) / most}%`);
      return td;
    });
    return make("tr", {}, make("th", { scope: "row" }, make("label", {}, box, make("span", { translate: "no" }, title))), ...cells);
  }

  #written(column, value) {
    if (value === null) return this.words.none;
    if (column === "error") return this.phrase("percent", { value });
    if (column !== "bytes") return value.toLocaleString("en");
    return this.bytes(value);
  }

  #drawing(name, scale) {
    const { layers } = this.#sized[name];
    const { title } = PRESETS[name];
    const rows = ({ shape }) => Math.max(LEAST, (shape[1] ?? 1) * ROW_HEIGHT);
    const height = Math.max(...layers.map(rows)) + 2;
    const svg = draw("svg", { viewBox: `0 0 ${WIDTH} ${height}`, tabindex: 0, role: "application",
      "data-network": name, "aria-label": this.phrase("drawing", { name: title, count: layers.length }) });
    let left = 1;
    layers.forEach((layer, at) => {
      const [wide, high] = [Math.max(LEAST, layer.shape[0] * scale), rows(layer)];
      const on = this.#chosen?.network === name && this.#chosen.at === at;
      svg.append(draw("rect", { class: `box ${layer.kind}${on ? " on" : ""}`, "data-at": at,
        x: left.toFixed(1), y: ((height - high) / 2).toFixed(1), width: wide.toFixed(1), height: high.toFixed(1) }));
      left += wide + GAP;
    });
    return make("div", { class: "drawing" }, make("p", { translate: "no" }, title), svg);
  }

  #choose(network, at) {
    if (this.#chosen?.network === network && this.#chosen.at === at) return;
    this.#chosen = { network, at };
    for (const box of this.findAll(".box")) {
      const here = box.closest("svg").dataset.network === network && Number(box.dataset.at) === at;
      box.classList.toggle("on", here);
    }
    const layer = this.#sized[network].layers[at];
    this.find(".say").textContent = this.phrase("layer", { name: PRESETS[network].title, layer: layer.name,
      shape: layer.shape.join("×"), field: layer.field.join("×"),
      parameters: layer.parameters.toLocaleString("en"), multiplyAdds: layer.multiplyAdds.toLocaleString("en") });
    this.publish({ ...this.state, chosen: this.#chosen });
    this.speak();
  }
}

function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}

customElements.define("network-gallery", NetworkGallery);
