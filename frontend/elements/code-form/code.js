/**
 * Reads a code out of what a person typed or pasted: other digits, spaces, a whole sentence (A5, A22).
 * Pure. The service folds and judges again; this only spares a round trip.
 */

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

/**
 * Writes every decimal digit of any script as ASCII and leaves the rest alone.
 * @param {string} text
 */
export function foldDigits(text) {
  return text.replace(/\p{Nd}/gu, (digit) => DIGITS.get(digit) ?? digit);
}

/** @typedef {{ ok: true, code: string } | { ok: false, fault: 'code_empty' | 'code_letters' | 'code_too_short' | 'code_too_long' }} CodeReading */

/**
 * Finds the code of `length` digits in `text`.
 * @param {string} text
 * @param {number} length
 * @returns {CodeReading}
 */
export function readCode(text, length) {
  const folded = foldDigits(text).replace(/\p{Cf}/gu, '').trim();
  if (folded === '') return { ok: false, fault: 'code_empty' };
  const digits = folded.replace(/\D/g, '');
  if (digits.length === length) return { ok: true, code: digits };
  // A pasted message may hold other numbers ("… 123 456. It works for 10 minutes") or the code twice: take what fits.
  const runs = (folded.match(/\d(?:[\s\p{Pd}.]?\d)*/gu) ?? []).map((run) => run.replace(/\D/g, ''));
  const [code, another] = new Set(runs.filter((run) => run.length === length));
  if (code !== undefined && another === undefined) return { ok: true, code };
  if (/\p{L}/u.test(folded)) return { ok: false, fault: 'code_letters' };
  return { ok: false, fault: digits.length < length ? 'code_too_short' : 'code_too_long' };
}
