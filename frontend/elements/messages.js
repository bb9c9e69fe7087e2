/**
 * What is said beside the fields: the box of what went wrong, and the one live region of the page.
 */

/** @import { SummaryView } from './types.js' */

import { faultText, problemText } from '../i18n/translator.js';
import { h } from './dom.js';
import { icon, referenceLine } from './pieces.js';
import { ViewElement } from './view-element.js';

/**
 * `<error-summary>`, in a place of its own below the button: a failure of the way or the service, or several faults at once,
 * which lead to their fields (A40). A single fault stands at its field.
 * @extends {ViewElement<SummaryView>}
 */
export class ErrorSummary extends ViewElement {
  /** @override @param {SummaryView} view @param {SummaryView | null} before */
  update(view, before) {
    const { faults, notice } = view.state;
    if (before && before.state.faults === faults && before.state.notice === notice) return;
    this.replaceChildren(...(faults.length > 0 && view.shown ? [this.#faults(view)] : notice ? [this.#notice(view)] : []));
  }

  takeFocus() {
    const box = this.querySelector('.summary');
    if (box instanceof HTMLElement) box.focus();
  }

  /** @param {SummaryView} view */
  #faults({ state, translator, controls, codeLength }) {
    const items = state.faults.map((fault) => {
      const control = controls[fault.field];
      const text = faultText(translator, fault, codeLength);
      if (!control) return h('li', {}, text);
      const link = h('a', { href: `#${control.id}` }, text);
      link.addEventListener('click', (event) => {
        // Following the link itself would put an entry into the history of the flow.
        event.preventDefault();
        control.focus();
        if (control instanceof HTMLInputElement && control.type !== 'radio') control.select();
      });
      return h('li', {}, link);
    });
    return box(this.#level, translator.t('error.heading'), h('ul', {}, ...items));
  }

  /** @param {SummaryView} view */
  #notice(view) {
    const { state: { notice }, translator, checking } = view;
    if (!notice) return box(this.#level, '');
    const { title, detail, next, reference } = problemText(translator, notice, { checking });
    const say = (/** @type {string} */ text) => this.tell('status-changed', { text });
    return box(this.#level, title, h('p', {}, detail), next && h('p', {}, next), referenceLine(view, reference, say));
  }

  get #level() {
    return (this.view?.level ?? 1) + 1;
  }
}

/** @param {number} level @param {string} title @param {...(Node | string | null)} content */
function box(level, title, ...content) {
  const heading = h(level === 2 ? 'h2' : 'h3', { id: 'summary-title' }, title);
  const parts = content.filter((part) => part !== '' && part !== null);
  return h('div', { class: 'summary', tabindex: '-1', 'aria-labelledby': 'summary-title', role: 'group' }, icon('alert'), h('div', { role: 'alert' }, heading, ...parts));
}

/** How many news are said in any span of `WINDOW_MS`. */
const MOST = 3;
const WINDOW_MS = 60_000;

/**
 * `<live-status>`, polite, there from the start, spoken when its text changes (A43). Answers are said at once, by `announce`;
 * news that nobody asked for are kept few, by `mention` (A32).
 */
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

  /** @param {string} text */
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
