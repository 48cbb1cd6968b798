// The words of the figures stand in modules NAME-words.mjs and nowhere else, each one plain object of
// texts with {places}. An edition in another language replaces these files.

/** A text with its {places} taken from the values. */
export function fill(text, values = {}) {
  return text.replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place);
}

/** A function that fills the text of a name. */
export function phrases(words) {
  return (name, values) => fill(words[name], values);
}

/** The same words as a page may hold them within its markup. */
export function escaped(words) {
  const signs = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return Object.fromEntries(Object.entries(words).map(([name, text]) =>
    [name, String(text).replace(/[&<>"]/g, (sign) => signs[sign])]));
}
