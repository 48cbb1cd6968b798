// What <conv-demo> looks like: its layout, its frame, and the pieces drawn from numbers.
import { format, writeProducts, writeTotal } from "./conv-math.mjs";
import { make, numberGrid, numberTable, title } from "./figure-view.mjs";
import { fill } from "./words.mjs";

export const STYLE = `
.bar label.check { gap: .35rem; } input[type=checkbox] { min-height: auto; width: 1.2rem; height: 1.2rem; }
.volumes { display: grid; gap: .5rem 1rem; align-items: center; justify-content: start; }
.outputs { display: flex; flex-direction: column; gap: .75rem; max-width: 16rem; }
.outputs .name { align-self: start; }
.products { font-variant-numeric: tabular-nums; } .products p { margin: .25rem 0; }
td input, .bias input { width: 100%; min-height: 1.4rem; padding: 0; text-align: center; border: 0;
  background: none; font-size: inherit; }
.bias input { width: 3rem; border: 1px solid var(--quiet); }
@container (max-width: 600px) {
  /* Two columns: the input and the chosen filter; the outputs stand below. */
  .volumes > .filter:not(.chosen) { display: none; }
  .volumes > .filter { grid-column: 2 !important; }
  .volumes { gap: .4rem 1rem; } .x, .w { --cell: 1.5rem; } td { font-size: .85rem; }
  caption { font-size: .75rem; }
  .outputs { grid-area: var(--below) / 1 / auto / span 2 !important;
    flex-flow: row wrap; max-width: none; width: 0; min-width: 100%; } /* as wide as the rest */
}
`;

export const FRAME = `
<div class="bar" role="group" aria-label="{controls}">
  <button name="play" type="button">{play}</button><button name="step" type="button">{step}</button>
  <button name="back" type="button">{back}</button><button name="reset" type="button">{reset}</button>
  <label>{stride} <select name="stride"></select></label>
  <label>{pad} <select name="pad"></select></label>
  <label>{filter} <select name="filter"></select></label>
  <label>{kernel} <select name="kernel"></select></label>
  <button name="random" type="button">{random}</button>
  <label class="check"><input type="checkbox" name="edit"> {edit}</label>
</div>
<p class="size"></p>
<div class="scroll" data-label="{volumes}"><div class="volumes"></div></div>
<div class="products"></div>`;

/** One activation map as a grid whose cells can be focused and chosen. */
export function mapGrid(words, rows, filter) {
  const name = title(fill(words.output, { filter }));
  name.id = `map-${filter}`;
  return numberGrid("y", name, rows, { "data-filter": filter });
}

/** One slice of numbers: to look at, or with a field for each number that is no padding. */
export function slice(kind, name, rows, label) {
  const table = numberTable(kind, name, rows);
  if (!label) return table;
  table.setAttribute("role", "grid");
  for (const td of table.querySelectorAll("td")) {
    td.setAttribute("role", "gridcell");
    if (td.classList.contains("zero")) continue;
    const [row, column] = [Number(td.dataset.row), Number(td.dataset.column)];
    td.replaceChildren(numberField(rows[row][column], label(row, column)));
  }
  return table;
}

/** A field to type a number into. */
export function numberField(value, label) {
  const input = make("input", { inputmode: "decimal", "aria-label": label });
  input.value = format(value);
  input.addEventListener("focus", () => input.select());
  return input;
}

/** The sums behind one output value, a line for each channel and one for the total. */
export function explain(words, cell, parts) {
  const lines = parts.channels.map((channel, c) => make("p", { class: "channel" },
    make("strong", {}, `${fill(words.channel, { channel: c })}: `), writeProducts(channel)));
  return [...lines, make("p", { class: "total" },
    make("strong", {}, fill(words.sum, cell)), writeTotal(parts))];
}
