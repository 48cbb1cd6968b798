// A pad to draw on with a mouse, a finger or the arrow keys, and to load a picture into.
import { inkOf } from "./reading-math.mjs";

export const SIDE = 112; // pixels of ink in each direction
const KEY_STEP = 4;
const STEPS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

/**
 * Makes a canvas a pad. `onInk(done)` follows each change, `done` once a stroke or a picture ends;
 * `onPen(down, x, y)` follows the pen that the keys move.
 */
export function makePad(canvas, onInk, onPen) {
  Object.assign(canvas, { width: SIDE, height: SIDE });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const pen = { x: SIDE / 2, y: SIDE / 2, down: false, width: 14 };
  let ink = new Float64Array(SIDE * SIDE);
  let shown = null; // a sample, until somebody draws

  const show = () => {
    const picture = context.createImageData(SIDE, SIDE);
    ink.forEach((value, at) => {
      picture.data.fill(255 * value, 4 * at, 4 * at + 3);
      picture.data[4 * at + 3] = 255;
    });
    context.putImageData(picture, 0, 0);
  };
  const put = (values, done = true) => {
    ink = Float64Array.from(values);
    shown = null;
    show();
    onInk(done);
  };
  const line = (fromX, fromY, toX, toY, done) => {
    if (shown) put(shown, false);
    context.lineWidth = pen.width;
    context.lineCap = context.lineJoin = "round";
    context.strokeStyle = "#fff";
    context.beginPath();
    context.moveTo(fromX, fromY);
    context.lineTo(toX + 0.01, toY); // a dot is a line too
    context.stroke();
    const { data } = context.getImageData(0, 0, SIDE, SIDE);
    ink = Float64Array.from({ length: SIDE * SIDE }, (_, at) => data[4 * at] / 255);
    onInk(done);
  };
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [(event.clientX - box.left) * (SIDE / box.width),
      (event.clientY - box.top) * (SIDE / box.height)];
  };
  let last = null;
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    last = place(event);
    line(...last, ...last, false);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!last) return;
    for (const one of event.getCoalescedEvents?.().length ? event.getCoalescedEvents() : [event]) {
      const to = place(one);
      line(...last, ...to, false);
      last = to;
    }
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, () => {
      if (last) onInk(true);
      last = null;
    });
  }
  canvas.addEventListener("keydown", (event) => {
    const [right, down] = STEPS[event.key] ?? [];
    if (right === undefined && event.key !== " " && event.key !== "Enter") return;
    event.preventDefault(); // the keys would scroll the page
    const [x, y] = [pen.x, pen.y];
    if (right === undefined) pen.down = !pen.down;
    else {
      pen.x = Math.min(SIDE, Math.max(0, x + right * KEY_STEP));
      pen.y = Math.min(SIDE, Math.max(0, y + down * KEY_STEP));
    }
    if (pen.down) line(x, y, pen.x, pen.y, right === undefined);
    else if (right === undefined) onInk(true);
    onPen(pen.down, pen.x, pen.y);
  });
  canvas.addEventListener("blur", () => {
    pen.down = false;
    onPen(false, null, null);
  });
  canvas.addEventListener("focus", () => onPen(pen.down, pen.x, pen.y));
  return {
    pen,
    ink: () => ink,
    put,
    clear: () => put(new Float64Array(SIDE * SIDE)),
    /** Shows a sample, whose own pixels are read until somebody draws over it. */
    showSample(values) {
      ink = Float64Array.from(values);
      show();
      shown = ink;
    },
    async load(file) {
      put(inkOf(await greyOf(file, SIDE), SIDE));
    },
  };
}

/** A picture file as grey values from 0 to 1, the middle square of it; it never leaves the page. */
export async function greyOf(file, side) {
  const picture = await createImageBitmap(file);
  const canvas = Object.assign(document.createElement("canvas"), { width: side, height: side });
  const context = canvas.getContext("2d");
  const least = Math.min(picture.width, picture.height);
  const [left, top] = [(picture.width - least) / 2, (picture.height - least) / 2];
  context.imageSmoothingQuality = "high";
  context.fillStyle = "#fff"; // behind what is transparent
  context.fillRect(0, 0, side, side);
  context.drawImage(picture, left, top, least, least, 0, 0, side, side);
  const { data } = context.getImageData(0, 0, side, side);
  return Array.from({ length: side * side }, (_, at) =>
    (0.299 * data[4 * at] + 0.587 * data[4 * at + 1] + 0.114 * data[4 * at + 2]) / 255);
}

/** Calls back with the picture files that are dropped on an element. */
export function takeDrops(element, act) {
  element.addEventListener("dragover", (event) => event.preventDefault());
  element.addEventListener("drop", (event) => {
    event.preventDefault();
    const file = [...event.dataTransfer.files].find(({ type }) => type.startsWith("image/"));
    if (file) act(file);
  });
}
