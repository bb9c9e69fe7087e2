/**
 * Buttons that may be pressed only after a moment set by the service, with a silent countdown beside them
 * and one spoken sentence when it ends (A31, A32). Knows nothing of what the buttons do.
 */

/** @import { Translator } from '../../i18n/translator.js' */

import { countdown } from '../../i18n/translator.js';
import { h, setAttribute, setText } from '../dom.js';
import { everySecond, ViewElement } from '../view-element.js';

/**
 * @typedef {object} TimedAction
 * @property {string} name handed back in `action-pressed`
 * @property {string} label
 * @property {'primary' | 'secondary'} look
 */

/**
 * @typedef {object} TimedButtonsView
 * @property {readonly TimedAction[]} actions
 * @property {number | null} until local milliseconds
 * @property {boolean} busy an action is under way
 * @property {string} waitKey words beside the buttons while waiting, with `{countdown}`
 * @property {string} nowKey words spoken when waiting is over
 * @property {Translator} translator
 * @property {() => number} now
 */

/** `<timed-buttons>` @extends {ViewElement<TimedButtonsView>} */
export class TimedButtons extends ViewElement {
  #buttons = h('div', { class: 'actions' });
  #timer = h('p', { class: 'timer', role: 'timer' });
  #waiting = false;

  /** @override */
  build() {
    this.append(this.#buttons, this.#timer);
  }

  /** @override @param {TimedButtonsView} view */
  update({ actions }) {
    for (const [index, { name, label, look }] of actions.entries()) {
      const present = this.#buttons.children[index];
      const button = present ?? this.#buttons.appendChild(h('button', { type: 'button' }));
      setAttribute(button, 'data-name', name);
      setAttribute(button, 'class', `button button-${look}`);
      setText(button, label);
    }
    while (this.#buttons.children.length > actions.length) this.#buttons.lastElementChild?.remove();
    this.#tick();
  }

  /** @override @param {AbortSignal} signal */
  listen(signal) {
    everySecond(() => this.#tick(), signal);
    this.addEventListener('click', (event) => this.#press(event), { signal });
  }

  /** @param {MouseEvent} event */
  #press(event) {
    const button = event.target instanceof Element ? event.target.closest('button') : null;
    if (!button || !this.view || this.view.busy) return;
    this.#tick();
    if (this.#waiting) this.tell('status-changed', { text: this.#timer.textContent ?? '' });
    else this.tell('action-pressed', { name: button.dataset['name'] ?? '' });
  }

  #tick() {
    if (!this.view) return;
    const { until, now, translator, waitKey, nowKey, busy } = this.view;
    const left = until === null ? 0 : until - now();
    const waiting = left > 0;
    setText(this.#timer, waiting ? translator.t(waitKey, { countdown: countdown(left) }) : '');
    for (const button of this.#buttons.children) setAttribute(button, 'aria-disabled', waiting || busy ? 'true' : null);
    if (this.#waiting && !waiting && !busy) this.tell('status-changed', { text: translator.t(nowKey), unasked: true });
    this.#waiting = waiting;
  }
}
