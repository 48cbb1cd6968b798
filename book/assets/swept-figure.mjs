// A figure of a network in which a window slides over a layer and makes the map after it, unit by
// unit. A subclass has `selected`, the chosen unit as {layer, at}, shapeOf(layer), showUnit(layer, at),
// which makes another unit the chosen one, and paint(), which draws no more of a map than `sweep` says.
import { further, isComplete, sweepTo } from "./map-sweep.mjs";
import { PlayedFigure } from "./played-figure.mjs";

const TICK = 40; // milliseconds between two pictures of a window that slides
const [MAP_TICKS, CHOICE_TICKS] = [250, 25]; // for a whole map, and up to a unit that is chosen
const SECOND = 1000;
const SPEAK_MS = 5000; // while a window slides, a screen reader hears of it this often

export class SweptFigure extends PlayedFigure {
  sweep = null; // while a window makes the map of the chosen unit
  #spokenAt = 0;
  #arriving = false; // whether it slides to the chosen unit, and not from it

  /** Slides the window over a map from its first unit on, holds it, or goes on. */
  slide() {
    if (this.isPlaying) {
      this.pause();
      return;
    }
    const { layer, at } = this.selected;
    if (layer === 0) return;
    if (!this.sweep || isComplete(this.sweep)) this.sweep = { ...sweepTo(this.shapeOf(layer), at), at: -1 };
    const { length } = this.sweep.order;
    this.#spokenAt = Date.now();
    // Who wants no motion sees one unit after the other.
    if (isStill()) this.play(SECOND, () => this.#slideBy(1));
    else this.play(Math.max(TICK, 6 * SECOND / length), () => this.#slideBy(Math.ceil(length / MAP_TICKS)));
  }

  /** One unit more than the chosen one; after the last of a map the first. */
  step() {
    this.pause(false);
    const { layer, at } = this.selected;
    const sweep = this.sweep ?? sweepTo(this.shapeOf(layer), at);
    this.sweep = isComplete(sweep) ? { ...sweep, at: -1 } : sweep;
    this.#slideBy(1);
    this.speak();
  }

  /** Slides the window to the unit that is chosen, for about a second, where motion is wanted. */
  slideThere() {
    const { layer, at } = this.selected;
    if (layer === 0 || isStill()) return;
    const end = sweepTo(this.shapeOf(layer), at);
    const by = Math.max(1, Math.ceil(end.at / CHOICE_TICKS));
    this.sweep = { ...end, at: 0 };
    this.#arriving = true;
    this.play(TICK, () => {
      const arrived = this.sweep.at === end.at;
      this.sweep = { ...end, at: Math.min(end.at, this.sweep.at + by) };
      this.paint();
      return arrived;
    });
  }

  pause(word = true) {
    super.pause(word && !this.#arriving);
    if (!this.#arriving) return;
    this.#arriving = false;
    this.sweep = null;
    this.paint();
  }

  /** Ends it without a word: the map is complete again. */
  stop() {
    this.pause(false);
    this.sweep = null;
  }

  /** How much of its map the window has made, or null. */
  reached() {
    return this.sweep && { units: this.sweep.at + 1, of: this.sweep.order.length };
  }

  /** Goes on by some units; true at the last of them. */
  #slideBy(by) {
    this.sweep = further(this.sweep, by);
    this.showUnit(this.selected.layer, this.sweep.order[this.sweep.at]);
    if (this.isPlaying && Date.now() - this.#spokenAt > SPEAK_MS) {
      this.#spokenAt = Date.now();
      this.speak();
    }
    return isComplete(this.sweep);
  }
}

function isStill() {
  return window.matchMedia("(prefers-reduced-motion: reduce)").matches;
}
