// The order in which a window makes a map, one unit after the other, without a page around it. A sweep
// is {order, at}: the indices of the units in a volume, and how many of them are there, less one.

/** The sweep over a unit's map, as far as that unit; over the whole volume where maps are numbers. */
export function sweepTo([maps, rows, columns], unit) {
  const size = rows * columns === 1 ? maps : rows * columns;
  const first = Math.floor(unit / size) * size;
  return { order: Array.from({ length: size }, (_, at) => first + at), at: unit - first };
}

/** The same, so many units further, but at the most complete. */
export function further({ order, at }, by) {
  return { order, at: Math.min(at + by, order.length - 1) };
}

export function isComplete({ order, at }) {
  return at === order.length - 1;
}

/** A volume in which the units that the window has not reached are no numbers. */
export function reachedBy({ order, at }, volume) {
  const part = Float64Array.from(volume);
  for (const unit of order.slice(at + 1)) part[unit] = NaN;
  return part;
}
