// <size-calculator>: how large a layer's output is, or why it has none, and what the layer costs.
// Attributes: input, kernel, stride, pad, dilation, filters, depth.
import { Figure, wholeNumber } from "./figure.mjs";
import { draw, make, range } from "./figure-view.mjs";
import { WORDS } from "./size-calculator-words.mjs";
import { refusal, sizeFormula, sizes } from "./size-math.mjs";

const IN_MAPS = ["filters", "depth"]; // the other sizes are counted in pixels
const MOST_CELLS = 48; // a longer row is drawn without its cells
const LINE = 14; // from one window to the next, in the picture's units
const WIDTH = 640;

class SizeCalculator extends Figure {
  static sizes = {
    input: [227, 1, 100000], kernel: [11, 1, 1000], stride: [4, 1, 1000], pad: [0, 0, 1000],
    dilation: [1, 1, 100], filters: [96, 1, 100000], depth: [3, 1, 100000],
  };

  static words = WORDS;

  static frame = `
<div class="bar" role="group" aria-label="{controls}">${Object.keys(this.sizes)
    .map((name) => `<label><span>{${name}}</span> <input type="number" name="${name}" step="1">
      <small>${IN_MAPS.includes(name) ? "{maps}" : "{pixels}"}</small></label>`)
    .join("")}</div>
<p class="answer say"></p>
<dl></dl>
<p class="name">{row}</p>
<div class="row"></div>`;

  static style = `
.answer { font-size: 1.1rem; min-height: 1.5em; }
.bar { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: .4rem .9rem; }
.bar > label { display: grid; grid-template-columns: 5.5rem 5.6rem auto; } .bar input { width: 100%; }
.row { margin: .3rem 0; }
rect { vector-effect: non-scaling-stroke; }
.cell { fill: color-mix(in srgb, #2f6fdb 18%, var(--paper)); stroke: #2f6fdb; }
.pad { fill: none; stroke: #2f6fdb; stroke-dasharray: 3 2; }
.left { fill: color-mix(in srgb, #d1495b 55%, transparent); stroke: #d1495b; stroke-width: 2; }
.reach { stroke: #2a9d5c; stroke-width: 2; } .tap { fill: #2a9d5c; }`;

  listen() {
    for (const [name, [, least, most]] of Object.entries(SizeCalculator.sizes)) {
      const field = this.find(`[name=${name}]`);
      Object.assign(field, { min: least, max: most, value: this.settings[name] });
      field.addEventListener("input", () => this.#take(field, least, most));
    }
  }

  /** A number that is none leaves the figure without an answer until it is mended. */
  #take(field, least, most) {
    const value = wholeNumber(field.value, least, most);
    if (value === null) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
    this.change({ [field.name]: value });
  }

  draw() {
    const wrong = Object.keys(SizeCalculator.sizes).find((name) => this.settings[name] === null);
    const [, least, most] = SizeCalculator.sizes[wrong] ?? [];
    const found = wrong ? null : sizes(this.settings);
    const refused = wrong
      ? this.phrase("wrong", { name: this.words[wrong], least, most })
      : refusal(this.settings);
    const answer = this.find(".answer");
    answer.textContent = refused ?? this.phrase("answer", { formula: sizeFormula(this.settings) });
    answer.classList.toggle("refusal", refused !== null);
    this.find("dl").replaceChildren(...(found ? this.#counts(found) : []));
    this.find(".row").replaceChildren(...(found ? [picture(this.settings, found, this.#label(found))] : []));
    return { ...this.settings, ...found, refusal: refused };
  }

  #counts(found) {
    const { output, floored, leftOver, weights, parameters, values, multiplyAdds } = found;
    const { kernel, depth, filters, pad } = this.settings;
    const numbers = { output, floored, leftOver, kernel, depth, filters, biases: write(filters),
      values: output === null ? "" : write(values), weights: write(weights), parameters: write(parameters),
      multiplyAdds: output === null ? "" : write(multiplyAdds) };
    const cut = `rounds${leftOver === 1 ? "One" : ""}${pad ? "Padded" : ""}`;
    const lines = output === null
      ? [["library", floored === null ? "libraryRefuses" : cut], ["parameters", "parameterCount"]]
      : [["output", "outputCount"], ["parameters", "parameterCount"], ["multiplyAdds", "multiplyAddCount"]];
    return lines.flatMap(([name, text]) =>
      [make("dt", {}, this.words[name]), make("dd", {}, this.phrase(text, numbers))]);
  }

  #label({ floored, leftOver }) {
    const key = floored === null ? "noWindow" : leftOver ? "windowsLeft" : "windows";
    return this.phrase("picture", { ...this.settings, windows: this.phrase(key, { floored, leftOver }) });
  }
}

/** The row's cells, and a line with a dot at each tap for each window (for some, if many). */
function picture(settings, { floored, leftOver, effective }, label) {
  const { input, pad, stride, kernel, dilation } = settings;
  const length = input + 2 * pad;
  const unit = Math.min(22, WIDTH / length);
  const starts = range(0, (floored ?? 0) - 1);
  const shown = starts.length <= 8 ? starts : [0, 1, 2, null, ...starts.slice(-2)];
  const rows = floored === null ? [] : shown;
  const height = 22 + rows.length * LINE;
  const svg = draw("svg", {
    viewBox: `0 -2 ${length * unit} ${height + 4}`, width: length * unit, role: "img",
    "aria-label": label,
  });
  const box = (kind, from, count) =>
    count > 0 &&
    svg.append(draw("rect", {
      class: kind, x: from * unit, y: 0, width: count * unit, height: 16,
    }));
  if (length <= MOST_CELLS) {
    for (const at of range(0, length - 1)) {
      box(at < pad || at >= pad + input ? "pad" : "cell", at, 1);
    }
  } else {
    box("pad", 0, pad);
    box("cell", pad, input);
    box("pad", pad + input, pad);
  }
  if (leftOver) box("left", length - leftOver, leftOver);
  rows.forEach((window, line) => {
    const y = 22 + line * LINE;
    if (window === null) {
      svg.append(draw("text", { x: length * unit / 2, y: y + 6, "text-anchor": "middle" }, "⋮"));
      return;
    }
    const at = (tap) => (window * stride + tap * dilation + 0.5) * unit;
    const edge = Math.min(unit / 2, 6);
    svg.append(draw("line", {
      class: "reach", x1: at(0) - edge, x2: at(0) + (effective - 1) * unit + edge, y1: y, y2: y,
    }));
    if (unit < 5) return;
    for (const tap of range(0, kernel - 1)) {
      svg.append(draw("circle", { class: "tap", cx: at(tap), cy: y, r: 4 }));
    }
  });
  return svg;
}

function write(number) {
  return number.toLocaleString("en");
}

customElements.define("size-calculator", SizeCalculator);
