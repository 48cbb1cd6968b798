// <field-photo>: what one unit of a network sees of a photograph. Attributes: network, the name of a
// preset or "own"; pattern, in the notes' language, for "own"; layer, its number; picture.
import { Figure } from "./figure.mjs";
import { ARROWS } from "./figure-view.mjs";
import { WORDS } from "./field-photo-words.mjs";
import { fieldOf, linesOf } from "./field-photo-math.mjs";
import { sizeNetwork } from "./network-math.mjs";
import { PRESETS } from "./network-presets.mjs";
import { parsePattern, PatternError } from "./pattern-math.mjs";
import { PHOTOS } from "./photo-pictures.mjs";
import { decoded } from "./reading-math.mjs";

const PIXELS = 128; // of a photograph, in each direction
const PATTERN = "INPUT -> [[CONV -> RELU]*2 -> POOL]*4 -> FC";
const MOST_POINTS = 900;

class FieldPhoto extends Figure {
  static sizes = {};
  static words = WORDS;

  static get observedAttributes() {
    return ["network", "pattern", "layer", "picture"];
  }

  static frame = `
<div class="bar" role="group" aria-label="{controls}">
  <label>{picture} <select name="picture"></select></label>
  <label>{network} <select name="network"></select></label>
  <label>{layer} <select name="layer"></select></label>
  <label class="wide">{pattern} <input name="pattern" spellcheck="false" autocomplete="off"></label>
  <label>{kernel} <select name="kernel"></select></label>
</div>
<p class="refusal" hidden></p>
<canvas tabindex="0" role="application"></canvas>
<p class="say"></p>
<p class="hint">{legend}</p>`;

  static style = `
.bar { gap: .4rem .9rem; margin-bottom: .5rem; } .wide { flex: 1 1 24rem; }
.wide input { flex: 1; min-width: 0; width: 100%; font-family: var(--pst-font-family-monospace, monospace); }
select[name=layer] { max-width: 16rem; } label { max-width: 100%; } select { min-width: 0; }
canvas { display: block; width: min(20rem, 100%); aspect-ratio: 1; cursor: crosshair; background: #000;
  touch-action: none; }
.say { min-height: 4.2em; font-variant-numeric: tabular-nums; } .hint { font-size: .85rem; }`;

  #layers; // rows of the network, the input first
  #at = { row: 0, column: 0 };

