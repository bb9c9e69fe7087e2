/**
 * Which languages the page speaks and how one is picked. A further language is one more line in `LOADERS`.
 */

/** @import { Messages } from './translator.js' */

import { en } from './en.js';

/** English is loaded with the page, so that there are always words. @type {Readonly<Record<string, () => Promise<Messages>>>} */
export const LOADERS = { en: () => Promise.resolve(en) };

export const FALLBACK = 'en';

/**
 * The first wanted language that the page speaks: exact, then by language alone, then English.
 * @param {readonly string[]} wanted BCP 47, best first
 * @param {readonly string[]} [spoken]
 */
export function pickLocale(wanted, spoken = Object.keys(LOADERS)) {
  for (const tag of wanted) {
    const exact = spoken.find((locale) => locale.toLowerCase() === tag.toLowerCase());
    const language = tag.split('-')[0]?.toLowerCase();
    const found = exact ?? spoken.find((locale) => locale.toLowerCase() === language);
    if (found) return found;
  }
  return FALLBACK;
}

/**
 * The language a call is asked to be spoken in: the person's own variety of the page's language, since
 * what is heard must match what is read (A36).
 * @param {string} page
 * @param {readonly string[]} wanted
 */
export function spokenLocale(page, wanted) {
  const language = page.split('-')[0];
  return wanted.find((tag) => tag.split('-')[0] === language) ?? page;
}
