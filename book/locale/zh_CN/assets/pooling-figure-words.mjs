// The words of <pooling-figure>, in Chinese.
export const WORDS = {
  controls: "汇聚的控件",
  kind: "留下", max: "最大值", average: "平均值", L2: "L2",
  input: "输入", size: "窗口", stride: "步长", seed: "换一组数",
  flow: "输入、输出和它们的梯度",
  forward: "前向", backward: "反向",
  hint: "带下划线的：窗口取值的位置（它的开关）。可以在 dout 里填别的梯度。",
  field: "dout，第 {row} 行，第 {column} 列",
  noFit: "{size}×{size} 的窗口放不进 {input}×{input}。",
  noTile: "({input} − {size})/{stride} + 1 不是整数：步长为 {stride} 的 {size}×{size} 窗口" +
    "铺不满 {input}×{input} 的输入。",
  saidAverage: "out[{row}][{column}] 看 {seen}：它们的平均值是 {result}。反向时，{count} 个值各得 " +
    "{gradient}/{count} = {share}。",
  saidL2: "out[{row}][{column}] 看 {seen}：它们平方和的平方根是 {result}。反向时，每个得到的是 {gradient} " +
    "乘以自己的值再除以 {result}：{shares}。",
  saidMax: "out[{row}][{column}] 看 {seen}：最大的是 {result}，在第 {i} 行第 {j} 列。" +
    "反向时，{gradient} 全部送到那里，其他位置什么也没有。",
  saidTie: "out[{row}][{column}] 看 {seen}：最大的是 {result}，在第 {i} 行第 {j} 列，" +
    "是 {equal} 个并列值中的第一个。反向时，{gradient} 全部送到那里，其他位置什么也没有。",
  others: "{said}其他窗口再加 {others}：dx 是 {dx}。",
};
