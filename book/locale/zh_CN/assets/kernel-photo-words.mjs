// The words of <kernel-photo>, in Chinese.
export const WORDS = {
  controls: "图片和层",
  picture: "图片", cat: "猫", coffee: "咖啡", astronaut: "宇航员", own: "你自己的",
  file: "你的图片", privacy: "它不会离开这个页面。",
  preset: "核", size: "大小", stride: "步长", pad: "填充", dilation: "扩张率",
  identity: "恒等", blur: "模糊（平均）", gauss: "模糊（高斯）", sharpen: "锐化",
  upright: "竖直边缘", level: "水平边缘", outline: "轮廓", emboss: "浮雕",
  changed: "你自己的",
  weights: "权重", weight: "权重，第 {row} 行，第 {column} 列",
  input: "输入，{side} × {side}", output: "输出，{side} × {side}",
  inputLabel: "图片，{side} 乘 {side}。用方向键移动窗口。",
  outputLabel: "输出，{side} 乘 {side}。用方向键选择一个值。",
  legend: "白色为正，蓝色为负，黑色为 0。绝对值达到 {full} 就用最强的颜色；最强的值是 {most}。",
  noFit: "核横跨 {span} × {span}，用这样的填充，放不进 {side} × {side} 的图片。",
  leftOver: "步长为 {stride} 的窗口铺不满这张图片。与 PyTorch 一样，末尾余下的不读；" +
    "余下的行数和列数：{count}。",
  value: "out[{row}][{column}] = {value}",
  window: "窗口", products: "乘积",
  sum: "乘积之和是 {value}。",
  wrongWeight: "权重必须是数。",
  fileError: "这个文件里没有浏览器能读的图片。",
};