  read() {
    const settings = { picture: this.named("picture", Object.keys(PHOTOS), "cat"), kernel: 3,
      network: this.named("network", [...Object.keys(PRESETS), "own"], "vgg16"),
      pattern: this.getAttribute("pattern") ?? PATTERN };
    this.#layers = this.#rowsOf(settings);
    if (!this.#layers) throw new Error(this.phrase("unreadable", settings));
    settings.layer = Number(this.getAttribute("layer") ?? Math.ceil(this.#layers.length / 2));
    if (!this.#layers[settings.layer]) {
      throw new Error(this.phrase("notNumber", { name: "layer", given: settings.layer, least: 0,
        most: this.#layers.length - 1 }));
    }
    this.#center(settings.layer);
    return settings;
  }

  listen() {
    const { picture, network, kernel, pattern } = this.settings;
    const lists = { picture: Object.keys(PHOTOS).map((name) => [this.words[name], name]),
      network: [...Object.entries(PRESETS).map(([name, { title }]) => [title, name]), [this.words.own, "own"]],
      kernel: [1, 3, 5, 7].map((size) => [size, size]) };
    for (const [name, options] of Object.entries(lists)) {
      const list = this.find(`[name=${name}]`);
      list.append(...options.map(([text, value]) => new Option(text, value)));
      list.value = { picture, network, kernel }[name];
      list.addEventListener("change", () => this.#take({ [name]: name === "kernel" ? Number(list.value) : list.value }));
    }
    for (const option of this.findAll("[name=network] option:not([value=own])")) option.translate = false;
    this.find("[name=pattern]").value = pattern;
    this.on("[name=pattern]", "input", ({ target }) => this.#take({ pattern: target.value, network: "own" }));
    this.on("[name=layer]", "change", ({ target }) => {
      this.#center(Number(target.value));
      this.change({ layer: Number(target.value) });
    });
    const canvas = this.find("canvas");
    for (const event of ["pointermove", "pointerdown"]) {
      canvas.addEventListener(event, ({ offsetX, offsetY, type }) => {
        const share = this.#side() / (canvas.clientWidth || 1);
        this.#choose(this.#unitAt(offsetY * share, offsetX * share), type === "pointerdown");
      });
    }
    canvas.addEventListener("keydown", (event) => {
      const step = ARROWS[event.key];
      if (!step) return;
      event.preventDefault(); // the arrows would scroll the page
      this.#choose({ row: this.#at.row + step[0], column: this.#at.column + step[1] }, true);
    });
  }

  draw() {
    const { network, layer } = this.settings;
    this.find("[name=network]").value = network;
    this.find("[name=kernel]").disabled = network !== "own";
    const list = this.find("[name=layer]");
    list.replaceChildren(...this.#layers.map(({ name }, at) => {
      const option = new Option(`${at}: ${name}`, at);
      option.translate = false;
      return option;
    }));
    list.value = layer;
    this.find("canvas").setAttribute("aria-label", this.phrase("photo", { side: this.#side() }));
    return { ...this.settings, layers: this.#layers.map(({ name }) => name), chosen: this.#show() };
  }

  #side() {
    return this.#layers[0].shape[1];
  }

  /** The network's layers with rows and columns, or null where the pattern is none. */
  #rowsOf({ network, pattern, kernel }) {
    if (network !== "own") return spread(sizeNetwork(PRESETS[network].lines).layers);
    try {
      const { layers, error } = sizeNetwork(linesOf(parsePattern(pattern), kernel));
      return error ? null : spread(layers);
    } catch (error) {
      if (error instanceof PatternError) return null;
      throw error;
    }
  }

  #take(settings) {
    const next = { ...this.settings, ...settings };
    const rows = this.#rowsOf(next);
    const field = this.find("[name=pattern]");
    field.toggleAttribute("aria-invalid", false);
    this.find(".refusal").hidden = rows !== null;
    if (!rows) {
      let column = 1;
      try {
        parsePattern(next.pattern);
      } catch (error) {
        ({ column } = error);
      }
      field.setAttribute("aria-invalid", "true");
      this.find(".refusal").textContent = this.phrase("wrong", { column });
      this.speak(this.find(".refusal").textContent);
      return;
    }
    const moved = next.network !== this.settings.network || rows.length !== this.#layers.length;
    this.#layers = rows;
    if (moved) next.layer = Math.ceil(rows.length / 2);
    this.#center(next.layer);
    this.change(next);
  }

  #center(layer) {
    const [, rows, columns] = this.#layers[layer].shape;
    this.#at = { row: Math.floor(rows / 2), column: Math.floor(columns / 2) };
  }

  /** The unit whose field has its middle nearest to a pixel. */
  #unitAt(y, x) {
    const { start, jump, field } = this.#layers[this.settings.layer];
    const near = (pixel, d) => Math.round((pixel - start[d] - field[d] / 2) / jump[d]);
    return { row: near(y, 0), column: near(x, 1) };
  }

  #choose({ row, column }, word) {
    const [, rows, columns] = this.#layers[this.settings.layer].shape;
    const inside = (value, count) => Math.min(count - 1, Math.max(0, value));
    const at = { row: inside(row, rows), column: inside(column, columns) };
    if (at.row !== this.#at.row || at.column !== this.#at.column) {
      this.#at = at;
      this.publish({ ...this.state, chosen: this.#show() });
    }
    if (word) this.speak();
  }

  /** Draws the picture with the frames, and says where they lie. */
  #show() {
    const row = this.#layers[this.settings.layer];
    const side = this.#side();
    const box = fieldOf(row, this.#at);
    this.#paint(row, side, box);
    const [, rows, columns] = row.shape;
    const within = (value) => Math.min(side - 1, Math.max(0, value));
    const seen = { top: within(box.top), left: within(box.left), bottom: within(box.bottom), right: within(box.right) };
    const over = Object.keys(seen).some((edge) => seen[edge] !== box[edge]);
    const says = this.phrase("says", { ...this.#at, ...seen, layer: `${this.settings.layer} (${row.name})`, high: row.field[0],
      wide: row.field[1], down: row.jump[0], side, rows, columns });
    this.find(".say").textContent = over ? this.phrase("overhanging", { says, over: this.words.over }) : says;
    return { ...this.#at, ...box };
  }

  #paint(layer, side, box) {
    const canvas = this.find("canvas");
    const size = Math.max(160, canvas.clientWidth || 320) * (window.devicePixelRatio || 1);
    Object.assign(canvas, { width: size, height: size });
    const context = canvas.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.drawImage(photograph(this.settings.picture), 0, 0, size, size);
    const scale = size / side;
    const frame = ({ top, left, bottom, right }, colour, line) => {
      context.strokeStyle = colour;
      context.lineWidth = line * (size / 320);
      context.strokeRect(left * scale, top * scale, (right - left + 1) * scale, (bottom - top + 1) * scale);
    };
    const { start, jump, field, shape: [, rows, columns] } = layer;
    if (rows * columns <= MOST_POINTS) {
      context.fillStyle = "rgb(255 255 255 / 70%)";
      for (let i = 0; i < rows; i += 1) {
        for (let j = 0; j < columns; j += 1) {
          const [y, x] = [start[0] + i * jump[0] + field[0] / 2, start[1] + j * jump[1] + field[1] / 2];
          context.fillRect(x * scale - 1.5, y * scale - 1.5, 3, 3);
        }
      }
    }
    const neighbours = [[0, 1], [1, 0]].map(([down, right]) => ({ row: this.#at.row + down, column: this.#at.column + right }));
    for (const at of neighbours) if (at.row < rows && at.column < columns) frame(fieldOf(layer, at), "#6db3ff", 1.5);
    frame(box, "#f0a030", 3);
  }
}

/** The layers that have rows and columns. */
function spread(layers) {
  return layers.filter(({ shape }) => shape.length === 3);
}

function photograph(name) {
  const canvas = Object.assign(document.createElement("canvas"), { width: PIXELS, height: PIXELS });
  const context = canvas.getContext("2d");
  const picture = context.createImageData(PIXELS, PIXELS);
  decoded(PHOTOS[name]).forEach((grey, at) => {
    picture.data.fill(grey, 4 * at, 4 * at + 3);
    picture.data[4 * at + 3] = 255;
  });
  context.putImageData(picture, 0, 0);
  return canvas;
}

customElements.define("field-photo", FieldPhoto);
