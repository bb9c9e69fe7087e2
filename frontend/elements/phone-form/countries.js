/**
 * The list of countries at the start of the number: a native list, drawn as its own short text, with the countries
 * that are likely for the person first. What a number says about its country is in `phone.js`.
 */

/** @import { Config } from '../../api/types.js' */
/** @import { Translator } from '../../i18n/translator.js' */

import { h, setText } from '../dom.js';
import { icon } from '../pieces.js';
import { likelyRegions, namedRegions } from './phone.js';

/**
 * @param {Translator} translator @param {Config} config @param {readonly string[]} languages of the browser
 */
export function countryList({ t, locale }, { regions, default_region: first }, languages) {
  const select = h('select', { id: 'region', name: 'region', autocomplete: 'country' });
  const short = h('span', { class: 'country-short', dir: 'ltr', translate: 'no' });
  const named = namedRegions(regions, locale);
  const likely = [...new Set([...(first ? [first] : []), ...likelyRegions(languages)])].flatMap((region) => named.find((entry) => entry.region === region) ?? []);
  // The mark keeps "+31" from being turned round in a right-to-left list.
  const option = (/** @type {typeof named[number]} */ { region, name, callingCode }) => h('option', { value: region }, t('phone.country_option', { name, code: `\u200E${callingCode}\u200E` }));
  const rest = named.filter((entry) => !likely.includes(entry));
  select.append(h('option', { value: '' }, t('phone.country_choose')), ...likely.map(option), ...(likely.length > 0 && rest.length > 0 ? [h('hr')] : []), ...rest.map(option));
  const root = h('div', { class: 'country' }, h('span', { class: 'country-face', 'aria-hidden': 'true' }, short, icon('chevron')), h('label', { for: select.id, class: 'visually-hidden' }, t('phone.country')), select);
  return {
    root,
    select,
    /** Draws what is chosen. */
    show() {
      const chosen = regions.find(({ region }) => region === select.value);
      setText(short, chosen ? `${chosen.region} ${chosen.calling_code}` : '+');
    },
  };
}
