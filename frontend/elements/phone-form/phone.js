/**
 * Helpers of the phone step: what is missing before the service is asked, which country a typed number
 * names, and how a number is shown. Pure. The service alone decides whether a number is valid (A15).
 */

/** @import { Channel, Config, Region } from '../../api/types.js' */
/** @import { Fault, Form } from '../../state/types.js' */

import { foldDigits } from '../code-form/code.js';
import { fold } from './dialled.js';

/**
 * The region a number in international form belongs to, among those that are open: the longest calling
 * code wins; among regions that share it the chosen one stays (A10).
 * @param {string} typed
 * @param {readonly Region[]} regions
 * @param {string} chosen
 * @returns {string} the region, or `chosen` when the number does not say
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
 * @param {Config} config
 * @param {string} region
 * @returns {readonly Channel[]}
 */
export function channelsFor(config, region) {
  const found = config.regions.find((entry) => entry.region === region);
  return found ? config.channels.filter((channel) => found.channels.includes(channel)) : config.channels;
}

/**
 * What the page can tell is missing without asking.
 * @param {Form} form
 * @returns {Fault[]}
 */
export function missing(form) {
  const written = fold(form.phoneNumber);
  if (written === null || written.international) return [];
  if (written.digits === '') return [{ field: 'phone_number', code: 'required', detail: '' }];
  return form.region === '' ? [{ field: 'region', code: 'required', detail: '' }] : [];
}

/**
 * What a person is asked to choose from when the digits may be two numbers: each written so that it is no other one.
 * @param {readonly Fault[]} faults
 * @param {readonly Region[]} regions
 * @returns {{ phoneNumber: string, shown: string }[]} the likelier one first; empty when there is nothing to choose
 */
export function readingsOf(faults, regions) {
  const readings = faults.find(({ code }) => code === 'ambiguous')?.readings ?? [];
  return readings.map((number) => {
    const shown = readable(number, regions);
    return { phoneNumber: number, shown: 'whole' in shown ? shown.whole : number };
  });
}

/**
 * The way that is open instead, when a message cannot reach the number; null when that is not what went wrong.
 * @param {readonly Fault[]} faults
 * @param {readonly Channel[]} open
 * @returns {Channel | null}
 */
export function insteadOfText(faults, open) {
  return faults.some(({ code }) => code === 'landline') && open.includes('voice') ? 'voice' : null;
}

/**
 * The region to begin with: the service's default, else the likeliest by the browser's languages, else none (A13).
 * @param {Config} config
 * @param {readonly string[]} languages
 */
export function firstRegion(config, languages) {
  const open = (/** @type {string} */ region) => config.regions.some((entry) => entry.region === region);
  if (config.default_region && open(config.default_region)) return config.default_region;
  return likelyRegions(languages).find(open) ?? '';
}

/**
 * Regions that the browser's languages name, likeliest first: as they are written, else as they are mostly spoken.
 * @param {readonly string[]} languages
 * @returns {string[]}
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
 * @param {readonly Region[]} regions
 * @param {string} locale
 * @returns {{ region: string, name: string, callingCode: string }[]}
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

/**
 * A number for reading: grouped as the person typed it when that is the same number in international
 * form, else the calling code apart and the rest in groups. Masked numbers give their last digits only.
 * @param {string} number E.164, whole or with `*`
 * @param {readonly Region[]} regions
 * @param {string} [typed]
 * @returns {{ whole: string } | { lastDigits: string }}
 */
export function readable(number, regions, typed = '') {
  const own = foldDigits(typed).normalize('NFKC').trim();
  if (/^\+\d[\d ]*$/.test(own) && own.replace(/ /g, '') === number) return { whole: own.replace(/ +/g, ' ') };
  const masked = /\*+(\d*)$/.exec(number);
  if (masked) return { lastDigits: masked[1] ?? '' };
  const code = regions
    .map(({ calling_code }) => calling_code)
    .filter((callingCode) => number.startsWith(callingCode))
    .reduce((longest, callingCode) => (callingCode.length > longest.length ? callingCode : longest), '');
  const rest = number.slice(code.length);
  if (code === '+1' && rest.length === 10) return { whole: `+1 ${rest.slice(0, 3)} ${rest.slice(3, 6)} ${rest.slice(6)}` };
  return { whole: [code, ...groups(rest)].filter(Boolean).join(' ') };
}

/** Groups of three; a lone last digit joins the group before it. @param {string} digits */
function groups(digits) {
  const found = digits.match(/\d{1,3}/g) ?? [];
  const last = found.at(-1);
  if (found.length > 1 && last?.length === 1) found.splice(-2, 2, (found.at(-2) ?? '') + last);
  return found;
}
