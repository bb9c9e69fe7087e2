/**
 * The line with the reference of a problem. It is read out to other people and copied, so it keeps its direction:
 * among letters that run from right to left its groups would change places.
 */

/** @import { Translator } from '../i18n/translator.js' */

import { around, h } from './dom.js';

/** @param {Translator} translator @param {string} reference empty for none */
export function referenceLine({ t }, reference) {
  return reference && h('p', { class: 'reference' }, ...around((slot) => t('error.reference', { reference: slot }), h('bdi', { dir: 'ltr' }, reference)));
}
