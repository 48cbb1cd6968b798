// Draws a volume as a strip of its maps on a canvas, and says which unit lies where on it.

const [POSITIVE, NEGATIVE, MISSING] = [[255, 255, 255], [80, 140, 255], [72, 48, 12]];
const GAP = 3;

/** How the maps of a shape are laid out over a width, in pixels: {tile, unit, across, high}. */
export function layoutOf([maps, rows, columns], width, most = 56) {
  // A single number is as large as a finger needs it.
  const unit = rows * columns === 1 ? 24
    : Math.max(1, Math.floor(Math.min(most, 8 * columns, width) / columns));
  const [tile, high] = [unit * columns + GAP, unit * rows + GAP];
  const across = Math.max(1, Math.min(maps, Math.floor((width + GAP) / tile)));
  return { unit, tile, high, across, down: Math.ceil(maps / across) };
}

/** The same for one square map whose units are as large as asked. */
export function squareLayout(side, unit) {
  return { unit, tile: side * unit + GAP, high: side * unit + GAP, across: 1, down: 1 };
}

/**
 * Paints all maps; light is positive, blue negative, black 0, brown no number. What is as large as
 * `most`, or larger, has full strength.
 */
export function paint(canvas, volume, shape, layout, most = strongest(volume)) {
  const [maps, rows, columns] = shape;
  const scale = window.devicePixelRatio || 1;
  const [width, height] = [layout.across * layout.tile - GAP, layout.down * layout.high - GAP];
  Object.assign(canvas, { width: width * scale, height: height * scale });
  canvas.style.width = `${width}px`;
  const context = canvas.getContext("2d");
  context.scale(scale, scale);
  context.imageSmoothingEnabled = false;
  const small = Object.assign(document.createElement("canvas"), { width: columns, height: rows });
  const brush = small.getContext("2d");
  const picture = brush.createImageData(columns, rows);
  for (let map = 0; map < maps; map += 1) {
    for (let at = 0; at < rows * columns; at += 1) {
      const value = volume[map * rows * columns + at] / most;
      const missing = Number.isNaN(value);
      const colour = missing ? MISSING : value < 0 ? NEGATIVE : POSITIVE;
      const strength = missing ? 1 : Math.min(1, Math.abs(value)) ** 0.8; // weak values stay visible
      colour.forEach((part, c) => (picture.data[4 * at + c] = part * strength));
      picture.data[4 * at + 3] = 255;
    }
    brush.putImageData(picture, 0, 0);
    const [left, top] = cornerOf(layout, map);
    context.drawImage(small, left, top, columns * layout.unit, rows * layout.unit);
  }
  return context;
}

/** The largest number without its sign. */
export function strongest(volume) {
  return volume.reduce((best, value) => Math.max(best, Math.abs(value)), 1e-12);
}

/** Frames rows and columns of a map: {top, left, bottom, right}, the last ones included. */
export function frame(context, layout, map, box, colour, line = 2) {
  const [left, top] = cornerOf(layout, map);
  context.strokeStyle = colour;
  context.lineWidth = line;
  context.strokeRect(
    left + box.left * layout.unit, top + box.top * layout.unit,
    (box.right - box.left + 1) * layout.unit, (box.bottom - box.top + 1) * layout.unit,
  );
}

/** The unit under a point of the canvas, or null beside the maps. */
export function unitAt([maps, rows, columns], layout, x, y) {
  const [across, down] = [Math.floor(x / layout.tile), Math.floor(y / layout.high)];
  const map = down * layout.across + across;
  const row = Math.floor((y - down * layout.high) / layout.unit);
  const column = Math.floor((x - across * layout.tile) / layout.unit);
  const inside = across >= 0 && across < layout.across && map >= 0 && map < maps &&
    row >= 0 && row < rows && column >= 0 && column < columns;
  return inside ? { map, row, column } : null;
}

function cornerOf(layout, map) {
  return [(map % layout.across) * layout.tile, Math.floor(map / layout.across) * layout.high];
}
