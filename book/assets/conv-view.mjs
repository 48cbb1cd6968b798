// What <conv-demo> looks like: its layout, its frame, and the pieces drawn from numbers.
import { writeProducts, writeTotal } from "./conv-math.mjs";
import { make, numberGrid, STYLE, title } from "./figure-view.mjs";

export const FRAME = `<style>${STYLE}
.volumes { display: grid; gap: .5rem 1rem; align-items: center; justify-content: start; }
.outputs { display: flex; flex-direction: column; gap: .75rem; max-width: 16rem; }
.outputs .name { align-self: start; }
.products { font-variant-numeric: tabular-nums; }
.products p { margin: .25rem 0; }
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

/** One activation map as a grid whose cells can be focused and chosen. */
export function mapGrid(rows, filter) {
  const name = title(`Output out[${filter}]`);
  name.id = `map-${filter}`;
  return numberGrid("y", name, rows, { "data-filter": filter });
}

/** The sums behind one output value, a line for each channel and one for the total. */
export function explain({ filter, row, column }, parts) {
  const lines = parts.channels.map((channel, c) =>
    make("p", { class: "channel" }, make("strong", {}, `channel ${c}: `), writeProducts(channel)),
  );
  const name = `out[${filter}][${row}][${column}], channels + bias: `;
  return [...lines, make("p", { class: "total" }, make("strong", {}, name), writeTotal(parts))];
}
