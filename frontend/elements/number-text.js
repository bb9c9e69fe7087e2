/**
 * A phone number inside a sentence: as an element that keeps its direction, and as plain words to be spoken.
 */

/** @import { Scene } from './view-element.js' */

import { h } from './dom.js';
import { readable } from './phone-form/phone.js';

/**
 * The number of the verification at hand, for a person.
 * @param {Scene} scene
 * @returns {string}
 */
export function numberText({ state, translator }) {
  const number = state.attempt?.verification.phone_number ?? '';
  const parts = readable(number, state.config?.regions ?? [], state.form.phoneNumber);
  return 'whole' in parts ? parts.whole : translator.t('code.number_ending', { digits: parts.lastDigits });
}

/** @param {Scene} scene @returns {HTMLElement} */
export function numberElement(scene) {
  return h('bdi', { class: 'number' }, numberText(scene));
}
