/**
 * A page of its own for what the person cannot mend by typing: what happened, what next, a way on (A44).
 */

/** @import { Scene } from '../view-element.js' */

import { problemText } from '../../i18n/translator.js';
import { h } from '../dom.js';
import { heading, linkButton, mark, referenceLine } from '../pieces.js';
import { TimedButtons } from '../timed-buttons/timed-buttons.js';
import { onNews, ViewElement } from '../view-element.js';

/** `<problem-panel>` @extends {ViewElement<Scene>} */
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
