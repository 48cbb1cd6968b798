// The words of <network-gallery>, in Chinese.
export const WORDS = {
  caption: "六个网络，由它们的层算出；选择要画的",
  network: "网络", parameters: "参数", multiplyAdds: "乘加",
  bytes: "一张图像的内存，前向", error: "top-5 错误率",
  none: "–", percent: "{value}%",
  legend: "所有图用同一个比例尺：方块的高是数据体的行数，宽是激活图的张数，太窄时画成一条线。" +
    "错误率取自参加 ImageNet 挑战赛的结果，由几个网络合成；LeNet-5 读的是数字。",
  drawing: "{name}：{count} 个数据体，按比例画出。用方向键在数据体之间移动。",
  nothing: "请在上面选择一个网络。",
  layer: "{name}，{layer}：{shape}，{parameters} 个参数，{multiplyAdds} 次乘加；一个值看到 {field} 个像素。",
  shown: "已画出 {name}。", hidden: "不再画 {name}。",
};
