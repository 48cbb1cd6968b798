// Where the field of a unit lies in the image, without a page around it.

const SIDE = 224; // of the image that a pattern is laid over

/** The rows and columns that a unit of a sized layer sees; outside the image lies padding. */
export function fieldOf({ start, jump, field }, { row, column }) {
  const [top, left] = [start[0] + row * jump[0], start[1] + column * jump[1]];
  return { top, left, bottom: top + field[0] - 1, right: left + field[1] - 1 };
}

/** A pattern's layers as lines for the sizer; every CONV keeps the size, every POOL halves it. */
export function linesOf(layers, kernel) {
  const lines = { CONV: `conv 8 ${kernel}x${kernel} p${(kernel - 1) / 2}`, POOL: "pool 2x2 s2", FC: "fc 10", RELU: "relu" };
  const flat = layers.findIndex(({ kind }) => kind === "FC");
  const written = layers.map(({ kind }) => lines[kind]);
  return [`input 3x${SIDE}x${SIDE}`, ...written.slice(0, flat), "flatten", ...written.slice(flat)];
}
