// A figure that goes on by itself while the reader watches; its words have "play" and "pause".
import { Figure } from "./figure.mjs";

export class PlayedFigure extends Figure {
  #timer = null;

  disconnectedCallback() {
    super.disconnectedCallback();
    this.pause(false);
  }

  get isPlaying() {
    return this.#timer !== null;
  }

  /** Takes a step each so many milliseconds, until `step` says by true that it was the last. */
  play(milliseconds, step) {
    this.find("[name=play]").textContent = this.words.pause;
    this.#timer = setInterval(() => step() && this.pause(), milliseconds);
  }

  /** Stops, and says where, unless without a word. */
  pause(word = true) {
    if (!this.isPlaying) return;
    clearInterval(this.#timer);
    this.#timer = null;
    this.find("[name=play]").textContent = this.words.play;
    if (word) this.speak();
  }
}
