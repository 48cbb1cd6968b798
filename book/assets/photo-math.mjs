// One kernel over one grey picture, without a page around it. A picture is a flat array of `side`
// rows, a kernel one of `size` rows. Dilation 1 is the ordinary convolution, as in PyTorch.

/** How many values lie side by side in the output, and how many rows and columns no window reaches. */
export function outputSide(side, { size, stride, pad, dilation }) {
  const span = side + 2 * pad - (dilation * (size - 1) + 1);
  return span < 0 ? null : { count: Math.floor(span / stride) + 1, leftOver: span % stride };
}

/** The pixels that one output value reads, row by row: {row, column, value}; padding reads 0. */
export function windowOf(picture, side, { size, stride, pad, dilation }, { row, column }) {
  return Array.from({ length: size * size }, (_, at) => {
    const i = row * stride - pad + Math.floor(at / size) * dilation;
    const j = column * stride - pad + (at % size) * dilation;
    const inside = i >= 0 && j >= 0 && i < side && j < side;
    return { row: i, column: j, inside, value: inside ? picture[i * side + j] : 0 };
  });
}

/** The whole output, row by row; null where the kernel does not fit. */
export function correlate(picture, side, kernel, settings) {
  const found = outputSide(side, settings);
  if (!found) return null;
  const { size, stride, pad, dilation } = settings;
  const { count } = found;
  const out = new Float64Array(count * count);
  kernel.forEach((weight, at) => {
    if (weight === 0) return;
    const [down, right] = [Math.floor(at / size) * dilation - pad, (at % size) * dilation - pad];
    for (let row = 0; row < count; row += 1) {
      const i = row * stride + down;
      if (i < 0 || i >= side) continue;
      for (let column = 0; column < count; column += 1) {
        const j = column * stride + right;
        if (j >= 0 && j < side) out[row * count + column] += weight * picture[i * side + j];
      }
    }
  });
  return out;
}

/** Kernels with a name, for any size from 1 to 7; each is a flat array. */
export const PRESETS = {
  identity: (size) => kernelOf(size, (i, j) => (i === 0 && j === 0 ? 1 : 0)),
  blur: (size) => kernelOf(size, () => 1 / size ** 2),
  gauss: (size) => scaled(kernelOf(size, (i, j) => Math.exp(-(i * i + j * j) / (size / 2.5) ** 2))),
  sharpen: (size) => kernelOf(size, (i, j) => (i === 0 && j === 0 ? 2 : 0) - 1 / size ** 2),
  upright: (size) => kernelOf(size, (i, j) => -Math.sign(j) * (i === 0 ? 2 : 1)),
  level: (size) => kernelOf(size, (i, j) => -Math.sign(i) * (j === 0 ? 2 : 1)),
  outline: (size) => kernelOf(size, (i, j) => (i === 0 && j === 0 ? size ** 2 : 0) - 1),
  emboss: (size) => kernelOf(size, (i, j) => (i === 0 && j === 0 ? 1 : Math.sign(i + j))),
};

/** A kernel from a function of the distance to its middle. An even size has its middle before it. */
function kernelOf(size, weight) {
  const middle = Math.floor((size - 1) / 2);
  return Array.from({ length: size * size }, (_, at) =>
    weight(Math.floor(at / size) - middle, (at % size) - middle) || 0); // no −0
}

function scaled(kernel) {
  const sum = kernel.reduce((total, weight) => total + weight, 0);
  return kernel.map((weight) => weight / sum);
}
