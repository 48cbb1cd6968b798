// What the search shows of a page: formulas as a line of text, and a sentence for every entry.

// \(2 \times W_{out}\) → 2 × W_out. Pages hold their formulas as TeX, and MathJax does not draw them
// in an excerpt, which may begin or end inside of one.
function formulaText(tex) {
  const signs = {
    times: "×", cdot: "·", pm: "±", to: "→", leftarrow: "←", Longleftrightarrow: "⟺", le: "≤", ge: "≥",
    approx: "≈", sum: "∑", prod: "∏", partial: "∂", infty: "∞", dots: "…", star: "⋆", top: "⊤",
    lfloor: "⌊", rfloor: "⌋", alpha: "α", beta: "β", gamma: "γ", varepsilon: "ε", eta: "η", mu: "μ",
    sigma: "σ", max: "max", min: "min", log: "log", quad: " ", qquad: " ",
  };
  const grouped = (part) => (/[\s+−-]/.test(part.trim()) ? `(${part.trim()})` : part.trim());
  const inner = [
    [/\\(?:begin|end)\{\w+\*?\}/g, " "],
    [/\\(?:text|mathbf|mathrm|operatorname|underbrace)\*?\{([^{}]*)\}/g, "$1"],
    [/\\sqrt\{([^{}]*)\}/g, (all, part) => `√${grouped(part)}`],
    [/\\[td]?frac\{([^{}]*)\}\{([^{}]*)\}/g, (all, up, down) => `${grouped(up)}/${grouped(down)}`],
    [/\^\{?2\}?(?!\d)/g, "²"],
    [/([_^])\{([^{}]*)\}/g, (all, mark, part) => mark + grouped(part)],
  ];
  let text = tex.replace(/\\[()[\]]/g, "");
  for (let before = ""; before !== text; ) {
    before = text; // from the inside out
    for (const [pattern, by] of inner) text = text.replace(pattern, by);
  }
  return text
    .replace(/\\([A-Za-z]+)/g, (all, name) => signs[name] ?? "") // without \big, \displaystyle, …
    .replace(/\\[{}]/g, (all) => (all === "\\{" ? "(" : ")"))
    .replace(/\\.|[{}&]|\\$/g, " ")
    .replace(/\s+/g, " ")
    .trim();
}

document.addEventListener("DOMContentLoaded", () => {
  if (typeof Search === "undefined") return;
  const { htmlToText, makeSearchSummary } = Search;
  Search.htmlToText = (html, anchor) => {
    const page = new DOMParser().parseFromString(html, "text/html");
    for (const formula of page.querySelectorAll(".math")) {
      formula.textContent = formulaText(formula.textContent);
    }
    return htmlToText(page.documentElement.outerHTML, anchor);
  };
  // An entry of the index leads to an anchor, which has no text, and Sphinx 7.4 stops with an error
  // there. It shows the sentence of the page that has the word.
  Search.makeSearchSummary = (text, words, anchor) =>
    makeSearchSummary(text, words, anchor) ??
    makeSearchSummary(text, words, "") ??
    document.createElement("p");
});
