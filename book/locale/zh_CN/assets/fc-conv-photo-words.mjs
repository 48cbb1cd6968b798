// The words of <fc-conv-photo>, in Chinese.
export const WORDS = {
  controls: "图片和神经元",
  picture: "图片", cat: "猫", coffee: "咖啡", astronaut: "宇航员",
  window: "窗口", stride: "步长", take: "寻找框中的内容",
  photo: "叠在图片上的得分，{places} 行 {places} 列。方向键选择窗口，回车键把它变成神经元的权重。",
  weights: "权重，{window} × {window}",
  weightsLabel: "神经元的权重，{window} 乘 {window}：图块减去自己的平均值。",
  size: "({side} − {window})/{stride} + 1 = {places}：这个神经元回答 {places} × {places} 次。逐块裁剪时，它一共收到 " +
    "{cropValues} 个像素；作为滤波器，它只把 {passValues} 个像素各看一遍。",
  said: "得分 ({row}, {column}) 是 {value}：对第 {top} 至 {bottom} 行、第 {left} 至 {right} 列的回答。",
  best: "离这个图块半个窗口以外，最高的得分是 {value}，在第 {top} 至 {bottom} 行、第 {left} 至 {right} 列。",
  legend: "神经元寻找绿框里的图块：它的权重是图块减去平均值，再缩放到图块自己得 1 分、平坦的表面得 0 分。" +
    "某处越偏橙色，以它为中心的窗口得分越高。白框是选中的窗口。权重为正显示白色，为负显示蓝色。",
  taken: "神经元现在寻找第 {top} 至 {bottom} 行、第 {left} 至 {right} 列。",
  even: "这个窗口几乎是平坦的：没有什么可找。",
};
