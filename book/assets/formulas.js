// Loads MathJax, which is large and slow, once the text stands and the live figures are drawn, and
// has it set the formulas in small groups, so that the page answers meanwhile. Sphinx adds this to
// pages that have formulas. Whoever waits for them waits for MathJax.startup.promise, before MathJax
// is there as well as after. On a phone the parts of a formula that stand side by side elsewhere,
// parted by \qquad, stand below each other.
{
  const GROUP = 12; // formulas at once: less time than a reader notices
  const PATIENCE = 1000; // milliseconds that late pictures may hold up the formulas
  const source = new URL("tex-svg.js", document.currentScript.src).href;
  const early = { rel: "preload", as: "script", href: source, fetchPriority: "low" };
  document.head.append(Object.assign(document.createElement("link"), early));

  const { options } = window.MathJax;
  const set = new Promise((resolve, reject) => {
    const pageReady = async () => {
      try {
        if (window.matchMedia("(max-width: 30rem)").matches) stack();
        for (const group of groups(formulas())) {
          await window.MathJax.typesetPromise(group);
          await new Promise((go) => setTimeout(go)); // what a reader did meanwhile comes first
        }
        resolve();
      } catch (error) {
        reject(error);
        throw error;
      }
    };
    window.MathJax.startup = { typeset: false, pageReady };
    loaded().then(() => {
      const script = Object.assign(document.createElement("script"), { src: source });
      script.addEventListener("error", () => reject(new Error(source)));
      document.head.append(script);
    });
  });
  window.MathJax.startup.promise = set;

  function stack() {
    for (const { lastChild: text } of document.querySelectorAll("div.math")) {
      const [, parts] = /^\s*\\\[([^]*\\qquad[^]*)\\\]\s*$/.exec(text.data) ?? [];
      if (!parts || parts.includes("\\begin")) continue;
      const lines = parts.replaceAll(/(\\qquad\s*)+/g, "\\\\[0.5em]");
      text.data = `\\[\\begin{gathered}${lines}\\end{gathered}\\]`;
    }
  }

  /** Elements with formulas, those on the screen first. */
  function formulas() {
    const names = options.processHtmlClass.split("|").map((name) => `.${name}`).join();
    const all = [...document.querySelectorAll(names)].filter((one) => !one.parentElement.closest(names));
    const boxes = new Map(all.map((one) => [one, one.getBoundingClientRect()]));
    const isSeen = (one) => boxes.get(one).bottom > 0 && boxes.get(one).top < window.innerHeight;
    return [...all.filter(isSeen), ...all.filter((one) => !isSeen(one))];
  }

  function groups(all) {
    return Array.from({ length: Math.ceil(all.length / GROUP) }, (_, at) =>
      all.slice(at * GROUP, (at + 1) * GROUP));
  }

  /** When everything is loaded, or soon after the last script has run. */
  function loaded() {
    return new Promise((resolve) => {
      if (document.readyState === "complete") resolve();
      window.addEventListener("load", () => setTimeout(resolve));
      document.addEventListener("DOMContentLoaded", () => setTimeout(resolve, PATIENCE));
    });
  }
}
