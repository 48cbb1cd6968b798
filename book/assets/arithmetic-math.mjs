// Which inputs a convolution and a transposed convolution read for each output, on one axis of a
// square map. Dilation 1 is the ordinary one; `pad` is the layer's own, as PyTorch counts it.

/** The side of the output; null where there is none. Places that no window reaches are left over. */
export function outputSide({ kind, input, kernel, stride, pad, dilation }) {
  const span = dilation * (kernel - 1) + 1;
  if (kind === "transposed") {
    const side = (input - 1) * stride - 2 * pad + span;
    return side < 1 ? null : { side, leftOver: 0 };
  }
  const free = input + 2 * pad - span;
  return free < 0 ? null : { side: Math.floor(free / stride) + 1, leftOver: free % stride };
}

/**
 * The frame that the window slides over, as a list along one axis: each place is the index of an
 * input, or null for a zero. A transposed convolution puts zeros between the inputs, too.
 */
export function framed({ kind, input, kernel, stride, pad, dilation }) {
  const [gap, rim] = kind === "transposed" ? [stride - 1, dilation * (kernel - 1) - pad] : [0, pad];
  const inner = Array.from({ length: (input - 1) * (gap + 1) + 1 }, (_, at) =>
    (at % (gap + 1) === 0 ? at / (gap + 1) : null));
  if (rim < 0) return inner.slice(-rim, inner.length + rim); // more padding than the kernel reaches
  const zeros = Array(rim).fill(null);
  return [...zeros, ...inner, ...zeros];
}

/** For an output place on one axis: where its taps lie in the frame, in the order of the kernel. */
export function tapsOf({ kind, kernel, stride, dilation }, at) {
  const start = kind === "transposed" ? at : at * stride;
  return Array.from({ length: kernel }, (_, tap) => start + tap * dilation);
}

/** The same as pairs of input and weight: a transposed convolution reads the kernel backwards. */
export function pairsOf(settings, at) {
  const frame = framed(settings);
  return tapsOf(settings, at).map((place, tap) => ({
    input: frame[place] ?? null,
    weight: settings.kind === "transposed" ? settings.kernel - 1 - tap : tap,
  })).filter(({ input }) => input !== null);
}
