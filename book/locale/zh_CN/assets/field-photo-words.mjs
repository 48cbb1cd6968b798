// The words of <field-photo>, in Chinese.
export const WORDS = {
  controls: "网络、层和单元",
  picture: "图片", cat: "猫", coffee: "咖啡", astronaut: "宇航员",
  network: "网络", own: "下面的模式", layer: "层",
  pattern: "模式", kernel: "每个 CONV 的核",
  photo: "图片，{side} × {side}。用方向键选择这一层的一个单元。",
  says: "第 {layer} 层的一个单元看到 {side} × {side} 个像素中的 {high} × {wide} 个；" +
    "它的邻居看到同样大的一块，移开 {down} 个像素。{rows} × {columns} 个单元中，第 {row} 行第 {column} 列的单元看到" +
    "第 {top} 至 {bottom} 行、第 {left} 至 {right} 列。",
  over: "方框伸出了边缘，伸出的部分是填充。",
  overhanging: "{says}{over}",
  unreadable: "pattern=\"{pattern}\" 读不懂。",
  legend: "橙框是所选单元看到的，蓝框是它右边和下边的邻居看到的。" +
    "白点是所有单元的感受野的中心；单元太多时不画。",
  wrong: "第 {column} 列：这个模式读不懂，或者搭不起来。",
};
