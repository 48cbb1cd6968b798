// What all live figures share: they read sizes from attributes, draw again after each change, say it
// to a screen reader, and tell the page by an event. A figure gives `static frame`, `static sizes`,
// draw() and, where it has more to read, read(). The {places} of its frame are filled from its
// `static words`, which stand in a module of their own, and from the words that figures share.
// To read: .state; "<name>:change" follows each change, with the state as its detail.
import { FIGURE_STYLE, make, moveFocus, offerScrolling, range } from "./figure-view.mjs";
import { WORDS } from "./figure-words.mjs";
import { escaped, fill } from "./words.mjs";

export class Figure extends HTMLElement {
  state = null; // settings and results, a plain object
  settings = null; // the sizes as they are now
  words = {};
  #widths = new ResizeObserver(() => this.#offerScrolling());

  /** For each size: what it is without an attribute, and the least and the most it can be. */
  static get observedAttributes() {
    return Object.keys(this.sizes);
  }

  connectedCallback() {
    if (!this.shadowRoot) this.attachShadow({ mode: "open" });
    this.#load();
  }

  disconnectedCallback() {
    this.#widths.disconnect();
  }

  attributeChangedCallback() {
    if (this.shadowRoot && this.isConnected) this.#load();
  }

  /** The settings an element asks for; an Error says what does not fit. */
  read() {
    return Object.fromEntries(
      Object.entries(this.constructor.sizes).map(([name, [fallback, least, most]]) => {
        const given = this.getAttribute(name);
        const value = given === null ? fallback : wholeNumber(given, least, most);
        if (value === null) throw new Error(this.phrase("notWhole", { name, given, least, most }));
        return [name, value];
      }),
    );
  }

  /** What an attribute names; an Error says which names it can have. */
  named(name, names, fallback) {
    const given = this.getAttribute(name) ?? fallback;
    if (names.includes(given)) return given;
    throw new Error(this.phrase("notListed", { name, given, names: names.join(", ") }));
  }

  /** A sentence of the figure's words. */
  phrase(name, values) {
    return fill(this.words[name], values);
  }

  /** Things in a row, the last one after "and". */
  listed(items) {
    const list = items.slice(0, -1).join(this.words.comma);
    return items.length > 1 ? this.phrase("and", { list, last: items.at(-1) }) : String(items[0]);
  }

  /** A number of bytes in the unit that suits it. */
  bytes(count) {
    const [unit, divisor] = count >= 1e9 ? ["gigabytes", 1e9] : count >= 1e6 ? ["megabytes", 1e6]
      : count >= 1e3 ? ["kilobytes", 1e3] : ["bytesUnit", 1];
    const digits = { maximumSignificantDigits: count / divisor >= 1000 ? 4 : 3 };
    return this.phrase(unit, { size: (count / divisor).toLocaleString("en", digits) });
  }

  /** What the reader can do; called once for each frame. */
  listen() {}

  /** Listens to the first element of the frame that matches. */
  on(selector, event, act) {
    this.find(selector).addEventListener(event, act);
  }

  /** Takes over settings, draws again and says the result. */
  change(settings) {
    Object.assign(this.settings, settings);
    this.redraw();
    this.speak();
  }

  /** Draws without a word; draw() returns the state. */
  redraw() {
    this.publish(this.draw());
    this.#offerScrolling();
  }

  /** Makes a new state known. */
  publish(state) {
    this.state = state;
    const options = { bubbles: true, composed: true, detail: state };
    this.dispatchEvent(new CustomEvent(`${this.localName}:change`, options));
  }

  /** Says something to a screen reader: by default, what the figure's sentence says. */
  speak(text = this.find(".say")?.textContent ?? "") {
    this.find(".live").textContent = text;
  }

  find(selector) {
    return this.shadowRoot.querySelector(selector);
  }

  findAll(selector) {
    return [...this.shadowRoot.querySelectorAll(selector)];
  }

  /** A list of numbers to choose from, which changes the setting of that name. */
  offer(name, first, last) {
    const list = this.find(`select[name=${name}]`);
    list.append(...range(first, last).map((value) => new Option(value, value)));
    list.value = this.settings[name];
    list.addEventListener("change", () => this.change({ [name]: Number(list.value) }));
  }

  #load() {
    this.#widths.disconnect();
    this.words = { ...WORDS, ...this.constructor.words };
    try {
      this.settings = this.read();
    } catch (error) {
      this.state = this.settings = null;
      // The reason, and below it the children again: they are the fallback.
      const reason = `${this.localName}: ${error.message}`;
      this.shadowRoot.replaceChildren(make("p", { role: "alert" }, reason), make("slot"));
      return;
    }
    const { frame, style = "" } = this.constructor;
    const live = '<p class="live" role="status" aria-live="polite"></p>';
    this.shadowRoot.innerHTML = `<style>${FIGURE_STYLE}${style}</style>` +
      fill(frame, escaped(this.words)) + live;
    for (const box of this.findAll(".scroll")) {
      this.#widths.observe(box);
      box.addEventListener("keydown", moveFocus);
    }
    this.listen();
    this.redraw();
  }

  #offerScrolling() {
    for (const box of this.findAll(".scroll")) offerScrolling(box, box.dataset.label);
  }
}

/** The number a text writes, or null where that is no whole number in the range. */
export function wholeNumber(text, least, most) {
  const value = String(text).trim() === "" ? NaN : Number(text);
  return Number.isInteger(value) && least <= value && value <= most ? value : null;
}

/** Numbers that a child <script type="application/json"> supplies, or undefined. */
export function givenNumbers(element) {
  const json = element.querySelector('script[type="application/json"]');
  return json ? JSON.parse(json.textContent) : undefined;
}
