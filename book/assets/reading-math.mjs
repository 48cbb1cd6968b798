// From what somebody drew to what a network reads, without a page around it. Pictures are square and
// flat, row by row; 0 is the ground and 1 is ink.

/** The smallest square box around all ink, or null where there is none: {top, left, side}. */
export function inkBox(ink, side) {
  const box = { top: side, left: side, bottom: -1, right: -1 };
  ink.forEach((value, at) => {
    if (value < 0.1) return;
    const [row, column] = [Math.floor(at / side), at % side];
    box.top = Math.min(box.top, row);
    box.bottom = Math.max(box.bottom, row);
    box.left = Math.min(box.left, column);
    box.right = Math.max(box.right, column);
  });
  if (box.bottom < 0) return null;
  const [high, wide] = [box.bottom - box.top + 1, box.right - box.left + 1];
  const long = Math.max(high, wide);
  return { top: box.top - (long - high) / 2, left: box.left - (long - wide) / 2, side: long };
}

/** A box of a picture, shrunk to `size` rows and columns: each value is the mean of its area. */
export function shrunk(picture, side, box, size) {
  const step = box.side / size;
  const shares = Array.from({ length: size }, (_, at) => [
    overlaps(box.top + at * step, step, side), overlaps(box.left + at * step, step, side),
  ]);
  const out = new Float64Array(size * size);
  for (let i = 0; i < size; i += 1) {
    for (let j = 0; j < size; j += 1) {
      let sum = 0;
      for (const [row, high] of shares[i][0]) {
        for (const [column, wide] of shares[j][1]) sum += high * wide * picture[row * side + column];
      }
      out[i * size + j] = sum / step ** 2;
    }
  }
  return out;
}

/** Stretched to `size` rows and columns by straight lines between the centres of the pixels. */
export function stretched(picture, side, size) {
  const places = Array.from({ length: size }, (_, at) => {
    const from = Math.max(0, ((at + 0.5) * side) / size - 0.5);
    const low = Math.min(Math.floor(from), side - 1);
    return { low, high: Math.min(low + 1, side - 1), share: from - low };
  });
  return Float64Array.from({ length: size * size }, (_, at) => {
    const [row, column] = [places[Math.floor(at / size)], places[at % size]];
    const across = (line) => picture[line * side + column.low] * (1 - column.share) +
      picture[line * side + column.high] * column.share;
    return across(row.low) * (1 - row.share) + across(row.high) * row.share;
  });
}

/** Grey values of a photograph as ink: the brighter half of the contrast, on a dark ground. */
export function inkOf(grey, side) {
  const edge = grey.filter((_, at) => {
    const [row, column] = [Math.floor(at / side), at % side];
    return Math.min(row, column) === 0 || Math.max(row, column) === side - 1;
  });
  const ground = edge.reduce((sum, value) => sum + value, 0) / edge.length;
  const upright = ground > 0.5 ? grey.map((value) => 1 - value) : grey;
  const [low, high] = [Math.min(...upright), Math.max(...upright)];
  const floor = low + (high - low) * 0.25; // paper is never quite even
  return upright.map((value) => Math.min(1, Math.max(0, (value - floor) / (high - floor || 1))));
}

/** The numbers that base64 text holds, as an array of that type. */
export function decoded(text, Type = Uint8Array) {
  return new Type(Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0)).buffer);
}

/** For each pixel that a stretch of a line touches, how much of it: [[index, length], ...]. */
function overlaps(start, length, side) {
  const touched = [];
  for (let at = Math.max(0, Math.floor(start)); at < Math.min(side, start + length); at += 1) {
    touched.push([at, Math.min(at + 1, start + length) - Math.max(at, start)]);
  }
  return touched;
}
