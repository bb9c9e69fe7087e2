/**
 * What is shown when a code can no longer be used: why, and the ways on. Never a dead end.
 */

/** @import { Scene } from '../view-element.js' */

import { problemText } from '../../i18n/translator.js';
import { h } from '../dom.js';
import { ErrorSummary } from '../error-summary/error-summary.js';
import { heading, mark, numberLine } from '../pieces.js';
import { ResendButton } from '../resend-button/resend-button.js';
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
    this.append(mark('ended'), heading(scene), numberLine(scene, () => this.tell('number-change-requested', null)), h('p', { class: 'why' }, detail), this.#resend, this.#summary);
  }

  /** @override @param {Scene} scene */
  update(scene) {
    this.#resend.view = { ...scene, prominent: true, codeAtHand: false };
    this.#summary.view = { ...scene, codeLength: 0, checking: false, controls: {}, shown: true };
  }
}
