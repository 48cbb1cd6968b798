// A small ConvNet forward and backward, without a page around it. A layer is a plain object
// {kind, in, out, ...}; `in` and `out` are shapes [maps, rows, columns], volumes are flat arrays in
// that order, as PyTorch flattens them. CONV and FC have weight and bias; a convolution has stride 1.
// Parameters are float32, everything between them float64.

/** The layers of specifications such as {kind: "CONV", filters, kernel, pad} for an input shape. */
export function build(specs, shape) {
  let before = shape;
  return specs.map((spec) => {
    const layer = { ...spec, in: before, out: outShape(spec, before) };
    if (spec.kind === "CONV") {
      layer.weight = new Float32Array(spec.filters * before[0] * spec.kernel ** 2);
      layer.bias = new Float32Array(spec.filters);
    }
    if (spec.kind === "FC") {
      layer.weight = new Float32Array(spec.units * count(before));
      layer.bias = new Float32Array(spec.units);
    }
    before = layer.out;
    return layer;
  });
}

/** How many numbers a volume of that shape has. */
export function count(shape) {
  return shape.reduce((product, side) => product * side, 1);
}

/** The parameters of all layers, in the order in which PyTorch lists them. */
export function parameters(layers) {
  return layers.flatMap(({ weight, bias }) => (weight ? [weight, bias] : []));
}

/** The input and, after it, what each layer makes of the volume before it. */
export function forward(layers, input) {
  const volumes = [input];
  for (const layer of layers) {
    const out = new Float64Array(count(layer.out));
    FORWARD[layer.kind](layer, volumes.at(-1), out);
    volumes.push(out);
  }
  return volumes;
}

/**
 * Adds the gradients of one picture to `sums`, an array for each of parameters(layers), and returns
 * the gradient of each volume. `dout` is that of the last one.
 */
export function backward(layers, volumes, dout, sums) {
  const gradients = [dout];
  let at = sums.length;
  for (let i = layers.length - 1; i >= 0; i -= 1) {
    const layer = layers[i];
    const dx = new Float64Array(volumes[i].length);
    if (layer.weight) at -= 2;
    BACKWARD[layer.kind](layer, volumes[i], gradients[0], dx, sums[at], sums[at + 1]);
    gradients.unshift(dx);
  }
  return gradients;
}

