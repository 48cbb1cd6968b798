// The words of <network-sizer>, of the language it reads and of what is wrong in a line. What stands
// between `these signs` is typed as it is.
export const WORDS = {
  controls: "Network controls", network: "Network", own: "Your own", open: "Open blocks",
  beside: "Beside it", nothing: "nothing", lines: "Layers, one a line",
  help: "What a line can say",
  helpInput: "`input 3x224x224`: maps, rows, columns; the first line",
  helpConv: "`conv 64 3x3 s1 p1`: filters, their size, stride, padding; then, if wanted, `g2` groups, `d2` " +
    "dilation, `nobias`, `batchnorm`, and `sees 3 3 4`: to how many maps each filter is connected",
  helpPool: "`pool 3x3 s2 p0`: `ceil` lets the last window hang over the edge, `learned` adds a factor and a " +
    "bias for each map",
  helpFc: "`fc 4096`, with `nobias`, or `fixed` where the weights are no parameters; `global average`; `lrn`; " +
    "`batchnorm`",
  helpInPlace: "`relu`, `tanh`, `sigmoid`, `dropout 0.5`, `flatten`: in place, so they have no row",
  helpInception: "`inception 64 96 128 16 32 32`: filters 1×1; before 3×3, 3×3; before 5×5, 5×5; after the " +
    "pooling",
  helpBottleneck: "`bottleneck 64 256 1`: maps inside, maps out, stride",
  table: "Table of the layers", caption: "One image, 4 bytes a number",
  line: "Line", layer: "Layer", output: "Output", parameters: "Parameters", values: "Values",
  memory: "Memory", multiplyAdds: "Multiply-adds", field: "Field",
  rounded: "* (W − F + 2P)/S + 1 is not a whole number there. It is rounded as PyTorch does: the rows and " +
    "columns left over at the end are not read.",
  legend: "Bars: the layer's share of the column. Field: how many rows and columns of the image one value " +
    "sees, over its edges too. A block is one row, and its memory what it puts out, as in papers' tables; " +
    "opened, each part has a row.",
  parameterTotal: "{count}: {bytes}",
  valueTotal: "{count}: {bytes} forward, {both} with their gradients (×2)",
  forward: "Memory, forward", besideName: "Beside each other",
  pairs: "Layer by layer: those whose maps have equally many rows stand beside each other",
  sum: "Sum", sumSoFar: "Sum so far",
  noLayer: "No layer yet.",
  said: "Out of line {line} come {outcome}; each looks at {field} pixels (the image has {image}).",
  saidSoFar: "Out of line {line}, the last that counts, come {outcome}; each looks at {field} pixels (the " +
    "image has {image}).",
  oneValue: "1 value", valueCount: "{shape} values",
  most: "{said} Most {list}.", mostAnd: ", most ",
  mostParameters: "parameters in line {line}", mostValues: "values in line {line}",
  mostMultiplyAdds: "multiply-adds in line {line}",
  spokenError: "{error} Before it: {said}",
  lineError: "Line {line}, “{text}”: {message}",
  empty: "Line 1: expected input 3x224x224, found no layer.",
  unknown: "expected a layer ({known}), found “{kind}”.",
  wrong: "expected {expected}, found “{found}”. For example: {example}",
  ended: "expected {expected}, found the end of the line. For example: {example}",
  outside: "expected a number from {least} to {most} in {where}, found {digits}.",
  wantedSides: "maps x rows x columns", wantedFilters: "a number of filters",
  wantedConv: "s1, p1, g1, d1, nobias, batchnorm or nothing more",
  wantedOne: "either groups or sees, not both", both: "both",
  wantedMaps: "a number of maps", wantedSeen: "{filters} numbers after sees",
  wantedPool: "s2, p0, ceil, learned or nothing more",
  wantedHalf: "a padding of at most half the window",
  wantedUnits: "a number of units", wantedFc: "nobias, fixed or nothing more",
  wantedNumber: "a number ({name})", wantedWindow: "a window such as 3x3", wantedNothing: "nothing more",
  reduced: "{size} reduced", pooled: "pooled", mid: "mid", out: "out", stride: "stride",
  oneInput: "expected one input only, at the top.",
  inputFirst: "expected the input first, such as input 3x224x224.",
  tooLarge: "expected a smaller layer: these numbers are too large to be counted exactly.",
  wrongGroups: "expected maps and filters that {groups} groups divide, found {below} and {filters}.",
  wrongSees: "expected filters that see at most the {below} maps there are.",
  noFitHere: "expected a window that fits into the maps of {maps}, found one of {window}.",
  noFitPadded: "expected a window that fits into the padded maps of {maps}, found one of {window}.",
  noMaps: "expected maps with rows and columns for {kind}, found {count} values.",
};
