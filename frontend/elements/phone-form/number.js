/**
 * Numbers: as they are typed, as the service folds them, as they will be dialled, and as they are read. Pure. Whether a number is
 * one, only the service decides (A15).
 */

/** @import { Channel, Region } from '../../api/types.js' */
/** @import { Fault, Form } from '../../state/types.js' */

const DIGIT = /\p{Nd}/u;

/** Writes every decimal digit of any script as ASCII: they stand in unbroken runs of ten. @param {string} text */
export function foldDigits(text) {
  return text.replace(/\p{Nd}/gu, (digit) => {
    const point = digit.codePointAt(0) ?? 0;
    let first = point;
    while (DIGIT.test(String.fromCodePoint(first - 1))) first -= 1;
    return String((point - first) % 10);
  });
}

/** White space, and marks that take no room on a screen and come along with a paste. */
const BLANK = '\\p{White_Space}\\u00AD\\u061C\\u180E\\u200B-\\u200F\\u202A-\\u202E\\u2060-\\u2069\\uFEFF';

const LEADING = new RegExp(`^[${BLANK}]+`, 'u');

/** A pause leads to an extension, unless nothing follows it. */
const TRAILING = new RegExp(`[${BLANK},;，；]+$`, 'u');

/** What people write between digits: the service skips just these. */
const BETWEEN = new RegExp(`[${BLANK}\\-._\\u2010-\\u2015\\u2212\\uFF0D/()[\\]~（）［］．／ー⁓∼～]`, 'gu');

/** The fewest digits of a number with its country code, anywhere, and the most (E.164). */
const FEWEST = 8;
const MOST = 15;

/**
 * Beginnings after which a plan may drop or move digits: a 0, 1 or 8 that is dialled only from within the
 * country, the 15 of Argentina, and the 1 that Mexico had until 2019. A test finds the one that is missing.
 */
const MAY_CHANGE = /^(?:54|521|(?:1|692)1|(?:7|993)8)/;

/**
 * The digits without the `+` or `00` that makes a number international; null when something in it belongs to no number.
 * @param {string} typed
 */
export function fold(typed) {
  const plain = foldDigits(typed).replace(LEADING, '').replace(TRAILING, '').replace(/^tel:/i, '').replace(/[+＋]+/, '+').replace(BETWEEN, '');
  if (!/^\+?\d*$/.test(plain)) return null;
  const prefix = /^(?:\+|00)/.exec(plain)?.[0] ?? '';
  return { international: prefix !== '', digits: plain.slice(prefix.length) };
}

/**
 * The number that will be dialled, in E.164, or null where the page cannot be certain: what a national number becomes depends on
 * rules that only the service has (A7).
 * @param {string} typed @param {readonly Region[]} regions those that are open
 */
export function dialled(typed, regions) {
  const written = fold(typed);
  if (!written?.international) return null;
  const { digits } = written;
  const code = regions.map(({ calling_code }) => calling_code.slice(1)).find((open) => digits.startsWith(open));
  if (code === undefined || digits.length < FEWEST || digits.length > MOST) return null;
  return MAY_CHANGE.test(digits) || digits[code.length] === '0' ? null : `+${digits}`;
}

/** What the page can tell is missing without asking. @param {Form} form @returns {Fault[]} */
export function missing(form) {
  const written = fold(form.phoneNumber);
  if (written === null || written.international) return [];
  if (written.digits === '') return [{ field: 'phone_number', code: 'required', detail: '' }];
  return form.region === '' ? [{ field: 'region', code: 'required', detail: '' }] : [];
}

/**
 * What a person is asked to choose from when the digits may be two numbers: each written so that it is no other one.
 * The likelier one comes first.
 * @param {readonly Fault[]} faults @param {readonly Region[]} regions
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
 * @param {readonly Fault[]} faults @param {readonly Channel[]} open @returns {Channel | null}
 */
export function insteadOfText(faults, open) {
  return faults.some(({ code }) => code === 'landline') && open.includes('voice') ? 'voice' : null;
}

/**
 * A number for reading: grouped as the person typed it when that is the same number in international
 * form, else the calling code apart and the rest in groups. Masked numbers give their last digits only.
 * @param {string} number E.164, whole or with `*` @param {readonly Region[]} regions @param {string} [typed]
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
