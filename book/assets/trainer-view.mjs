// What <convnet-trainer> shows while it trains: curves, filters, and the pictures it gets wrong.
import { draw, make } from "./figure-view.mjs";
import { layoutOf, paint } from "./volume-view.mjs";

const [WIDTH, HEIGHT, LEFT, BOTTOM] = [320, 150, 34, 20];
const MOST_POINTS = 160;
const MOST_SLICES = 64;

/**
 * Lines over the steps. Each line is {name, kind, points: [[step, value], ...]}; `most` is the top of
 * the scale, `words` has title, label and steps.
 */
export function chart(lines, steps, most, words) {
  const svg = draw("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": words.label });
  const x = (step) => LEFT + ((WIDTH - LEFT - 6) * step) / Math.max(steps, 1);
  const y = (value) => HEIGHT - BOTTOM - ((HEIGHT - BOTTOM - 14) * Math.min(value, most)) / most;
  svg.append(
    draw("path", { class: "axis", d: `M${LEFT} 10V${HEIGHT - BOTTOM}H${WIDTH - 4}` }),
    text(LEFT - 4, y(most) + 4, "end", most), text(LEFT - 4, y(0) + 4, "end", 0),
    text(LEFT, HEIGHT - 5, "start", 0), text(WIDTH - 6, HEIGHT - 5, "end", `${steps} ${words.steps}`),
  );
  for (const { kind, points } of lines) {
    const shown = thinned(points.filter(([, value]) => Number.isFinite(value)));
    if (!shown.length) continue;
    const path = shown.map(([step, value]) => `${x(step).toFixed(1)},${y(value).toFixed(1)}`);
    svg.append(draw("polyline", { class: `line ${kind}`, points: path.join(" ") }));
  }
  const legend = lines.filter(({ name }) => name).map(({ name, kind }) =>
    make("span", { class: `key ${kind}` }, name));
  return make("figure", {}, make("figcaption", {}, words.title, ...legend), svg);
}

/** Each CONV's filters as a strip of slices, on canvases that are kept and painted again. */
export function paintFilters(box, filters, width, caption) {
  while (box.children.length > filters.length) box.lastChild.remove();
  filters.forEach(({ weight, shape: sizes }, at) => {
    const [count, depth, kernel] = sizes;
    if (!box.children[at]) {
      box.append(make("div", { class: "strip" }, make("p"), make("canvas", { role: "img" })));
    }
    const [name, canvas] = box.children[at].children;
    const slices = Math.min(count * depth, MOST_SLICES);
    name.textContent = caption(at, sizes, slices);
    canvas.setAttribute("aria-label", name.textContent);
    const shape = [slices, kernel, kernel];
    paint(canvas, Array.from(weight.subarray(0, slices * kernel ** 2)), shape,
      layoutOf(shape, width, 8 * kernel));
  });
}

/** Pictures with what they are and what the network took them for. */
export function listWrong(wrong, side, caption) {
  return wrong.map((one) => {
    const words = caption(one);
    const canvas = make("canvas", { role: "img", "aria-label": words });
    const low = Math.min(...one.picture); // the ground is black, whatever its value
    paint(canvas, one.picture.map((value) => value - low), [1, side, side],
      layoutOf([1, side, side], 56, 48));
    return make("li", {}, canvas, make("span", {}, words));
  });
}

function text(x, y, anchor, words) {
  return draw("text", { x, y, "text-anchor": anchor }, words);
}

/** At most so many points: neighbours are averaged. */
function thinned(points) {
  const size = Math.ceil(points.length / MOST_POINTS);
  if (size <= 1) return points;
  return Array.from({ length: Math.ceil(points.length / size) }, (_, at) => {
    const some = points.slice(at * size, (at + 1) * size);
    return [some.at(-1)[0], some.reduce((sum, [, value]) => sum + value, 0) / some.length];
  });
}
