/**
 * What is shown when a code can no longer be used: why, and the two ways on. Never a dead end.
 */

/** @import { Scene } from '../view-element.js' */

import { problemText } from '../../i18n/problem-text.js';
import { badge } from '../badge.js';
import { around, h } from '../dom.js';
import { ErrorSummary } from '../error-summary/error-summary.js';
import { numberElement } from '../number-text.js';
import { ResendButton } from '../resend-button/resend-button.js';
import { heading } from '../verification-flow/headings.js';
import { ViewElement } from '../view-element.js';

/** `<code-ended>` @extends {ViewElement<Scene>} */
export class CodeEnded extends ViewElement {
  #summary = new ErrorSummary();
  #resend = new ResendButton();

  /** @override @param {Scene} scene */
  build(scene) {
    const { state, translator } = scene;
    if (!state.ended) return;
    const { detail } = problemText(translator, state.ended);
    const channel = state.attempt?.verification.channel ?? 'voice';
    this.append(
      this.#summary,
      badge('ended'),
      heading(scene),
      h('p', {}, detail),
      h('p', { class: 'note' }, ...around((number) => translator.t(`ended.to_${channel}`, { number }), numberElement(scene))),
      this.#resend,
      h('button', { type: 'button', class: 'button-link', 'data-change': true }, translator.t('code.change_number')),
    );
  }

  /** @override @param {Scene} scene @param {Scene | null} before */
  update(scene, before) {
    this.#resend.view = { ...scene, prominent: true };
    this.#summary.view = { ...scene, codeLength: 0, checking: false, controls: {} };
    if (before && before.state.notice !== scene.state.notice) this.#summary.takeFocus();
  }

  /** @override @param {AbortSignal} signal */
  listen(signal) {
    this.addEventListener('click', (event) => {
      if (event.target instanceof Element && event.target.closest('[data-change]')) this.tell('number-change-requested', null);
    }, { signal });
  }
}
