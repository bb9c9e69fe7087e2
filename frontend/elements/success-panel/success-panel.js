/**
 * The last step: the number is proven.
 */

/** @import { Scene } from '../view-element.js' */

import { badge } from '../badge.js';
import { around, h } from '../dom.js';
import { numberElement } from '../number-text.js';
import { heading } from '../verification-flow/headings.js';
import { ViewElement } from '../view-element.js';

/** `<success-panel>` @extends {ViewElement<Scene>} */
export class SuccessPanel extends ViewElement {
  /** @override @param {Scene} scene */
  build(scene) {
    const { t } = scene.translator;
    const again = h('button', { type: 'button', class: 'button button-secondary' }, t('done.again'));
    again.addEventListener('click', () => this.tell('start-over-requested', null));
    this.append(
      badge('done'),
      heading(scene),
      h('p', {}, ...around((number) => t('done.detail', { number }), numberElement(scene))),
      h('div', { class: 'actions' }, again),
    );
  }
}
