// The strips of <network-reader>: for each volume a canvas with all its maps, on which units are chosen.
import { make } from "./figure-view.mjs";
import { count, indexIn, placeIn } from "./net-math.mjs";
import { regions } from "./network-explain.mjs";
import { reachedBy } from "./map-sweep.mjs";
import { frame, layoutOf, paint, strongest, unitAt } from "./volume-view.mjs";

const STEPS = { ArrowUp: [0, -1, 0], ArrowDown: [0, 1, 0], ArrowLeft: [0, 0, -1],
  ArrowRight: [0, 0, 1], PageUp: [-1, 0, 0], PageDown: [1, 0, 0] };
/** The colour of a unit and its window. */
export const NEAR = "#f0a030";
const DEEP = "#2fc07a"; // of what it sees further down
const EDGE = "#808080"; // of a single number, which may be as white as the page
const ONE = { left: 0, top: 0, right: 0, bottom: 0 };

/** The shape of a volume: 0 is the input, n what layer n makes. */
export function shapeOf(layers, layer) {
  return layer ? layers[layer - 1].out : layers[0].in;
}

/** What a volume is called: its kind of layer, and which of them it is. */
export function nameOf(layers, layer) {
  if (layer === 0) return "INPUT";
  const { kind } = layers[layer - 1];
  const alike = layers.filter((one) => one.kind === kind);
  return alike.length > 1 ? `${kind} ${alike.indexOf(layers[layer - 1]) + 1}` : kind;
}

/**
 * The strips of a network: {box, canvas, shape, layout}. `choose(layer, at, pressed)`
 * follows a press, and each unit that the pointer is drawn over after it.
 */
export function makeStrips(figure, layers, choose) {
  return Array.from({ length: layers.length + 1 }, (_, layer) => {
    const shape = shapeOf(layers, layer);
    const [maps, rows, columns] = shape;
    const values = { name: nameOf(layers, layer), maps, rows, columns, count: maps };
    const canvas = make("canvas", { tabindex: 0, role: "application",
      "aria-label": figure.phrase("stripLabel", values) });
    const caption = figure.phrase(count(shape) === maps ? "stripOne" : "strip", values);
    const strip = { canvas, shape, layout: null,
      box: make("div", { class: "strip" }, make("p", {}, caption), canvas) };
    const press = (event) => {
      const unit = unitAt(shape, strip.layout, event.offsetX, event.offsetY);
      if (unit) choose(layer, indexIn(shape, unit), event.type === "pointerdown");
    };
    canvas.addEventListener("pointerdown", press);
    canvas.addEventListener("pointermove", (event) => event.buttons && press(event));
    return strip;
  });
}

/** The unit that an arrow key leads to from the one at `at`, or null for another key. */
export function walked(shape, at, key) {
  const step = STEPS[key];
  if (!step) return null;
  // A strip of single numbers has one direction only.
  const by = shape[1] * shape[2] === 1 ? [step[0] + step[1] + step[2], 0, 0] : step;
  const [map, row, column] = Object.values(placeIn(shape, at)).map((value, d) =>
    Math.min(shape[d] - 1, Math.max(0, value + by[d])));
  return indexIn(shape, { map, row, column });
}

/**
 * Paints all volumes, and frames a unit, its window in the layer before and what it sees below. Of
 * the map that a sweep goes over only what the window has reached is there.
 */
export function paintStrips(strips, layers, volumes, { layer, at }, width, sweep) {
  const seen = regions(layers, layer, at);
  strips.forEach((strip, n) => {
    strip.layout = layoutOf(strip.shape, width, n ? 56 : 84);
    const volume = sweep && n === layer ? reachedBy(sweep, volumes[n]) : volumes[n];
    const context = paint(strip.canvas, volume, strip.shape, strip.layout, strongest(volumes[n]));
    const singles = count(strip.shape) === strip.shape[0] ? strip.shape[0] : 0;
    for (let map = 0; map < singles; map++) frame(context, strip.layout, map, ONE, EDGE, 1);
    const near = layer - n <= 1;
    for (const map of seen[n]?.maps ?? []) {
      frame(context, strip.layout, map, seen[n], near ? NEAR : DEEP, near ? 2 : 1);
    }
  });
}
