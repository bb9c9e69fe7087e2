/**
 * The last step: the number is proven. On a page of its own it says what happens now; a page around it goes on by itself.
 */

/** @import { Scene } from '../view-element.js' */

import { h } from '../dom.js';
import { heading, linkButton, mark, numberLine } from '../pieces.js';
import { ViewElement } from '../view-element.js';

/** `<success-panel>` @extends {ViewElement<Scene>} */
export class SuccessPanel extends ViewElement {
  /** @override @param {Scene} scene */
  build(scene) {
    const { t } = scene.translator;
    this.append(mark('done'), heading(scene), numberLine(scene));
    if (scene.level === 1) this.append(h('p', { class: 'why' }, t('done.detail')), h('div', { class: 'quiet' }, linkButton(t('done.again'), () => this.tell('start-over-requested', null))));
  }
}
