/**
 * The one polite live region of the page: there from the start, spoken when its text changes (A43).
 * Answers are said at once; news that nobody asked for are kept few (A32).
 */

/** How many news are said in any span of `WINDOW_MS`. */
const MOST = 3;
const WINDOW_MS = 60_000;

/** `<live-status>`: call `announce` or `mention`. */
export class LiveStatus extends HTMLElement {
  /** When news were said, oldest first; local milliseconds. @type {number[]} */
  #mentions = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #waiting;

  connectedCallback() {
    this.setAttribute('role', 'status');
    this.classList.add('visually-hidden');
  }

  disconnectedCallback() {
    clearTimeout(this.#waiting);
  }

  /** Says what came of something the person did. @param {string} text */
  announce(text) {
    // The same sentence twice would not be spoken; an invisible mark makes it a change.
    this.textContent = this.textContent === text ? `${text}\u200B` : text;
  }

  /** Says news. Where there were many, it waits, and only the newest is said. @param {string} text */
  mention(text) {
    clearTimeout(this.#waiting);
    const now = Date.now();
    this.#mentions = this.#mentions.filter((at) => now - at < WINDOW_MS);
    const [oldest = now] = this.#mentions;
    if (this.#mentions.length >= MOST) {
      this.#waiting = setTimeout(() => this.mention(text), oldest + WINDOW_MS - now);
      return;
    }
    this.#mentions.push(now);
    this.announce(text);
  }

  /** Forgets what was said and what still waits: it is about a step that is over. */
  hush() {
    clearTimeout(this.#waiting);
    this.textContent = '';
  }
}
