/**
 * The choice of language, and what a person did in one language carried over to the view in another.
 */

/** @import { Scene } from '../types.js' */

import { OWN_NAMES } from '../../i18n/locales.js';
import { h, setText } from '../dom.js';
import { icon } from '../pieces.js';
import { ViewElement } from '../view-element.js';

/** `<language-select>`: each language is called by its own name. @extends {ViewElement<Scene>} */
export class LanguageSelect extends ViewElement {
  #select = h('select', { id: 'language', class: 'language-choice' });
  #face = h('span', { class: 'language-face', 'aria-hidden': 'true', translate: 'no' });

  /** @override @param {Scene} scene */
  build({ translator: { t } }) {
    this.#select.append(...Object.entries(OWN_NAMES).map(([locale, name]) => h('option', { value: locale, lang: locale }, name)));
    this.append(h('label', { for: this.#select.id, class: 'visually-hidden' }, t('page.language')), icon('globe'), this.#face, icon('chevron'), this.#select);
  }

  /** @override @param {Scene} scene */
  update({ translator }) {
    this.#select.value = translator.locale;
    setText(this.#face, OWN_NAMES[translator.locale] ?? translator.locale);
  }

  /** @override @param {AbortSignal} signal */
  listen(signal) {
    this.#select.addEventListener('change', () => this.tell('language-chosen', { locale: this.#select.value }), { signal });
  }
}

/**
 * Carries over what was typed and chosen, what was opened, and where the focus was. The choice of language is not: it is
 * what has just changed.
 * @param {Element} before @param {Element} after @param {string} focused id of what had the focus, or empty
 */
export function carryOver(before, after, focused) {
  for (const old of before.querySelectorAll('input, select:not(#language)')) {
    const now = twin(old.id, after);
    if (old instanceof HTMLInputElement && now instanceof HTMLInputElement) {
      now.value = old.value;
      now.checked = old.checked;
    } else if (old instanceof HTMLSelectElement && now instanceof HTMLSelectElement) now.value = old.value;
    now?.dispatchEvent(new Event('change', { bubbles: true }));
  }
  const opened = [...before.querySelectorAll('details')];
  for (const [index, details] of [...after.querySelectorAll('details')].entries()) details.open = opened[index]?.open ?? false;
  const target = focused ? twin(focused, after) : null;
  if (target instanceof HTMLElement) target.focus();
}

/** @param {string} id @param {Element} within */
function twin(id, within) {
  return within.querySelector(`#${CSS.escape(id)}`);
}
