// What scrolls sideways must be reachable by keyboard. The theme sees to code blocks, but measures
// only when the window changes; here what unfolds later (a solution, hidden code) is measured too,
// and wide formulas, which MathJax draws after everything else.
const measure = () => window.dispatchEvent(new Event("resize"));

document.addEventListener("toggle", measure, true);
document.addEventListener("click", (event) => {
  if (event.target.closest(".dropdown, .toggle-button")) measure();
});

window.addEventListener("resize", () => {
  for (const formula of document.querySelectorAll('mjx-container[display="true"]')) {
    if (formula.scrollWidth > formula.clientWidth) formula.tabIndex = 0;
    else formula.removeAttribute("tabindex");
  }
});
window.addEventListener("load", () => window.MathJax?.startup?.promise.then(measure));
