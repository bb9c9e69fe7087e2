/**
 * What went wrong, in a place of its own below the button: a failure of the way or the service, or several faults at
 * once, which lead to their fields (A40). A single fault stands at its field.
 */

/** @import { Scene } from '../view-element.js' */
/** @import { Field } from '../../state/types.js' */

import { faultText, problemText } from '../../i18n/translator.js';
import { h } from '../dom.js';
import { icon } from '../icons.js';
import { referenceLine } from '../pieces.js';
import { ViewElement } from '../view-element.js';

/**
 * @typedef {Scene & { controls: Partial<Record<Field, HTMLElement>>, codeLength: number, checking: boolean, shown: boolean }} SummaryView
 * `shown`: whether faults are listed here; a notice always is
 */

/** `<error-summary>`: shows the faults or the notice of a state, or nothing. @extends {ViewElement<SummaryView>} */
export class ErrorSummary extends ViewElement {
  /** @override @param {SummaryView} view @param {SummaryView | null} before */
  update(view, before) {
    const { faults, notice } = view.state;
    if (before && before.state.faults === faults && before.state.notice === notice) return;
    this.replaceChildren(...(faults.length > 0 && view.shown ? [this.#faults(view)] : notice ? [this.#notice(view)] : []));
  }

  /** Moves the focus to the box, when there is one. */
  takeFocus() {
    const box = this.querySelector('.summary');
    if (box instanceof HTMLElement) box.focus();
  }

  /** @param {SummaryView} view */
  #faults({ state, translator, controls, codeLength }) {
    const items = state.faults.map((fault) => {
      const control = controls[fault.field];
      const text = faultText(translator, fault, codeLength);
      if (!control) return h('li', {}, text);
      const link = h('a', { href: `#${control.id}` }, text);
      link.addEventListener('click', (event) => {
        // Following the link itself would put an entry into the history of the flow.
        event.preventDefault();
        control.focus();
        if (control instanceof HTMLInputElement && control.type !== 'radio') control.select();
      });
      return h('li', {}, link);
    });
    return box(this.#level, translator.t('error.heading'), h('ul', {}, ...items));
  }

  /** @param {SummaryView} view */
  #notice(view) {
    const { state: { notice }, translator, checking } = view;
    if (!notice) return box(this.#level, '');
    const { title, detail, next, reference } = problemText(translator, notice, { checking });
    const say = (/** @type {string} */ text) => this.tell('status-changed', { text });
    return box(this.#level, title, h('p', {}, detail), next && h('p', {}, next), referenceLine(view, reference, say));
  }

  get #level() {
    return (this.view?.level ?? 1) + 1;
  }
}

/** @param {number} level @param {string} title @param {...(Node | string | null)} content */
function box(level, title, ...content) {
  const heading = h(level === 2 ? 'h2' : 'h3', { id: 'summary-title' }, title);
  const parts = content.filter((part) => part !== '' && part !== null);
  return h('div', { class: 'summary', tabindex: '-1', 'aria-labelledby': 'summary-title', role: 'group' }, icon('alert'), h('div', { role: 'alert' }, heading, ...parts));
}
