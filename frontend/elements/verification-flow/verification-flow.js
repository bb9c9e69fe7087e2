/**
 * Shows the step that fits the state, moves the focus when it changes, and holds what stays the same on
 * every step: the live region, the words on privacy, the choice of language. Calls nothing itself; news bubble up to `<phone-verification>`.
 */

/** @import { Form } from '../../state/types.js' */
/** @import { Step } from './headings.js' */
/** @import { Scene } from '../types.js' */

import { CodeForm } from '../code-form/code-form.js';
import { h, setText } from '../dom.js';
import { ErrorSummary, LiveStatus } from '../messages.js';
import { CodeEnded, ProblemPanel, SuccessPanel } from '../outcomes.js';
import { PhoneForm } from '../phone-form/phone-form.js';
import { ResendButton, TimedButtons } from '../timed-buttons.js';
import { onNews, ViewElement } from '../view-element.js';
import { headingText, stepOf } from './headings.js';
import { LanguageSelect } from './language.js';

/** @type {Readonly<Record<Exclude<Step, 'loading'>, () => ViewElement<Scene>>>} */
const PANELS = {
  phone: () => new PhoneForm(),
  code: () => new CodeForm(),
  ended: () => new CodeEnded(),
  done: () => new SuccessPanel(),
  problem: () => new ProblemPanel(),
};

/** `<verification-flow>`: set `view` after each change of the state. @extends {ViewElement<Scene>} */
export class VerificationFlow extends ViewElement {
  #status = new LiveStatus();
  #language = new LanguageSelect();
  #brand = h('p', { class: 'own-brand' });
  #privacy = h('details', { class: 'privacy' });
  #stage = h('div', { class: 'stage' });
  /** @type {ViewElement<Scene> | null} */
  #panel = null;
  #shown = false;

  /** @override @param {Scene} scene */
  build({ translator: { t } }) {
    const privacy = ['use', 'keep', 'unasked', 'strength'].map((part) => h('p', {}, t(`privacy.${part}`)));
    this.#privacy.append(h('summary', {}, t('privacy.summary')), h('div', {}, ...privacy));
    this.replaceChildren(h('div', { class: 'card' }, this.#brand, this.#stage, h('div', { class: 'foot' }, this.#language, this.#privacy)), this.#status);
  }

  /** @override @param {Scene} scene @param {Scene | null} before */
  update(scene, before) {
    const { state, translator, brand } = scene;
    setText(this.#brand, brand);
    this.#language.view = scene;
    this.#language.hidden = scene.hideLanguage;
    this.#privacy.hidden = scene.hidePrivacy;
    const step = stepOf(state);
    this.#stage.setAttribute('aria-busy', String(['loading', 'starting', 'checking', 'resending'].includes(state.phase)));
    if (before && step === stepOf(before.state)) {
      if (this.#panel) this.#panel.view = scene;
      this.#announceBusy(scene, before);
      return;
    }
    this.#status.hush();
    if (step === 'loading') {
      this.#panel = null;
      this.#stage.replaceChildren(h(`h${scene.level}`, { class: 'plain loading' }, translator.t('page.loading')));
      return;
    }
    this.#panel = PANELS[step]();
    this.#panel.view = scene;
    this.#stage.replaceChildren(this.#panel);
    // The first thing shown leaves the focus where the browser put it, unless there is something to be told.
    if (this.#shown || state.notice) this.#takeFocus();
    // The focus is in the field: the state is said beside it.
    if (this.#shown && step === 'code') this.#status.announce(headingText(translator, state));
    this.#shown = true;
  }

  /** What is to be filled in or read next. @returns {HTMLElement | null} */
  get field() {
    if (this.#panel instanceof CodeForm) return this.#panel.first;
    return this.#stage.querySelector('#phone-number') ?? this.#stage.querySelector('.heading');
  }

  /** Presses the button that asks for a call, where it is on screen. */
  press() {
    if (this.#panel instanceof PhoneForm) this.#panel.querySelector('form')?.requestSubmit();
  }

  /** What the page around would have chosen, for as much as the person has not. @param {Form} form */
  suggest(form) {
    if (this.#panel instanceof PhoneForm) this.#panel.suggest(form);
  }

  /** @override @param {AbortSignal} signal */
  listen(signal) {
    // The second press of a double click would fall on whatever the next step has put in that place (A74).
    for (const type of /** @type {const} */ (['mousedown', 'click'])) this.addEventListener(type, dropRepeated, { signal, capture: true });
    onNews(this, 'status-changed', ({ text, unasked }) => (unasked ? this.#status.mention(text) : this.#status.announce(text)), signal);
  }

  /** What a sighted person sees on the button is said aloud too. @param {Scene} scene @param {Scene} before */
  #announceBusy({ state, translator: { t } }, before) {
    if (state.phase === before.state.phase) return;
    if (state.phase === 'starting') this.#status.announce(t(`phone.busy_${state.form.channel}`));
    if (state.phase === 'checking') this.#status.announce(t('code.busy'));
    if (state.phase === 'resending') this.#status.announce(t(`resend.busy_${state.form.channel}`));
  }

  /** The field for a code is ready to be typed in; every other step begins with its heading (A42). */
  #takeFocus() {
    if (this.#panel instanceof CodeForm) this.#panel.first?.focus();
    else /** @type {HTMLElement | null} */ (this.#stage.querySelector('.heading'))?.focus();
  }
}

/** @param {MouseEvent} event */
function dropRepeated(event) {
  if (event.detail < 2 || !(event.target instanceof Element) || !event.target.closest('button')) return;
  event.preventDefault();
  event.stopPropagation();
}

/** Parts by the end of their names. They are made with `new`, never by name. @type {Readonly<Record<string, CustomElementConstructor>>} */
const PARTS = {
  'live-status': LiveStatus,
  'language-select': LanguageSelect,
  'error-summary': ErrorSummary,
  'timed-buttons': TimedButtons,
  'resend-button': ResendButton,
  'phone-form': PhoneForm,
  'code-form': CodeForm,
  'code-ended': CodeEnded,
  'problem-panel': ProblemPanel,
  'success-panel': SuccessPanel,
  flow: VerificationFlow,
};

/** Registers them; importing registers nothing. Names begin with ours: a page that holds the element may have a `<phone-form>` of its own. @param {CustomElementRegistry} registry */
export function defineParts(registry) {
  for (const [name, part] of Object.entries(PARTS)) registry.define(`phone-verification-${name}`, part);
}
