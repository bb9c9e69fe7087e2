/**
 * A page of its own for what the person cannot mend by typing: what happened, what next, a way on (A44).
 */

/** @import { Scene } from '../view-element.js' */

import { problemText } from '../../i18n/problem-text.js';
import { badge } from '../badge.js';
import { h } from '../dom.js';
import { referenceLine } from '../reference.js';
import { TimedButtons } from '../timed-buttons/timed-buttons.js';
import { heading } from '../verification-flow/headings.js';
import { onNews, ViewElement } from '../view-element.js';

/** `<problem-panel>` @extends {ViewElement<Scene>} */
export class ProblemPanel extends ViewElement {
  #retry = new TimedButtons();

  /** @override @param {Scene} scene */
  build(scene) {
    const { state: { problem, config }, translator } = scene;
    if (!problem) return;
    const { t } = translator;
    const { detail, next, reference } = problemText(translator, problem.error);
    this.append(
      badge('problem'),
      heading(scene),
      h('p', {}, detail),
      next && h('p', {}, next),
    );
    if (problem.retry) this.append(this.#retry);
    if (problem.back === 'code') this.append(this.#button('back-requested', t('action.back_to_code')));
    if (config) this.append(this.#button('number-change-requested', t('action.other_number'), problem.retry === null));
    this.append(referenceLine(translator, reference));
  }

  /** @override @param {Scene} scene */
  update({ state: { problem }, translator, now }) {
    this.#retry.view = {
      actions: [{ name: 'retry', label: translator.t('action.retry'), look: 'primary' }],
      until: problem?.retryAt ?? null,
      busy: false,
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

  /** @param {'back-requested' | 'number-change-requested'} news @param {string} label @param {boolean} [primary] */
  #button(news, label, primary = false) {
    const button = h('button', { type: 'button', class: primary ? 'button button-primary button-wide' : 'button-link' }, label);
    button.addEventListener('click', () => this.tell(news, null));
    return h('div', { class: 'actions' }, button);
  }
}
