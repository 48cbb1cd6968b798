// What every live figure is drawn with: one style, tables of numbers, grids that the arrow keys
// walk through, small pictures.
import { format } from "./conv-math.mjs";
import { WORDS } from "./figure-words.mjs";
import { fill } from "./words.mjs";

const SVG = "http://www.w3.org/2000/svg";
/** For each arrow key, how many rows down and columns to the right it goes. */
export const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

// Colours are mixes of a hue and the page's own paper, so light and dark need no rule of their own.
export const FIGURE_STYLE = `
:host { display: block; container-type: inline-size; margin: 1rem 0; padding: .6rem;
  --ink: var(--pst-color-text-base, CanvasText); --paper: var(--pst-color-background, Canvas);
  --quiet: var(--pst-color-text-muted, CanvasText); --cell: 1.5rem;
  color: var(--ink); background: var(--paper); border: 1px solid var(--quiet);
  border-radius: .25rem; line-height: 1.4; }
* { box-sizing: border-box; }
p { margin: .5rem 0; overflow-wrap: anywhere; }
.bar { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; }
button, select, input, textarea { font: inherit; color: inherit; background: var(--paper);
  min-height: 2rem; border: 1px solid var(--quiet); border-radius: .25rem; padding: .1rem .6rem; }
button { cursor: pointer; min-width: 4rem; }
button:disabled { color: var(--quiet); border-style: dashed; cursor: default; }
:focus-visible { outline: 3px solid var(--ink); outline-offset: 2px; }
.scroll { overflow-x: auto; padding: .25rem; }
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
.refusal { margin: 0; padding-left: .5rem; border-left: 4px solid #d1495b; }
.live { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
@media (prefers-reduced-motion: no-preference) { td { transition: background-color .25s; } }
.bar > label { display: inline-flex; gap: .35rem; align-items: center; }
input[type=number] { width: 5.2rem; padding: .1rem .3rem; }
[aria-invalid=true] { border: 2px solid #d1495b; }
.pieces { display: flex; flex-wrap: wrap; gap: .75rem 1.5rem; align-items: flex-start; }
.z { --hue: #c2710c; } .g { --hue: #8a5cd0; }
[hidden] { display: none !important; } .refusal { margin: .5rem 0; }
.sum { font-variant-numeric: tabular-nums; }
.sum p { margin: .25rem 0; }
th { font-size: .7rem; font-weight: normal; padding: 0 .15rem; color: var(--ink);
  white-space: nowrap; }
svg { display: block; max-width: 100%; height: auto; overflow: visible; }
svg text { fill: var(--ink); font-size: 12px; font-family: inherit; }
dl { display: grid; grid-template-columns: auto 1fr; gap: .3rem 1rem; margin: .6rem 0;
  font-variant-numeric: tabular-nums; }
dt { font-weight: bold; } dd { margin: 0; overflow-wrap: anywhere; }
@container (max-width: 34rem) {
  .pieces { gap: .6rem .8rem; } caption { font-size: .75rem; }
  dl { grid-template-columns: 1fr; gap: 0; } dd { margin: 0 0 .4rem; }
}
`;

/** An element with its attributes and children. */
export function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/** A piece of a picture with its attributes and children. */
export function draw(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/** The title above a column of tables. */
export function title(text) {
  return make("div", { class: "name" }, text);
}

/** Numbers as a table to look at; null is a zero of the padding. */
export function numberTable(kind, name, rows) {
  const cells = (row, i) => row.map((value, j) => cell(value, i, j));
  return make("table", { class: kind }, make("caption", {}, name), ...tableRows(rows, cells));
}

/** Numbers as a grid whose cells can be focused and chosen; `name` is the element that names it. */
export function numberGrid(kind, name, rows, attributes = {}) {
  const cells = (row, i) =>
    row.map((value, j) => {
      const label = fill(WORDS.cell, { row: i, column: j, value: format(value) });
      return cell(value, i, j, { role: "gridcell", "aria-label": label });
    });
  const given = { class: kind, role: "grid", "aria-labelledby": name.id, ...attributes };
  return make("div", {}, name, make("table", given, ...tableRows(rows, cells)));
}

/** One cell of a table of numbers. */
export function cell(value, row, column, attributes = {}) {
  const td = make("td", { ...attributes, "data-row": row, "data-column": column });
  td.textContent = format(value ?? 0);
  if (value === null) td.classList.add("zero");
  return td;
}

/** Where a table cell stands. */
export function placeOf(td) {
  return { row: Number(td.dataset.row), column: Number(td.dataset.column) };
}

/** Arrow keys go from cell to cell within one grid; the focus then selects. */
export function moveFocus(event) {
  const [down, right] = ARROWS[event.key] ?? [];
  const from = event.target.closest("[role=gridcell]");
  if (down === undefined || !from) return;
  event.preventDefault(); // the arrows would scroll the page
  const { row, column } = placeOf(from);
  const place = `[data-row="${row + down}"][data-column="${column + right}"]`;
  const next = from.closest("table").querySelector(place);
  (next?.querySelector("input") ?? next)?.focus();
}

/** Makes one cell of a grid its tab stop and the selected one. */
export function markSelected(grid, { row, column }) {
  for (const td of grid.querySelectorAll("[role=gridcell]")) {
    const at = placeOf(td);
    const here = at.row === row && at.column === column;
    (td.querySelector("input") ?? td).tabIndex = here ? 0 : -1; // each grid is one tab stop
    td.setAttribute("aria-selected", here);
    td.classList.toggle("on", here);
  }
}

/** A box that scrolls must be reachable by keyboard; one that does not is no tab stop. */
export function offerScrolling(box, label) {
  const offer = { tabindex: "0", role: "region", "aria-label": label };
  for (const [name, value] of Object.entries(offer)) {
    if (box.scrollWidth > box.clientWidth) box.setAttribute(name, value);
    else box.removeAttribute(name);
  }
}

/** The whole numbers from the first to the last. */
export function range(first, last) {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
}

function tableRows(rows, cells) {
  return [make("tbody", {}, ...rows.map((row, i) => make("tr", {}, ...cells(row, i))))];
}
