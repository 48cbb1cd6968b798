// The words that book.js shows, in Chinese.
window.BOOK_WORDS = {
  check: "检查",
  choose: "请先选一个答案。",
  more: "还有别的。",
};
