// The words of <fc-conv-figure>, in Chinese.
export const WORDS = {
  controls: "激活图和层的尺寸",
  input: "激活图", window: "窗口", stride: "步长",
  pieces: "激活图、裁剪块、权重和得分",
  size: "({input} − {window})/{stride} + 1 = {size}：这个神经元回答 {size}×{size} 次。",
  map: "激活图，{input}×{input}", crop: "裁剪块", weights: "权重", scores: "得分，{size}×{size}",
  cropWise: "逐块裁剪", cropCount: "下面的层要算 {crops} × {each} = {cropValues} 个值",
  onePass: "一次前向",
  fewer: "下面的层要算 {input}·{input} = {passValues} 个值，每个只算一次，是上面的 1/{times}",
  same: "下面的层要算 {input}·{input} = {passValues} 个值，每个只算一次，一样多",
  more: "下面的层要算 {input}·{input} = {passValues} 个值，每个只算一次，反而更多：窗口之间有空隙",
  layer: "这一层", layerCount: "两种做法都是 {crops} × {each} = {multiplyAdds} 次乘加",
  said: "得分 ({row}, {column}) 是神经元对第 {rows} 行、第 {columns} 列的回答：{value}。",
  span: "{first} 至 {last}",
  dot: "裁剪块 · 权重：", bias: "加上偏置：",
  noFit: "{window}×{window} 的窗口放不进 {input}×{input} 的激活图。",
  noTile: "({input} − {window})/{stride} + 1 不是整数：步长为 {stride} 的 {window}×{window} 窗口" +
    "铺不满 {input}×{input} 的激活图。",
  wrongBias: "b 应是一个数。",
};
