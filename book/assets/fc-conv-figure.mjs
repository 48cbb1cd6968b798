// <fc-conv-figure>: a fully connected neuron becomes a filter and slides over a larger map.
// Attributes: input, window, stride. A child <script type="application/json"> with {"x", "w", "b"}
// supplies the numbers.
import { format, shapeOf, writeProducts } from "./conv-math.mjs";
import { converted, cropOf, fullyConnected, placesAside, work } from "./fc-conv-math.mjs";
import { Figure, givenNumbers } from "./figure.mjs";
import { make, markSelected, numberGrid, numberTable, placeOf, title } from "./figure-view.mjs";
import { seededGrid } from "./pooling-math.mjs";

class FcConvFigure extends Figure {
  static sizes = { input: [4, 1, 12], window: [3, 1, 12], stride: [1, 1, 12] };

  static frame = `
<div class="bar" role="group" aria-label="Sizes of map and layer">
  <label>Map <select name="input"></select></label>
  <label>Window <select name="window"></select></label>
  <label>Stride <select name="stride"></select></label>
</div>
<p class="size"></p>
<p class="refusal" hidden></p>
<div class="scroll" data-label="Map, crop, weights and scores"><div class="pieces"></div></div>
<p class="say"></p>
<div class="sum"></div>
<dl></dl>`;

  static style = `
.x, .w, .z { --cell: 1.6rem; } .y { --cell: 2rem; } .y td { padding: 0 .15rem; }
caption { font-weight: bold; }
@container (max-width: 34rem) {
  .x, .w, .z { --cell: 1.4rem; } td { font-size: .8rem; } .y { --cell: 1.8rem; }
}`;

  #numbers;
  #selected = { row: 0, column: 0 };

  read() {
    const given = givenNumbers(this) ?? {};
    const settings = super.read();
    for (const [name, size] of [["x", "input"], ["w", "window"]]) {
      if (given[name] === undefined) continue;
      if (!this.hasAttribute(size)) settings[size] = given[name]?.length;
      if (shapeOf(given[name]) === `${settings[size]}×${settings[size]}`) continue;
      throw new Error(`${name} should be ${settings[size]}×${settings[size]} numbers.`);
    }
    if (given.b !== undefined && !Number.isFinite(given.b)) {
      throw new Error("b should be a number.");
    }
    const refused = refusal(settings);
    if (refused) throw new Error(refused);
    this.#numbers = { x: given.x, w: given.w, b: given.b ?? 1 };
    this.#selected = { row: 0, column: 0 };
    return settings;
  }

  listen() {
    const { input, window, stride } = this.settings;
    this.offer("input", 1, Math.max(input, 8));
    this.offer("window", 1, Math.max(window, 5));
    this.offer("stride", 1, Math.max(stride, 4));
    const choose = ({ target }) => {
      const td = target.closest?.("[role=gridcell]");
      if (td) this.#select(placeOf(td));
    };
    for (const event of ["focusin", "click", "mouseover"]) this.on(".pieces", event, choose);
  }

  draw() {
    const { input, window, stride } = this.settings;
    const numbers = this.#numbers;
    if (numbers.x?.length !== input) numbers.x = seededGrid(input, 2, { most: 3 });
    if (numbers.w?.length !== window) numbers.w = seededGrid(window, 7, { least: -2, most: 2 });
    const { x, w, b } = numbers;
    const output = converted(x, w, b, this.settings);
    const refused = refusal(this.settings);
    this.find(".refusal").hidden = refused === null;
    this.find(".refusal").textContent = refused ?? "";
    const found = { ...this.settings, x, w, b, output, refusal: refused };
    if (refused) {
      for (const part of [".pieces", ".sum", "dl"]) this.find(part).replaceChildren();
      for (const part of [".say", ".size"]) this.find(part).textContent = "";
      return { ...found, work: null, crop: null, selected: null };
    }
    const size = output.length;
    this.find(".size").textContent =
      `(${input} − ${window})/${stride} + 1 = ${size}: the neuron answers ${size}×${size} times.`;
    const name = title(`Scores, ${size}×${size}`);
    name.id = "scores";
    const crop = make("div", { class: "crop" });
    this.find(".pieces").replaceChildren(
      numberTable("x", `Map, ${input}×${input}`, x),
      crop,
      numberTable("w", "Weights", w),
      numberGrid("y", name, output),
    );
    const { row, column } = this.#selected;
    this.#selected = { row: Math.min(row, size - 1), column: Math.min(column, size - 1) };
    const amounts = work(this.settings);
    this.find("dl").replaceChildren(...this.#counts(amounts));
    return this.#show({ ...found, work: amounts });
  }

  speak() {
    const said = [".size", ".say"].map((part) => this.find(part).textContent);
    super.speak(this.state.refusal ?? said.join(" "));
  }

  #counts({ crops, cropValues, passValues, multiplyAdds }) {
    const { input, window } = this.settings;
    const times = format(Math.round((cropValues / passValues) * 100) / 100);
    const ratio = {
      1: `, ${times} times fewer`, 0: ", as many", "-1": ", more: the windows leave gaps",
    }[Math.sign(cropValues - passValues)];
    const each = `${window}·${window}`;
    const lines = [
      ["Crop by crop", `the layers below compute ${crops} × ${each} = ${cropValues} values`],
      ["In one pass", `they compute ${input}·${input} = ${passValues}, each once${ratio}`],
      ["This layer", `${crops} × ${each} = ${multiplyAdds} multiply-adds either way`],
    ];
    return lines.flatMap(([name, text]) => [make("dt", {}, name), make("dd", {}, text)]);
  }

  /** Marks the chosen window, cuts it out and writes its dot product. */
  #show(found) {
    const { x, w, b, output } = found;
    const { window, stride } = this.settings;
    const { row, column } = this.#selected;
    const inside = (at, start) => start <= at && at < start + window;
    for (const td of this.findAll(".x td")) {
      const at = placeOf(td);
      td.classList.toggle("on", inside(at.row, row * stride) && inside(at.column, column * stride));
    }
    markSelected(this.find("[role=grid]"), this.#selected);
    const crop = cropOf(x, this.settings, this.#selected);
    const parts = fullyConnected(crop, w, b);
    this.find(".crop").replaceChildren(numberTable("z", "Crop", crop));
    this.find(".say").textContent =
      `Score (${row}, ${column}) is the neuron's answer to rows ${span(row * stride, window)} ` +
      `and columns ${span(column * stride, window)}: ${format(output[row][column])}.`;
    this.find(".sum").replaceChildren(
      make("p", {}, make("strong", {}, "crop · weights: "), writeProducts(parts)),
      make("p", {}, make("strong", {}, "plus the bias: "),
        `${format(parts.sum)} + ${format(b)} = ${format(parts.value)}`),
    );
    return { ...found, crop, selected: { row, column, value: parts.value } };
  }

  #select(at) {
    if (at.row === this.#selected.row && at.column === this.#selected.column) return;
    this.#selected = at;
    this.publish(this.#show(this.state));
    super.speak();
  }
}

function span(first, count) {
  return count === 1 ? `${first}` : `${first} to ${first + count - 1}`;
}

function refusal(settings) {
  if (placesAside(settings) !== null) return null;
  const { input, window, stride } = settings;
  return window > input
    ? `A window of ${window}×${window} does not fit into a map of ${input}×${input}.`
    : `(${input} − ${window})/${stride} + 1 is not a whole number: windows of ` +
      `${window}×${window} at stride ${stride} do not tile a map of ${input}×${input}.`;
}

customElements.define("fc-conv-figure", FcConvFigure);