/** The shares of e to the scores. */
export function softmax(scores) {
  const most = Math.max(...scores);
  const powers = Array.from(scores, (score) => Math.exp(score - most));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

/** The cross-entropy of one picture, and its gradient at the scores. */
export function crossEntropy(scores, label) {
  const shares = softmax(scores);
  const gradient = Float64Array.from(shares, (share, k) => share - (k === label ? 1 : 0));
  const most = Math.max(...scores);
  const sum = scores.reduce((total, score) => total + Math.exp(score - most), 0);
  return { loss: most + Math.log(sum) - scores[label], gradient, shares };
}

/** Where the largest number stands; the first of equals. */
export function argmax(values) {
  return values.reduce((best, value, at) => (value > values[best] ? at : best), 0);
}

/** The place of an index in a volume: {map, row, column}. */
export function placeIn([, rows, columns], at) {
  const [map, rest] = [Math.floor(at / (rows * columns)), at % (rows * columns)];
  return { map, row: Math.floor(rest / columns), column: rest % columns };
}

/** The index of a place in a volume. */
export function indexIn([, rows, columns], { map, row, column }) {
  return (map * rows + row) * columns + column;
}

/**
 * The pairs that a unit of a layer reads: {index, weight} in the volume before it, and the bias.
 * Zero padding is left out. RELU and POOL have no weights: theirs is null.
 */
export function inputsOf(layer, at) {
  const { map, row, column } = placeIn(layer.out, at);
  const [maps, rows, columns] = layer.in;
  if (layer.kind === "RELU") return { pairs: [{ index: at, weight: null }], bias: null };
  if (layer.kind === "FC") {
    const size = count(layer.in);
    const pairs = Array.from({ length: size }, (_, index) =>
      ({ index, weight: layer.weight[at * size + index] }));
    return { pairs, bias: layer.bias[at] };
  }
  const pool = layer.kind === "POOL";
  const side = pool ? layer.size : layer.kernel;
  const [top, left] = pool ? [row * side, column * side] : [row - layer.pad, column - layer.pad];
  const pairs = [];
  for (let c = pool ? map : 0; c < (pool ? map + 1 : maps); c += 1) {
    for (let p = 0; p < side; p += 1) {
      for (let q = 0; q < side; q += 1) {
        const [i, j] = [top + p, left + q];
        if (i < 0 || j < 0 || i >= rows || j >= columns) continue;
        const weight = pool ? null : layer.weight[((map * maps + c) * side + p) * side + q];
        pairs.push({ index: (c * rows + i) * columns + j, weight });
      }
    }
  }
  return { pairs, bias: pool ? null : layer.bias[map] };
}

function outShape(spec, [maps, rows, columns]) {
  if (spec.kind === "CONV") {
    const shrink = 2 * spec.pad - spec.kernel + 1;
    return [spec.filters, rows + shrink, columns + shrink];
  }
  if (spec.kind === "POOL") return [maps, Math.floor(rows / spec.size), Math.floor(columns / spec.size)];
  if (spec.kind === "FC") return [spec.units, 1, 1];
  return [maps, rows, columns];
}

const FORWARD = { CONV: convolve, RELU: cut, POOL: pool, FC: connect };
const BACKWARD = { CONV: convolveBack, RELU: cutBack, POOL: poolBack, FC: connectBack };

/** Calls back with each filter, channel and tap, and the rows and columns where it meets the input. */
function eachTap({ in: [maps, rows, columns], out: [filters, high, wide], kernel, pad }, act) {
  for (let k = 0; k < filters; k += 1) {
    for (let c = 0; c < maps; c += 1) {
      for (let p = 0; p < kernel; p += 1) {
        const [top, bottom] = [Math.max(0, pad - p), Math.min(high, rows + pad - p)];
        for (let q = 0; q < kernel; q += 1) {
          const [left, right] = [Math.max(0, pad - q), Math.min(wide, columns + pad - q)];
          const shift = (c * rows + p - pad) * columns + q - pad;
          act(((k * maps + c) * kernel + p) * kernel + q, k * high, shift, top, bottom, left, right);
        }
      }
    }
  }
}

function convolve(layer, x, out) {
  const [columns, [filters, high, wide]] = [layer.in[2], layer.out];
  for (let k = 0; k < filters; k += 1) {
    out.fill(layer.bias[k], k * high * wide, (k + 1) * high * wide);
  }
  eachTap(layer, (tap, first, shift, top, bottom, left, right) => {
    const w = layer.weight[tap];
    for (let i = top; i < bottom; i += 1) {
      const [to, from] = [(first + i) * wide, shift + i * columns];
      for (let j = left; j < right; j += 1) out[to + j] += w * x[from + j];
    }
  });
}

function convolveBack(layer, x, dout, dx, dw, db) {
  const [columns, [filters, high, wide]] = [layer.in[2], layer.out];
  for (let k = 0; k < filters; k += 1) {
    for (let at = k * high * wide; at < (k + 1) * high * wide; at += 1) db[k] += dout[at];
  }
  eachTap(layer, (tap, first, shift, top, bottom, left, right) => {
    const w = layer.weight[tap];
    let sum = 0;
    for (let i = top; i < bottom; i += 1) {
      const [to, from] = [(first + i) * wide, shift + i * columns];
      for (let j = left; j < right; j += 1) {
        const d = dout[to + j];
        sum += d * x[from + j];
        dx[from + j] += d * w;
      }
    }
    dw[tap] += sum;
  });
}

function cut(layer, x, out) {
  for (let at = 0; at < out.length; at += 1) out[at] = x[at] > 0 ? x[at] : 0;
}

function cutBack(layer, x, dout, dx) {
  for (let at = 0; at < dx.length; at += 1) dx[at] = x[at] > 0 ? dout[at] : 0;
}

/** The index of the largest value in the window of an output; the first of equals, as in PyTorch. */
function largest({ in: [, rows, columns], out: [, high, wide], size }, x, at) {
  const column = at % wide;
  const row = Math.floor(at / wide) % high;
  const corner = (Math.floor(at / (wide * high)) * rows + row * size) * columns + column * size;
  let best = corner;
  for (let p = 0; p < size; p += 1) {
    for (let q = 0; q < size; q += 1) {
      const here = corner + p * columns + q;
      if (x[here] > x[best]) best = here;
    }
  }
  return best;
}

function pool(layer, x, out) {
  for (let at = 0; at < out.length; at += 1) out[at] = x[largest(layer, x, at)];
}

function poolBack(layer, x, dout, dx) {
  for (let at = 0; at < dout.length; at += 1) dx[largest(layer, x, at)] += dout[at];
}

function connect({ weight, bias }, x, out) {
  for (let k = 0, at = 0; k < out.length; k += 1) {
    let sum = bias[k];
    for (let i = 0; i < x.length; i += 1, at += 1) sum += weight[at] * x[i];
    out[k] = sum;
  }
}

function connectBack({ weight }, x, dout, dx, dw, db) {
  for (let k = 0, at = 0; k < dout.length; k += 1) {
    const d = dout[k];
    db[k] += d;
    for (let i = 0; i < x.length; i += 1, at += 1) {
      dw[at] += d * x[i];
      dx[i] += d * weight[at];
    }
  }
}
