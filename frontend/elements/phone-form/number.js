/**
 * Numbers: as they are typed, as the service folds them, as they will be dialled, and as they are read. Pure. Whether a number is
 * one, only the service decides (A15).
 */

/** @import { Channel, Region } from '../../api/types.js' */
/** @import { Fault, Form } from '../../state/types.js' */

/**
 * Where each run of ten decimal digits begins, all scripts of Unicode 15.1. Kept as a table because the
 * pattern `\p{Nd}` says that a character is a digit but not which.
 */
export const DIGIT_ZEROS = Object.freeze([
  0x30, 0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50, 0xed0, 0xf20,
  0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900,
  0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10, 0x104a0, 0x10d30, 0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0,
  0x11650, 0x116c0, 0x11730, 0x118e0, 0x11950, 0x11c50, 0x11d50, 0x11da0, 0x11f50, 0x16a60, 0x16ac0, 0x16b50, 0x1d7ce,
  0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6, 0x1e140, 0x1e2f0, 0x1e4f0, 0x1e950, 0x1fbf0,
]);

/** @type {ReadonlyMap<string, string>} */
const DIGITS = new Map(DIGIT_ZEROS.flatMap((zero) => Array.from({ length: 10 }, (_, value) => [String.fromCodePoint(zero + value), String(value)])));

/** Writes every decimal digit of any script as ASCII. @param {string} text */
export function foldDigits(text) {
  return text.replace(/\p{Nd}/gu, (digit) => DIGITS.get(digit) ?? digit);
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
