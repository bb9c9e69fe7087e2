/**
 * Reads a typed number as the service folds it, and says what will be dialled where that is certain: for a
 * number with its country code. What a national number becomes depends on rules of each country that only
 * the service has; it is shown as soon as the service has answered (A7, A15). Pure.
 */

/** @import { Region } from '../../api/types.js' */

import { foldDigits } from '../code-form/code.js';

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
 * @typedef {object} Written
 * @property {boolean} international it names its country, by `+` or `00`
 * @property {string} digits without that `+` or `00`
 */

/**
 * @param {string} typed
 * @returns {Written | null} null when something in it belongs to no number
 */
export function fold(typed) {
  const plain = foldDigits(typed).replace(LEADING, '').replace(TRAILING, '').replace(/^tel:/i, '').replace(/[+＋]+/, '+').replace(BETWEEN, '');
  if (!/^\+?\d*$/.test(plain)) return null;
  const prefix = /^(?:\+|00)/.exec(plain)?.[0] ?? '';
  return { international: prefix !== '', digits: plain.slice(prefix.length) };
}

/**
 * The number that will be dialled, in E.164, or null where the page cannot be certain.
 * @param {string} typed
 * @param {readonly Region[]} regions those that are open
 * @returns {string | null}
 */
export function dialled(typed, regions) {
  const written = fold(typed);
  if (!written?.international) return null;
  const { digits } = written;
  const code = regions.map(({ calling_code }) => calling_code.slice(1)).find((open) => digits.startsWith(open));
  if (code === undefined || digits.length < FEWEST || digits.length > MOST) return null;
  return MAY_CHANGE.test(digits) || digits[code.length] === '0' ? null : `+${digits}`;
}
