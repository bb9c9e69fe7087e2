/**
 * The one polite live region of the page: there from the start, spoken when its text changes (A43).
 */

/** `<live-status>`: call `announce`. */
export class LiveStatus extends HTMLElement {
  connectedCallback() {
    this.setAttribute('role', 'status');
    this.classList.add('visually-hidden');
  }

  /** @param {string} text */
  announce(text) {
    // The same sentence twice would not be spoken; an invisible mark makes it a change.
    this.textContent = this.textContent === text ? `${text}\u200B` : text;
  }
}
