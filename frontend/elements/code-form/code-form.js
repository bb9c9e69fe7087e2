/**
 * The second step: one field for the code, when it stops working, and the ways to another one.
 */

/** @import { Field } from '../field.js' */
/** @import { Scene } from '../view-element.js' */

import { faultText } from '../../i18n/problem-text.js';
import { countdown } from '../../i18n/translator.js';
import { badge } from '../badge.js';
import { around, h, setAttribute, setText } from '../dom.js';
import { ErrorSummary } from '../error-summary/error-summary.js';
import { field } from '../field.js';
import { numberElement, numberText } from '../number-text.js';
import { ResendButton } from '../resend-button/resend-button.js';
import { heading } from '../verification-flow/headings.js';
import { everySecond, ViewElement } from '../view-element.js';
import { readCode } from './code.js';
import { callerText, helpFor } from './help.js';
import { receiveMessageCode } from './message-code.js';
import { progressOf } from './progress.js';

/** How long before the end the time left is counted and said aloud (A29). */
const WARN_MS = 150_000;

/** `<code-form>` @extends {ViewElement<Scene>} */
export class CodeForm extends ViewElement {
  #summary = new ErrorSummary();
  #resend = new ResendButton();
  // A whole attribute list rather than a maximum length: a limit would cut a pasted sentence short (A20).
  #code = h('input', { id: 'code', name: 'code', type: 'text', inputmode: 'numeric', autocomplete: 'one-time-code', dir: 'ltr', spellcheck: 'false', class: 'input input-code' });
  #lead = h('div', { class: 'lead' });
  #who = h('p', { class: 'lead-who' });
  #progress = h('p', { class: 'progress', hidden: true });
  #expiry = h('p', { class: 'expiry' });
  #submit = h('button', { type: 'submit', class: 'button button-primary button-wide' });
  #help = h('div');
  /** @type {Field | null} */
  #field = null;
  #warned = false;
  /** What is said of the call while something may come of it. @type {'lead' | 'again'} */
  #words = 'lead';
  /** Ends waiting for a text message. @type {AbortController | null} */
  #message = null;

