/**
 * The box above a form that says what is wrong, takes the focus, and leads to the fields (A40).
 */

/** @import { Scene } from '../view-element.js' */
/** @import { Field } from '../../state/machine.js' */

import { faultText, problemText } from '../../i18n/problem-text.js';
import { h } from '../dom.js';
import { referenceLine } from '../reference.js';
import { ViewElement } from '../view-element.js';

/**
 * @typedef {Scene & { controls: Partial<Record<Field, HTMLElement>>, codeLength: number, checking: boolean }} SummaryView
 */

/** `<error-summary>`: shows the faults or the notice of a state, or nothing. @extends {ViewElement<SummaryView>} */
export class ErrorSummary extends ViewElement {
  /** @override @param {SummaryView} view @param {SummaryView | null} before */
  update(view, before) {
    const { faults, notice } = view.state;
    if (before && before.state.faults === faults && before.state.notice === notice) return;
    this.replaceChildren(...(faults.length > 0 ? [this.#faults(view)] : notice ? [this.#notice(view)] : []));
  }

  /** Moves the focus to the box, when there is one. Says whether there was. */
  takeFocus() {
    const box = this.querySelector('.summary');
    if (!(box instanceof HTMLElement)) return false;
    box.focus();
    return true;
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
    return box(translator.t('error.heading'), h('ul', {}, ...items));
  }

  /** @param {SummaryView} view */
  #notice({ state, translator, checking }) {
    if (!state.notice) return box('');
    const { title, detail, next, reference } = problemText(translator, state.notice, { checking });
    return box(title, h('p', {}, detail), next && h('p', {}, next), referenceLine(translator, reference));
  }
}

/** @param {string} title @param {...(Node | string)} content */
function box(title, ...content) {
  const heading = h('h2', { id: 'summary-title' }, title);
  return h('div', { class: 'summary', tabindex: '-1', 'aria-labelledby': 'summary-title', role: 'group' }, h('div', { role: 'alert' }, heading, ...content.filter((part) => part !== '')));
}
