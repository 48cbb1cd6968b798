// What <conv-demo> looks like: its style, its frame, and the pieces drawn from numbers.
import { format, writeProducts, writeTotal } from "./conv-math.mjs";

// Colours are mixes of a hue and the page's own paper, so light and dark need no rule of their own.
export const FRAME = `<style>
:host { display: block; container-type: inline-size; margin: 1rem 0; padding: .6rem;
  --ink: var(--pst-color-text-base, CanvasText); --paper: var(--pst-color-background, Canvas);
  --quiet: var(--pst-color-text-muted, CanvasText); --cell: 1.5rem;
  color: var(--ink); background: var(--paper); border: 1px solid var(--quiet);
  border-radius: .25rem; line-height: 1.4; }
* { box-sizing: border-box; }
p { margin: .5rem 0; overflow-wrap: anywhere; }
.bar { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; }
button, select { font: inherit; color: inherit; background: var(--paper); min-height: 2rem;
  border: 1px solid var(--quiet); border-radius: .25rem; padding: .1rem .6rem; }
button { cursor: pointer; min-width: 4rem; }
button:disabled { color: var(--quiet); border-style: dashed; cursor: default; }
:focus-visible { outline: 3px solid var(--ink); outline-offset: 2px; }
.scroll { overflow-x: auto; padding: .25rem; }
.volumes { display: grid; gap: .5rem 1rem; align-items: center; justify-content: start; }
table { border-collapse: separate; border-spacing: 1px; font-variant-numeric: tabular-nums; }
caption, .name { font-size: .85rem; text-align: left; padding: 0; color: var(--ink); }
.name { font-weight: bold; align-self: end; }
td { width: var(--cell); min-width: var(--cell); height: var(--cell); padding: 0;
  text-align: center; font-size: .9rem; border: 1px solid transparent;
  background: color-mix(in srgb, var(--hue) 18%, var(--paper)); }
.x { --hue: #2f6fdb; } .w { --hue: #d1495b; }
.y { --hue: #2a9d5c; --cell: 1.75rem; } /* these cells are pressed: big enough for a thumb */
td.zero { background: none; border: 1px dashed var(--hue); color: var(--quiet); }
td.on { background: color-mix(in srgb, var(--hue) 42%, var(--paper)); color: var(--ink);
  box-shadow: inset 0 0 0 2px var(--hue); font-weight: bold; }
td[role] { cursor: pointer; }
.outputs { display: flex; flex-direction: column; gap: .75rem; max-width: 16rem; }
.outputs .name { align-self: start; }
.refusal { margin: 0; padding-left: .5rem; border-left: 4px solid #d1495b; }
.products { font-variant-numeric: tabular-nums; }
.products p { margin: .25rem 0; }
.live { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
@media (prefers-reduced-motion: no-preference) { td { transition: background-color .25s; } }
@container (max-width: 34rem) {
  .volumes { gap: .4rem; } .x, .w { --cell: 1.2rem; } td { font-size: .8rem; }
  caption { font-size: .75rem; }
  .outputs { grid-area: var(--below) / 1 / auto / span var(--span) !important;
    flex-flow: row wrap; max-width: none; width: 0; min-width: 100%; } /* as wide as the rest */
}
</style>
<div class="bar" role="group" aria-label="Convolution demo controls">
  <button name="play" type="button">Play</button><button name="step" type="button">Step</button>
  <button name="back" type="button">Back</button><button name="reset" type="button">Reset</button>
  <label>Stride <select name="stride"></select></label>
  <label>Padding <select name="pad"></select></label>
  <label>Filter <select name="filter"></select></label>
</div>
<p class="size"></p>
<div class="scroll"><div class="volumes"></div></div>
<div class="products"></div>
<p class="live" role="status" aria-live="polite"></p>`;

/** One channel as a table; null is a zero of the padding. */
export function channelTable(kind, name, rows) {
  const cells = (row, i) => row.map((value, j) => cell(value, i, j));
  return make("table", { class: kind }, make("caption", {}, name), ...tableRows(rows, cells));
}

/** One activation map as a grid whose cells can be focused and chosen. */
export function mapGrid(rows, filter) {
  const cells = (row, i) =>
    row.map((value, j) => {
      const label = `row ${i}, column ${j}: ${format(value)}`;
      return cell(value, i, j, { role: "gridcell", "aria-label": label });
    });
  const name = title(`Output out[${filter}]`);
  name.id = `map-${filter}`;
  const attributes = { class: "y", role: "grid", "aria-labelledby": name.id, "data-filter": filter };
  return make("div", {}, name, make("table", attributes, ...tableRows(rows, cells)));
}

/** The sums behind one output value, a line for each channel and one for the total. */
export function explain({ filter, row, column }, parts) {
  const lines = parts.channels.map((channel, c) =>
    make("p", { class: "channel" }, make("strong", {}, `channel ${c}: `), writeProducts(channel)),
  );
  const name = `out[${filter}][${row}][${column}], channels + bias: `;
  return [...lines, make("p", { class: "total" }, make("strong", {}, name), writeTotal(parts))];
}

/** The title above a column of tables. */
export function title(text) {
  return make("div", { class: "name" }, text);
}

/** An element with its attributes and children. */
export function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

function tableRows(rows, cells) {
  return [make("tbody", {}, ...rows.map((row, i) => make("tr", {}, ...cells(row, i))))];
}

function cell(value, row, column, attributes = {}) {
  const td = make("td", { ...attributes, "data-row": row, "data-column": column });
  td.textContent = format(value ?? 0);
  if (value === null) td.classList.add("zero");
  return td;
}