  /** @override @param {Scene} scene */
  build(scene) {
    const { t } = scene.translator;
    this.#field = field({ control: this.#code, label: t('code.label', { count: lengthOf(scene) }), errorPrefix: t('error.prefix') });
    this.#code.value = scene.state.code;
    this.append(
      this.#summary,
      heading(scene),
      this.#lead,
      this.#progress,
      h('form', { class: 'form', novalidate: true }, this.#field.root, this.#submit, this.#expiry),
      h('div', { class: 'again' }, this.#resend, this.#help),
    );
  }

  /** @override @param {Scene} scene @param {Scene | null} before */
  update(scene, before) {
    const { state, translator } = scene;
    const { t } = translator;
    const length = lengthOf(scene);
    const renewed = before?.state.attempt?.verification.id !== state.attempt?.verification.id;
    if (renewed) {
      this.#words = before ? 'again' : 'lead';
      this.#showAttempt(scene);
      if (before) this.#code.value = '';
      if (this.isConnected) this.#awaitMessage(scene);
    }
    this.#showProgress(scene, renewed ? null : before);
    const inVain = progressOf(state.attempt?.verification)?.inVain ?? false;
    this.#showWho(scene, inVain);
    this.#resend.view = { ...scene, prominent: inVain };
    this.#summary.view = { ...scene, codeLength: length, checking: true, controls: { code: this.#code } };
    const fault = state.faults.find((entry) => entry.field === 'code');
    this.#field?.setFault(fault ? faultText(translator, fault, length) : null);
    const busy = state.phase === 'checking';
    setText(this.#submit, t(busy ? 'code.busy' : 'code.submit'));
    setAttribute(this.#submit, 'aria-disabled', busy ? 'true' : null);
    this.#showExpiry();
    if (before && (before.state.faults !== state.faults || before.state.notice !== state.notice) && this.#summary.takeFocus()) {
      // Selected but not focused: the summary is read first, and the next key press in the field replaces the code (A27).
      this.#code.setSelectionRange(0, this.#code.value.length);
    }
    if (before && renewed) this.tell('status-changed', { text: t(`code.again_${channelOf(scene)}`, { number: numberText(scene) }) });
  }

  /** @override @param {AbortSignal} signal */
  listen(signal) {
    if (this.view) this.#awaitMessage(this.view);
    signal.addEventListener('abort', () => this.#message?.abort(), { once: true });
    everySecond(() => this.#tick(), signal);
    this.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#send();
    }, { signal });
    this.addEventListener('click', (event) => {
      if (event.target instanceof Element && event.target.closest('[data-change]')) this.tell('number-change-requested', null);
    }, { signal });
  }

  /** @param {Scene} scene */
  #showAttempt(scene) {
    const { t } = scene.translator;
    const channel = channelOf(scene);
    const change = h('button', { type: 'button', class: 'button-link', 'data-change': true }, t('code.change_number'));
    const about = h('p', { class: 'lead-about' }, t(`code.about_${channel}`, { count: lengthOf(scene) }));
    if (channel === 'voice' && scene.state.config?.caller) about.append(' ', ...callerText(scene));
    this.#lead.replaceChildren(badge(channel), h('div', {}, this.#who, about, change));
    this.#help.replaceChildren(helpFor(scene, channel));
    this.#warned = false;
  }

  /** Says where this call goes, or the next one once nothing comes of this one. @param {Scene} scene @param {boolean} inVain */
  #showWho(scene, inVain) {
    const { t } = scene.translator;
    const channel = channelOf(scene);
    const words = (/** @type {string} */ number) => (inVain ? t(`ended.to_${channel}`, { number }) : t(`code.${this.#words}_${channel}`, { number }));
    const sentence = h('p', {}, ...around(words, numberElement(scene)));
    // Only when it differs: whoever selects the number to copy it would lose the selection.
    if (this.#who.textContent !== sentence.textContent) this.#who.replaceChildren(...sentence.childNodes);
  }

  /** Says how the call fares; `before` is null when nothing of this call was on screen yet. @param {Scene} scene @param {Scene | null} before */
  #showProgress(scene, before) {
    const progress = progressOf(scene.state.attempt?.verification);
    const shown = this.#progress.getAttribute('data-delivery');
    if ((progress?.state ?? null) === shown) return;
    setAttribute(this.#progress, 'data-delivery', progress?.state ?? null);
    this.#progress.hidden = progress === null;
    const { t } = scene.translator;
    // One sentence in one element: beside it there may be a mark of its state.
    this.#progress.replaceChildren(...(progress ? [h('span', {}, ...around((number) => t(progress.key, { number }), numberElement(scene)))] : []));
    if (progress && before && progress.state !== 'queued') this.tell('status-changed', { text: t(progress.key, { number: numberText(scene) }), unasked: true });
  }

  /** Fills in the code of a text message, unless the person was faster. @param {Scene} scene */
  #awaitMessage(scene) {
    this.#message?.abort();
    if (channelOf(scene) !== 'sms') return;
    const waiting = (this.#message = new AbortController());
    void receiveMessageCode(waiting.signal).then((code) => {
      if (code && !waiting.signal.aborted && this.#code.value === '') this.#code.value = code;
    });
  }

  #tick() {
    this.#showExpiry();
    const { view } = this;
    const over = view?.state.attempt && view.state.attempt.expiresAt <= view.now();
    if (over && view.state.phase === 'code') this.tell('code-timed-out', null);
  }

  #showExpiry() {
    const { view } = this;
    if (!view?.state.attempt) return;
    const { translator: { t, clock }, now } = view;
    const { expiresAt } = view.state.attempt;
    const left = expiresAt - now();
    if (left > WARN_MS) {
      setText(this.#expiry, t('code.works_until', { time: clock(expiresAt) }));
      return;
    }
    setText(this.#expiry, t('code.works_for', { countdown: countdown(left) }));
    if (!this.#warned) this.tell('status-changed', { text: t('code.expiring', { count: Math.max(1, Math.ceil(left / 60_000)) }), unasked: true });
    this.#warned = true;
  }

  #send() {
    const { view } = this;
    if (!view || view.state.phase === 'checking') return;
    this.#message?.abort();
    const reading = readCode(this.#code.value, lengthOf(view));
    if (reading.ok) this.tell('code-submitted', { code: reading.code, faults: [] });
    else this.tell('code-submitted', { code: '', faults: [{ field: 'code', code: reading.fault, detail: '' }] });
  }
}

/** @param {Scene} scene */
function lengthOf({ state }) {
  return state.attempt?.verification.code_length ?? state.config?.code_length ?? 0;
}

/** @param {Scene} scene */
function channelOf({ state }) {
  return state.attempt?.verification.channel === 'sms' ? 'sms' : 'voice';
}
