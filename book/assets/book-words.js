// The words that book.js shows; an edition in another language replaces this file.
window.BOOK_WORDS = {
  check: "Check",
  choose: "Choose an answer first.",
  more: "There is more.",
};
