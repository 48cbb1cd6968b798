// The words of <arithmetic-animator>, in Chinese.
export const WORDS = {
  controls: "层的各个尺寸", steps: "步骤",
  kind: "层", convolution: "卷积", transposed: "转置卷积",
  input: "输入", kernel: "核", stride: "步长", pad: "填充", dilation: "扩张率",
  play: "播放", pause: "暂停", step: "前进", back: "后退",
  formula: "({input} − {span} + 2·{pad})/{stride} + 1 = {side}",
  formulaLeft: "({input} − {span} + 2·{pad})/{stride} + 1 不是整数：PyTorch 取 {side}，" +
    "填充后的输入末尾有 {leftOver} 格读不到。",
  formulaTransposed: "({input} − 1)·{stride} − 2·{pad} + {span} = {side}",
  noFit: "核横跨 {span} 格，填充为 {pad} 时放不进 {input} 格的输入。",
  noneLeft: "({input} − 1)·{stride} − 2·{pad} + {span}：没有输出剩下。",
  noOutput: "这些尺寸没有输出。",
  inputName: "输入 {input} × {input}，四周是零", stretched: "输入 {input} × {input}，中间和四周都有零",
  outputName: "输出 {side} × {side}",
  cell: "第 {row} 行，第 {column} 列",
  said: "输出的第 {row} 行第 {column} 列，从 {total} 个输入中读 {count} 个：第 {rows} 行，第 {columns} 列。",
  saidNone: "输出的第 {row} 行第 {column} 列只读到零。",
  legend: "蓝色是输入，虚线框是零，加框的是核的采样点，绿色是输出。",
};
