/**
 * The steps without a field: the number is proven, the code can no longer be used, or something happened that the person
 * cannot mend by typing.
 */

/** @import { Scene } from './types.js' */

import { problemText } from '../i18n/translator.js';
import { h } from './dom.js';
import { ErrorSummary } from './messages.js';
import { heading, linkButton, mark, numberLine, referenceLine } from './pieces.js';
import { ResendButton, TimedButtons } from './timed-buttons.js';
import { onNews, ViewElement } from './view-element.js';

/** `<success-panel>`: on a page of its own it says what happens now; a page around it goes on by itself. @extends {ViewElement<Scene>} */
export class SuccessPanel extends ViewElement {
  /** @override @param {Scene} scene */
  build(scene) {
    const { t } = scene.translator;
    this.append(mark('done'), heading(scene), numberLine(scene));
    if (scene.level === 1) this.append(h('p', { class: 'why' }, t('done.detail')), h('div', { class: 'quiet' }, linkButton(t('done.again'), () => this.tell('start-over-requested', null))));
  }
}

/** `<code-ended>`: why, and the ways on; never a dead end. @extends {ViewElement<Scene>} */
export class CodeEnded extends ViewElement {
  #summary = new ErrorSummary();
  #resend = new ResendButton();

  /** @override @param {Scene} scene */
  build(scene) {
    const { state, translator } = scene;
    if (!state.ended) return;
    const { detail } = problemText(translator, state.ended);
    this.append(mark('ended'), heading(scene), numberLine(scene, () => this.tell('number-change-requested', null)), h('p', { class: 'why' }, detail), this.#resend, this.#summary);
  }

  /** @override @param {Scene} scene */
  update(scene) {
    this.#resend.view = { ...scene, prominent: true, codeAtHand: false };
    this.#summary.view = { ...scene, codeLength: 0, checking: false, controls: {}, shown: true };
  }
}

/** `<problem-panel>`: what happened, what next, a way on (A44). @extends {ViewElement<Scene>} */
export class ProblemPanel extends ViewElement {
  #retry = new TimedButtons();

  /** @override @param {Scene} scene */
  build(scene) {
    const { state: { problem, config }, translator } = scene;
    if (!problem) return;
    const { t } = translator;
    const { detail, next, reference } = problemText(translator, problem.error, { loading: problem.retry === 'load' });
    const change = () => this.tell('number-change-requested', null);
    this.append(mark('alert'), heading(scene), h('p', { class: 'why' }, detail, next && ` ${next}`));
    if (problem.retry) this.append(this.#retry);
    else if (config && !scene.fixed) this.append(this.#primary(t('action.other_number'), change));
    const quiet = h('div', { class: 'quiet' });
    if (problem.back === 'code') quiet.append(linkButton(t('action.back_to_code'), () => this.tell('back-requested', null)));
    if (config && problem.retry && !scene.fixed) quiet.append(linkButton(t('action.other_number'), change));
    this.append(quiet, referenceLine(scene, reference, (text) => this.tell('status-changed', { text })) ?? '');
  }

  /** @override @param {Scene} scene */
  update({ state: { problem }, translator, now }) {
    this.#retry.view = {
      actions: [{ name: 'retry', label: translator.t('action.retry'), look: 'primary' }],
      until: problem?.retryAt ?? null,
      busy: null,
      waitKey: 'action.retry_wait',
      nowKey: 'action.retry_now',
      translator,
      now,
    };
  }

  /** @override @param {AbortSignal} signal */
  listen(signal) {
    onNews(this, 'action-pressed', () => this.tell('retry-requested', null), signal);
  }

  /** @param {string} label @param {() => void} press */
  #primary(label, press) {
    const button = h('button', { type: 'button', class: 'button button-primary' }, h('span', { class: 'words' }, label));
    button.addEventListener('click', press);
    return button;
  }
}
