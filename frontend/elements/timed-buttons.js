/**
 * Buttons that may be pressed only after a moment set by the service, and those among them that ask for another code.
 */

/** @import { Channel } from '../api/types.js' */
/** @import { Translator } from '../i18n/types.js' */
/** @import { Scene } from './types.js' */

import { countdown } from '../i18n/translator.js';
import { h, setAttribute, setText } from './dom.js';
import { channelsFor } from './phone-form/countries.js';
import { showBusy } from './pieces.js';
import { everySecond, onNews, ViewElement } from './view-element.js';

/**
 * @typedef {object} TimedAction
 * @property {string} name handed back in `action-pressed`
 * @property {string} label
 * @property {'primary' | 'link'} look
 * @property {boolean} [free] may be pressed at any time
 */

/**
 * @typedef {object} TimedButtonsView
 * @property {readonly TimedAction[]} actions
 * @property {number | null} until local milliseconds
 * @property {string | null} busy name of the action that is under way
 * @property {string} waitKey words for a wait, with `{countdown}`
 * @property {string} nowKey words spoken when waiting is over
 * @property {Translator} translator
 * @property {() => number} now
 */

/**
 * `<timed-buttons>`: the wait is said once, in the button that waits for it, or, where all are quiet, in a line that stands
 * in their place. Silent, with one spoken sentence when it ends (A31, A32). Knows nothing of what the buttons do.
 * @extends {ViewElement<TimedButtonsView>}
 */
export class TimedButtons extends ViewElement {
  #main = h('div', { class: 'main' });
  #quiet = h('div', { class: 'quiet' });
  #timer = h('p', { class: 'timer', role: 'timer' });
  /** @type {Map<string, { button: HTMLButtonElement, words: HTMLElement, left: HTMLElement }>} */
  #made = new Map();
  #waiting = false;
  /** How long the whole wait is, for the part of it that is over; milliseconds. */
  #whole = 0;

  /** @override */
  build() {
    this.append(this.#main, this.#quiet);
  }

  /** @override @param {TimedButtonsView} view @param {TimedButtonsView | null} before */
  update({ actions, until, now }, before) {
    if (before?.until !== until) this.#whole = until === null ? 0 : until - now();
    for (const [name, { button }] of this.#made) if (!actions.some((action) => action.name === name)) button.remove();
    for (const { name, label, look } of actions) {
      const { button, words } = this.#button(name);
      setAttribute(button, 'class', look === 'primary' ? 'button button-primary' : 'button-link');
      setText(words, label);
      const home = look === 'primary' ? this.#main : this.#quiet;
      if (button.parentElement !== home) home.append(button);
    }
    this.#main.hidden = this.#main.childElementCount === 0;
    this.#tick();
  }

  /** @param {string} name */
  #button(name) {
    const known = this.#made.get(name);
    if (known) return known;
    const words = h('span', { class: 'words' });
    const left = h('bdi', { class: 'left', translate: 'no', dir: 'ltr' });
    const made = { button: h('button', { type: 'button', 'data-name': name }, words, ' ', left), words, left };
    this.#made.set(name, made);
    return made;
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
    const name = button.dataset['name'] ?? '';
    const free = this.view.actions.find((action) => action.name === name)?.free ?? false;
    if (this.#waiting && !free) this.tell('status-changed', { text: this.#wait() });
    else this.tell('action-pressed', { name });
  }

  #wait() {
    if (!this.view) return '';
    const { until, now, translator, waitKey } = this.view;
    return translator.t(waitKey, { countdown: countdown((until ?? 0) - now()) });
  }

  #tick() {
    if (!this.view) return;
    const { actions, until, now, translator, nowKey, busy } = this.view;
    const left = until === null ? 0 : until - now();
    const waiting = left > 0;
    const counted = waiting ? countdown(left) : '';
    for (const { name, look, free = false } of actions) {
      const made = this.#button(name);
      setText(made.left, look === 'primary' ? counted : '');
      made.button.classList.toggle('waiting', waiting && !free);
      made.button.style.setProperty('--over', String(this.#whole > 0 ? Math.min(1, 1 - left / this.#whole) : 1));
      showBusy(made.button, busy === name);
      if ((waiting && !free) || busy !== null) setAttribute(made.button, 'aria-disabled', 'true');
      // Where no button says the wait, a line does, in their place.
      made.button.hidden = waiting && this.#main.hidden && !free;
    }
    if (waiting && this.#main.hidden) {
      setText(this.#timer, this.#wait());
      if (!this.#timer.isConnected) this.#quiet.prepend(this.#timer);
    } else this.#timer.remove();
    if (this.#waiting && !waiting && busy === null) this.tell('status-changed', { text: translator.t(nowKey), unasked: true });
    this.#waiting = waiting;
  }
}

/** @typedef {Scene & { prominent: boolean, codeAtHand: boolean }} ResendView `codeAtHand`: whether "I have a code" stands beside it */

/**
 * `<resend-button>`: another code, by the same way or the other one, when the service allows it (A31, A35); quiet while a
 * code may still come, the one thing to do when none will.
 * @extends {ViewElement<ResendView>}
 */
export class ResendButton extends ViewElement {
  #buttons = new TimedButtons();

  /** @override */
  build() {
    this.append(this.#buttons);
  }

  /** @override @param {ResendView} view */
  update({ state, translator, now, prominent, codeAtHand }) {
    const { attempt, config, phase } = state;
    if (!attempt || !config) return;
    const { t } = translator;
    const used = attempt.verification.channel;
    const others = channelsFor(config, state.form.region).filter((channel) => channel !== used);
    /** @type {TimedAction[]} */
    const actions = [
      { name: used, label: t(`resend.${used}`), look: prominent ? 'primary' : 'link' },
      ...others.map((channel) => ({ name: channel, label: t(`resend.${channel}_instead`), look: /** @type {const} */ ('link') })),
      ...(codeAtHand ? [{ name: 'have', label: t('code.have'), look: /** @type {const} */ ('link'), free: true }] : []),
    ];
    this.#buttons.view = { actions, until: attempt.resendAt, busy: phase === 'resending' ? state.form.channel : null, waitKey: 'resend.wait', nowKey: 'resend.now', translator, now };
  }

  /** @override @param {AbortSignal} signal */
  listen(signal) {
    onNews(this, 'action-pressed', ({ name }, event) => {
      event.stopPropagation();
      if (name === 'have') this.tell('code-at-hand', null);
      else this.tell('resend-requested', { channel: /** @type {Channel} */ (name) });
    }, signal);
  }
}
