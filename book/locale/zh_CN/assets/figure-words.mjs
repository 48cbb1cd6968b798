// The words that several figures share, in Chinese.
export const WORDS = {
  cell: "第 {row} 行，第 {column} 列：{value}",
  comma: "、",
  and: "{list} 和 {last}",
  gigabytes: "{size} GB", megabytes: "{size} MB", kilobytes: "{size} kB", bytesUnit: "{size} 字节",
  noFit: "{formula}：{kernel}×{kernel} 的窗口放不进填充后的 {padded}×{padded} 输入。",
  noTile: "{formula} 不是整数：步长为 {stride} 的 {kernel}×{kernel} 窗口铺不满这个输入。" +
    "最近的有效步长：{one}。",
  noTileTwo: "{formula} 不是整数：步长为 {stride} 的 {kernel}×{kernel} 窗口铺不满这个输入。" +
    "最近的有效步长：{one} 和 {two}。",
  // What the author of a page is told about attributes and numbers of an element.
  notWhole: "{name}=\"{given}\" 不是 {least} 到 {most} 之间的整数。",
  notNumber: "{name}=\"{given}\" 不是 {least} 到 {most} 之间的数。",
  notListed: "{name}=\"{given}\" 不在 {names} 之中。",
  wrongShape: "{name} 应是 {shape} 个数。",
};
