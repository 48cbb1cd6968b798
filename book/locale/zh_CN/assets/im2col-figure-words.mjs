// The words of <im2col-figure>, in Chinese.
export const WORDS = {
  controls: "层的各个尺寸",
  stride: "步长", pad: "填充",
  flow: "图像、矩阵和它们的乘积",
  shapes: "W_row {filters}×{taps} · X_col {taps}×{places} + b = out {filters}×{places}。" +
    "图像有 {count} 个值，X_col 有 {entries} 个元素。",
  shapesTimes: "W_row {filters}×{taps} · X_col {taps}×{places} + b = out {filters}×{places}。" +
    "图像有 {count} 个值，X_col 有 {entries} 个元素：内存是 {times} 倍。",
  channel: "x，通道 {channel}",
  columnsName: "X_col：一列是一个位置，一行是一个采样点",
  rowsName: "W_row：一行是一个滤波器",
  outputName: "out = W_row · X_col + b",
  cellName: "{row}，位置 {column}：{value}",
  large: "X_col 会有 {size} 个元素，多得没法看。",
  said: "第 {column} 列是位置 ({i}, {j}) 的窗口。第 {row} 行是通道 {channel} 中第 {tapRow} 行、" +
    "第 {tapColumn} 列的采样点。两者相交于 {where}。",
  zero: "填充的一个零",
  dot: "w[{filter}] · 第 {column} 列：", bias: "加上偏置：",
};
