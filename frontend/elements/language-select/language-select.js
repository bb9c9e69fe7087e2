/**
 * The language of the words, to be changed at any time; each language is called by its own name. Loads nothing
 * and keeps nothing: the choice is told.
 */

/** @import { Scene } from '../view-element.js' */

import { languageName, LOADERS } from '../../i18n/locales.js';
import { h, setText } from '../dom.js';
import { icon } from '../icons.js';
import { ViewElement } from '../view-element.js';

/** `<language-select>` @extends {ViewElement<Scene>} */
export class LanguageSelect extends ViewElement {
  #select = h('select', { id: 'language', class: 'language-choice' });
  #face = h('span', { class: 'language-face', 'aria-hidden': 'true', translate: 'no' });

  /** @override @param {Scene} scene */
  build({ translator: { t } }) {
    this.#select.append(...ownNames().map(({ locale, name }) => h('option', { value: locale, lang: locale }, name)));
    this.append(h('label', { for: this.#select.id, class: 'visually-hidden' }, t('page.language')), icon('globe'), this.#face, icon('chevron'), this.#select);
  }

  /** @override @param {Scene} scene */
  update({ translator }) {
    this.#select.value = translator.locale;
    setText(this.#face, languageName(translator.locale, translator.locale));
  }

  /** @override @param {AbortSignal} signal */
  listen(signal) {
    this.#select.addEventListener('change', () => this.tell('language-chosen', { locale: this.#select.value }), { signal });
  }
}

/** Every language in its own words, in an order that does not depend on the present one. */
function ownNames() {
  return Object.keys(LOADERS)
    .map((locale) => ({ locale, name: languageName(locale, locale) }))
    .sort((a, b) => a.name.localeCompare(b.name, 'en'));
}
