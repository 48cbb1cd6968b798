// What scrolls sideways must be reachable by keyboard. The theme sees to code blocks, but measures
// only when the window changes; here what unfolds later (a solution, hidden code) is measured too,
// and wide formulas, which MathJax draws after everything else, and plots on a phone.
const measure = () => window.dispatchEvent(new Event("resize"));

document.addEventListener("toggle", measure, true);
document.addEventListener("click", (event) => {
  if (event.target.closest(".dropdown, .toggle-button")) measure();
});

const WIDE = 'mjx-container[display="true"], figure';
const SCROLLING = `${WIDE}, .numbers, .pst-scrollable-table-container`;

window.addEventListener("resize", () => {
  for (const wide of document.querySelectorAll(WIDE)) {
    if (wide.scrollWidth > wide.clientWidth) wide.tabIndex = 0;
    else wide.removeAttribute("tabindex");
  }
  for (const wide of document.querySelectorAll(SCROLLING)) fade(wide);
});

// Phones show no scroll bars, so what goes on to the right fades out there. Shares of a part's width
// hold for one that is zoomed as well.
function fade(wide) {
  const more = wide.scrollLeft + wide.clientWidth < wide.scrollWidth - 1;
  const edge = wide.getBoundingClientRect().left + wide.clientLeft + wide.clientWidth;
  for (const part of wide.querySelectorAll("img, table, :scope > svg")) {
    const { left, width } = part.getBoundingClientRect();
    const end = `${(100 * (edge - left)) / width}%`;
    part.style.maskImage = more && width
      ? `linear-gradient(to right, black calc(${end} - 2rem), transparent ${end})` : "none";
  }
}

document.addEventListener(
  "scroll",
  (event) => {
    if (event.target.matches?.(SCROLLING)) fade(event.target);
  },
  true,
);
window.addEventListener("load", () => {
  measure();
  window.MathJax?.startup?.promise.then(measure);
});

// On a phone the cells of a table of sentences stand below each other, so each says its column.
document.addEventListener("DOMContentLoaded", () => {
  for (const table of document.querySelectorAll("table.stacked")) {
    const heads = [...table.tHead.rows[0].cells].map((cell) => cell.textContent.trim());
    for (const { cells } of table.tBodies[0].rows)
      [...cells].forEach((cell, column) => column && (cell.dataset.head = heads[column]));
  }
});

// Paper is white, so a dark page is printed as a light one.
let shown;
window.addEventListener("beforeprint", () => {
  shown = document.documentElement.dataset.theme;
  document.documentElement.dataset.theme = "light";
});
window.addEventListener("afterprint", () => {
  document.documentElement.dataset.theme = shown;
});

// A quiz: say whether what is chosen is right, and why. Without this its reasons stay folded below.
document.addEventListener("DOMContentLoaded", () => {
  for (const quiz of document.querySelectorAll(".quiz")) ask(quiz);
});

function ask(quiz) {
  const { check, choose, more } = window.BOOK_WORDS; // of book-words.js
  const choices = [...quiz.querySelectorAll("input")];
  const reasons = [...quiz.querySelectorAll("[data-right]")];
  const isRight = reasons.map((reason) => reason.dataset.right === "true");
  const button = Object.assign(document.createElement("button"), {
    type: "button",
    className: "quiz-check",
    textContent: check,
  });
  const verdict = document.createElement("div");
  verdict.className = "quiz-verdict";
  verdict.setAttribute("role", "status");
  quiz.append(button, verdict);
  quiz.querySelector(".quiz-reasons").hidden = true;
  quiz.addEventListener("change", () => verdict.replaceChildren());
  button.addEventListener("click", () => {
    const chosen = choices.flatMap((choice, i) => (choice.checked ? [i] : []));
    const all = choices.every((choice, i) => choice.checked === isRight[i]);
    if (!chosen.length) verdict.textContent = choose;
    else verdict.replaceChildren(...chosen.map((i) => said(reasons[i])));
    if (chosen.length && !all && chosen.every((i) => isRight[i])) verdict.append(more);
  });
}

function said(reason) {
  const words = document.createElement("div");
  words.append(...reason.cloneNode(true).childNodes);
  return words;
}
