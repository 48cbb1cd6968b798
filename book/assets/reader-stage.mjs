// The stage of <network-reader>: the chosen unit's map, large, and the maps that its window reads.
import { regions } from "./network-explain.mjs";
import { count } from "./net-math.mjs";
import { reachedBy } from "./map-sweep.mjs";
import { nameOf, NEAR, shapeOf } from "./reader-strips.mjs";
import { frame, layoutOf, paint, squareLayout, strongest, unitAt } from "./volume-view.mjs";

const SIDE = 224; // pixels

/** Makes the canvas of the map answer presses: `choose(index)` in its volume. */
export function listenOnStage(figure, choose) {
  figure.on(".stage .own", "pointerdown", ({ offsetX, offsetY }) => {
    const { layer, at } = figure.selected;
    const { maps, shape, layout } = ownMap(shapeOf(figure.layers, layer), at);
    const unit = unitAt(shape, layout, offsetX, offsetY);
    if (unit) choose((maps[0] + unit.map) * shape[1] * shape[2] + unit.row * shape[2] + unit.column);
  });
}

/** Paints both; of the map, only what a sweep has reached. The input has nothing before it. */
export function paintStage(figure, { layer, at }) {
  const { layers, volumes, sweep } = figure;
  figure.find(".stage").hidden = layer === 0;
  if (layer === 0) return;
  const boxes = regions(layers, layer, at);
  const draw = (selector, n, { maps, shape, layout }, volume, box) => {
    const size = shape[1] * shape[2];
    const part = volume.subarray(maps[0] * size, (maps.at(-1) + 1) * size);
    const canvas = figure.find(`${selector} canvas`);
    const context = paint(canvas, part, shape, layout, strongest(volumes[n]));
    for (const map of box.maps) frame(context, layout, map - maps[0], box, NEAR);
    const values = { name: nameOf(layers, n), map: maps[0], count: maps.length };
    const key = size === 1 ? "stageNumbers" : maps.length > 1 ? "stageMaps" : "stageMap";
    const caption = figure.phrase(key, values);
    figure.find(`${selector} figcaption`).textContent = caption;
    canvas.setAttribute("aria-label", caption);
  };
  const shape = shapeOf(layers, layer - 1);
  draw(".window", layer - 1, laidOut(boxes[layer - 1].maps, shape), volumes[layer - 1], boxes[layer - 1]);
  const made = sweep ? reachedBy(sweep, volumes[layer]) : volumes[layer];
  draw(".own", layer, ownMap(shapeOf(layers, layer), at), made, boxes[layer]);
}

/** The map of a unit, or all numbers of a layer that has no maps. */
function ownMap(shape, at) {
  const [maps, rows, columns] = shape;
  const all = Array.from({ length: maps }, (_, map) => map);
  return laidOut(count(shape) === maps ? all : [Math.floor(at / (rows * columns))], shape);
}

/** One map as large as the stage, or maps that follow one another, as square as they can be. */
function laidOut(maps, [, rows, columns]) {
  const shape = [maps.length, rows, columns];
  const layout = maps.length === 1 ? squareLayout(columns, Math.floor(SIDE / columns))
    : layoutOf(shape, SIDE, SIDE / Math.ceil(Math.sqrt(maps.length)));
  return { maps, shape, layout };
}
