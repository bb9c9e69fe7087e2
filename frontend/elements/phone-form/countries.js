/**
 * Countries: their list, which are likely, which one a number names, and which ways are open to each.
 */

/** @import { Channel, Config, Region } from '../../api/types.js' */
/** @import { Translator } from '../../i18n/types.js' */

import { h, setText } from '../dom.js';
import { icon } from '../pieces.js';
import { fold } from './number.js';

/**
 * A native list, drawn as its own short text, with the countries that are likely for the person first.
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

/**
 * The open region that a number names by the longest calling code; the chosen one where it shares that code, or the number
 * names none (A10).
 * @param {string} typed @param {readonly Region[]} regions @param {string} chosen
 */
export function regionOf(typed, regions, chosen) {
  const written = fold(typed);
  if (!written?.international || written.digits === '') return chosen;
  const { digits } = written;
  const fits = regions.filter(({ calling_code }) => digits.startsWith(calling_code.slice(1)));
  const longest = Math.max(...fits.map(({ calling_code }) => calling_code.length));
  const candidates = fits.filter(({ calling_code }) => calling_code.length === longest);
  if (candidates.some(({ region }) => region === chosen)) return chosen;
  return candidates.length === 1 ? (candidates[0]?.region ?? chosen) : (mainRegion(candidates) ?? chosen);
}

/** The region people mean by a calling code that several share. @type {Readonly<Record<string, string>>} */
const MAIN_REGION = { '+1': 'US', '+7': 'RU', '+39': 'IT', '+44': 'GB', '+47': 'NO', '+61': 'AU', '+212': 'MA', '+262': 'RE', '+358': 'FI', '+590': 'GP', '+599': 'CW' };

/** @param {readonly Region[]} candidates */
function mainRegion(candidates) {
  const first = candidates[0];
  const main = first && MAIN_REGION[first.calling_code];
  return candidates.find(({ region }) => region === main)?.region;
}

/**
 * The channels on offer for a region; for none chosen, all that are offered anywhere.
 * @param {Config} config @param {string} region @returns {readonly Channel[]}
 */
export function channelsFor(config, region) {
  const found = config.regions.find((entry) => entry.region === region);
  return found ? config.channels.filter((channel) => found.channels.includes(channel)) : config.channels;
}

/**
 * The region to begin with: the service's default, else the likeliest by the browser's languages, else none (A13).
 * @param {Config} config @param {readonly string[]} languages
 */
export function firstRegion(config, languages) {
  const open = (/** @type {string} */ region) => config.regions.some((entry) => entry.region === region);
  if (config.default_region && open(config.default_region)) return config.default_region;
  return likelyRegions(languages).find(open) ?? '';
}

/**
 * Regions that the browser's languages name, likeliest first: as they are written, else as they are mostly spoken.
 * @param {readonly string[]} languages
 */
export function likelyRegions(languages) {
  const found = languages.flatMap((language) => {
    try {
      return new Intl.Locale(language).maximize().region ?? [];
    } catch {
      return [];
    }
  });
  return [...new Set(found)];
}

/**
 * Regions with their names in the language of the page, in its alphabetical order (A12).
 * @param {readonly Region[]} regions @param {string} locale
 */
export function namedRegions(regions, locale) {
  /** @type {(region: string) => string} */
  let nameOf = (region) => region;
  let compare = (/** @type {string} */ a, /** @type {string} */ b) => (a < b ? -1 : Number(a > b));
  try {
    const names = new Intl.DisplayNames([locale], { type: 'region' });
    nameOf = (region) => {
      try {
        return names.of(region) ?? region;
      } catch {
        return region;
      }
    };
    compare = new Intl.Collator(locale).compare;
  } catch {
    // Without names for this language the codes themselves are listed.
  }
  return regions
    .map(({ region, calling_code }) => ({ region, name: nameOf(region), callingCode: calling_code }))
    .sort((a, b) => compare(a.name, b.name));
}
