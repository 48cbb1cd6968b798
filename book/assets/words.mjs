// The words of a figure stand in one plain object, NAME-words.mjs, as texts with {places}. A page in
// another language sets globalThis.FIGURE_WORDS = {"NAME": {...}} before the figures load.

/** A text with its {places} taken from the values. */
export function fill(text, values = {}) {
  return text.replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place);
}

/** The words of a figure: those of the page's language, and English where it has none. */
export function wordsOf(name, english) {
  return { ...english, ...globalThis.FIGURE_WORDS?.[name] };
}

/** The same words as a page may hold them within its markup. */
export function escaped(words) {
  const signs = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return Object.fromEntries(Object.entries(words).map(([name, text]) =>
    [name, String(text).replace(/[&<>"]/g, (sign) => signs[sign])]));
}
