// The words of <dilation-figure>, in Chinese.
export const WORDS = {
  controls: "层的各个尺寸",
  kernel: "核", dilation: "扩张率", input: "输入",
  pieces: "输入、滤波器和输出",
  holes: "有效尺寸：({kernel} − 1)·{dilation} + 1 = {effective}。权重仍是 {weights} 个，" +
    "现在覆盖 {effective}×{effective} 个值。",
  noHoles: "有效尺寸：({kernel} − 1)·{dilation} + 1 = {effective}。{weights} 个权重，没有空洞。",
  oneWeight: "有效尺寸：({kernel} − 1)·{dilation} + 1 = {effective}。1 个权重，没有空洞。",
  inputName: "输入，{input}×{input}", filter: "滤波器", output: "输出，{places}×{places}",
  rows: "第 {list} 行", row: "第 {list} 行", columns: "第 {list} 列", column: "第 {list} 列",
  said: "out[{i}][{j}] 读输入的{rows}和{columns}：{value}。",
  refused: "{effective}×{effective} 的滤波器放不进 {input}×{input} 的输入。",
  stackAll: "两个这样的层看到 1 + 2·({kernel} − 1)·{dilation} = {side}：一个 {side}×{side} 的方块，" +
    "其中每个值都看得到。",
  stackSome: "两个这样的层看到 1 + 2·({kernel} − 1)·{dilation} = {side}：一个 {side}×{side} 的方块，" +
    "但 {area} 个值里只看到 {seen} 个。颜色越深，从那里通往输出的路径越多。",
  stackLabel: "{side} 乘 {side} 的方块，标出了 {seen} 个值。",
};
