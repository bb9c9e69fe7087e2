/**
 * Shows the step that fits the state, moves the focus when it changes, and holds what stays the same on every step. Loads the
 * steps after the first one.
 */

/** @import { Form } from '../../state/types.js' */
/** @import { CodeForm } from '../code-form/code-form.js' */
/** @import { Step } from './headings.js' */
/** @import { Scene } from '../types.js' */

import { TIMEOUT_MS } from '../../api/client.js';
import { problemText } from '../../i18n/translator.js';
import { ownProblem } from '../../state/failures.js';
import { h, setText } from '../dom.js';
import { ErrorSummary, LiveStatus } from '../messages.js';
import { PhoneForm } from '../phone-form/phone-form.js';
import { mark, primaryButton } from '../pieces.js';
import { onNews, ViewElement } from '../view-element.js';
import { headingText, stepOf } from './headings.js';
import { LanguageSelect } from './language.js';

/** What makes the panel of a step; all but the first come later. @type {Partial<Record<Step, () => ViewElement<Scene>>>} */
const PANELS = { phone: () => new PhoneForm() };

/** `<verification-flow>`: set `view` after each change of the state. @extends {ViewElement<Scene>} */
export class VerificationFlow extends ViewElement {
  #status = new LiveStatus();
  #language = new LanguageSelect();
  #brand = h('p', { class: 'own-brand' });
  #privacy = h('details', { class: 'privacy' });
  #stage = h('div', { class: 'stage' });
  /** @type {ViewElement<Scene> | null} */
  #panel = null;
  /** That of the panel; `missing` when it could not be had. @type {Step | 'missing' | null} */
  #step = null;
  #shown = false;
  #awaiting = false;

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
    if (step === this.#step) {
      if (this.#panel) this.#panel.view = scene;
      if (before) this.#announceBusy(scene, before);
      return;
    }
    const panel = PANELS[step];
    // The step of before stays until the panel has come.
    if (!panel && step !== 'loading') return void this.#awaitSteps();
    this.#step = step;
    this.#status.hush();
    if (!panel) return this.#showLoading(scene);
    this.#panel = panel();
    this.#panel.view = scene;
    this.#stage.replaceChildren(this.#panel);
    // The first thing shown leaves the focus where the browser put it, unless there is something to be told.
    if (this.#shown || state.notice) this.#takeFocus();
    // The focus is in the field: the state is said beside it.
    if (this.#shown && step === 'code') this.#status.announce(headingText(translator, state));
    this.#shown = true;
  }

  /** @param {Scene} scene */
  #showLoading({ level, translator: { t } }) {
    this.#panel = null;
    this.#stage.replaceChildren(h(`h${level}`, { class: 'plain loading' }, t('page.loading')));
  }

  async #awaitSteps() {
    if (this.#awaiting) return;
    this.#awaiting = true;
    if (!this.#panel && this.#step !== 'missing' && this.view) this.#showLoading(this.view);
    const early = loading !== null;
    let result = await loadSteps();
    // What was asked for before it was needed has used up some of its time, and may have met a worse moment.
    if (early && result === 'away') result = await loadSteps();
    this.#awaiting = false;
    const { view } = this;
    if (!view || stepOf(view.state) === this.#step) return;
    if (result === 'here') this.update(view, null);
    else if (this.#step !== 'missing') this.#showMissing(view, result);
  }

  /** What stands in for a step that could not be had: as if the service could not be reached. @param {Scene} scene @param {'away' | 'other'} result */
  #showMissing({ state, level, translator }, result) {
    const { title, detail } = problemText(translator, state.problem?.error ?? ownProblem('network'), { loading: true });
    const again = primaryButton({ type: 'button' });
    again.show(translator.t('action.retry'), false);
    again.button.addEventListener('click', () => {
      const { retry = null, back = null } = state.problem ?? {};
      // Our own page comes back to a verification, with modules that fit each other; to a form that was filled in it would not.
      if (result === 'other' && level === 1 && back !== 'phone') return location.reload();
      this.#step = null;
      if (retry) this.tell('retry-requested', null);
      else if (result === 'other' && back) this.tell('back-requested', null);
      else void this.#awaitSteps();
    });
    // By the name of the step of problems it looks like that.
    const panel = document.createElement('phone-verification-problem-panel');
    panel.append(mark('alert'), h(`h${level}`, { class: 'heading', tabindex: '-1' }, title), h('p', { class: 'why' }, detail), again.button);
    this.#panel = null;
    this.#step = 'missing';
    this.#stage.replaceChildren(panel);
    if (this.#shown) this.#takeFocus();
    this.#shown = true;
  }

  /** What is to be filled in or read next. @returns {HTMLElement | null} */
  get field() {
    return codeFieldOf(this.#panel) ?? this.#stage.querySelector('#phone-number') ?? this.#stage.querySelector('.heading');
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
    window.addEventListener('online', () => this.#step === 'missing' && void this.#awaitSteps(), { signal });
    // Who touches the form will soon need the next step.
    for (const type of ['focusin', 'pointerdown', 'input']) this.addEventListener(type, () => void loadSteps(), { signal, once: true });
    // The second press of a double click would fall on whatever the next step has put in that place (A74).
    for (const type of /** @type {const} */ (['mousedown', 'click'])) this.addEventListener(type, dropRepeated, { signal, capture: true });
    onNews(this, 'status-changed', ({ text, unasked }) => (unasked ? this.#status.mention(text) : this.#status.announce(text)), signal);
  }

  /** What a sighted person sees on the button is said aloud too. @param {Scene} scene @param {Scene} before */
  #announceBusy({ state, translator: { t } }, before) {
    if (state.phase === before.state.phase) return;
    if (state.phase === 'starting') void loadSteps();
    if (state.phase === 'starting') this.#status.announce(t(`phone.busy_${state.form.channel}`));
    if (state.phase === 'checking') this.#status.announce(t('code.busy'));
    if (state.phase === 'resending') this.#status.announce(t(`resend.busy_${state.form.channel}`));
  }

  /** The field for a code is ready to be typed in; every other step begins with its heading (A42). */
  #takeFocus() {
    const target = codeFieldOf(this.#panel) ?? /** @type {HTMLElement | null} */ (this.#stage.querySelector('.heading'));
    target?.focus();
  }
}

/** @param {ViewElement<Scene> | null} panel @returns {HTMLElement | null} */
function codeFieldOf(panel) {
  return panel && 'first' in panel ? /** @type {CodeForm} */ (panel).first : null;
}

/** @param {MouseEvent} event */
function dropRepeated(event) {
  if (event.detail < 2 || !(event.target instanceof Element) || !event.target.closest('button')) return;
  event.preventDefault();
  event.stopPropagation();
}

/** Parts by the end of their names. They are made with `new`, never by name. @type {Readonly<Record<string, CustomElementConstructor>>} */
const PARTS = { 'live-status': LiveStatus, 'language-select': LanguageSelect, 'error-summary': ErrorSummary, 'phone-form': PhoneForm, flow: VerificationFlow };

/** @type {Set<CustomElementRegistry>} */
const registries = new Set();

/** Registers what has come so far, and later the rest. @param {CustomElementRegistry} registry */
export function defineParts(registry) {
  registries.add(registry);
  define(registry, PARTS);
}

/** Names begin with ours: a page that holds the element may have a `<phone-form>` of its own. @param {CustomElementRegistry} registry @param {typeof PARTS} parts */
function define(registry, parts) {
  for (const [name, part] of Object.entries(parts)) registry.define(`phone-verification-${name}`, part);
}

/** What the first screen does without. */
const LATER = ['../../state/progress.js', '../code-form/code-field.js', '../code-form/code-form.js', '../code-form/help.js', '../outcomes.js', '../timed-buttons.js'];

/** @type {Promise<'here' | 'away' | 'other'> | null} */
let loading = null;

/** @typedef {typeof import('../../state/progress.js')} Progress */

/** @type {(progress: Progress) => void} */
let tell = () => {};

/** What goes on beside the steps, once they are there. @type {Promise<Progress>} */
export const stepsCame = new Promise((resolve) => (tell = resolve));

/**
 * Loads the steps after the first one: `away` when they cannot be had now; `other` when what came does not fit, since the service
 * has another release than this page. The next call tries again.
 */
export function loadSteps() {
  loading ??= fetchSteps().then((result) => {
    if (result !== 'here') loading = null;
    return result;
  });
  return loading;
}

async function fetchSteps() {
  // Fetched first: a browser may remember for as long as the page lives that a module could not be had.
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const had = LATER.map(async (file) => {
    const answer = await fetch(new URL(file, import.meta.url), { signal });
    await answer.arrayBuffer();
    return answer.status;
  });
  const statuses = await Promise.all(had).catch(() => [0]);
  if (statuses.includes(404)) return 'other';
  if (statuses.some((status) => status !== 200)) return 'away';
  try {
    const [{ CodeForm }, { CodeEnded, ProblemPanel, SuccessPanel }, { ResendButton, TimedButtons }, progress] = await Promise.all([
      import('../code-form/code-form.js'), import('../outcomes.js'), import('../timed-buttons.js'), import('../../state/progress.js'),
    ]);
    const parts = { 'timed-buttons': TimedButtons, 'resend-button': ResendButton, 'code-form': CodeForm, 'code-ended': CodeEnded, 'problem-panel': ProblemPanel, 'success-panel': SuccessPanel };
    for (const registry of registries) define(registry, parts);
    Object.assign(PANELS, { code: () => new CodeForm(), ended: () => new CodeEnded(), problem: () => new ProblemPanel(), done: () => new SuccessPanel() });
    tell(progress);
    return 'here';
  } catch {
    return 'other';
  }
}
