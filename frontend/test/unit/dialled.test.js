/**
 * Reading a typed number as the service does. The service is tested against the same file of numbers, which
 * was made with Google's own parser, so that page and service agree because both agree with it (A15).
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { dialled, fold, missing } from '../../elements/phone-form/number.js';
import { DIGIT_ZEROS } from './fixtures.js';

/** @import { Region } from '../../api/types.js' */

/** @typedef {{ input: string, region: string | null, e164: string | null, valid: boolean }} Row */

/** @type {Row[]} */
const ROWS = JSON.parse(readFileSync(new URL('../../../backend/crates/verification/fixtures/phone-numbers.json', import.meta.url), 'utf8'));

/** All calling codes there are, as a service that is open to every region lists them. */
const CODES = ('1 20 211 212 213 216 218 220 221 222 223 224 225 226 227 228 229 230 231 232 233 234 235 236 237 238 239 240 241 242 243 244 245 246 247 248 249 250 251 252 '
  + '253 254 255 256 257 258 260 261 262 263 264 265 266 267 268 269 27 290 291 297 298 299 30 31 32 33 34 350 351 352 353 354 355 356 357 358 359 36 370 371 372 373 374 375 376 '
  + '377 378 380 381 382 383 385 386 387 389 39 40 41 420 421 423 43 44 45 46 47 48 49 500 501 502 503 504 505 506 507 508 509 51 52 53 54 55 56 57 58 590 591 592 593 594 595 596 '
  + '597 598 599 60 61 62 63 64 65 66 670 672 673 674 675 676 677 678 679 680 681 682 683 685 686 687 688 689 690 691 692 7 81 82 84 850 852 853 855 856 86 880 886 90 91 92 93 94 '
  + '95 960 961 962 963 964 965 966 967 968 970 971 972 973 974 975 976 977 98 992 993 994 995 996 998').split(' ');

/** @type {Region[]} */
const REGIONS = CODES.map((code) => ({ region: `R${code}`, calling_code: `+${code}`, channels: ['voice'] }));

/**
 * Ways of writing one number, and texts that are none, the same for the service.
 * @type {{ number: string, same: string[], none: string[] }}
 */
const WRITTEN = JSON.parse(readFileSync(new URL('../../../backend/crates/verification/fixtures/ways-of-writing.json', import.meta.url), 'utf8'));

test('A4: all common ways of writing a number are read as the same one', () => {
  assert.ok(new Set(WRITTEN.same).size >= 70, `${new Set(WRITTEN.same).size}`);
  for (const typed of WRITTEN.same) assert.equal(dialled(typed, REGIONS), WRITTEN.number, JSON.stringify(typed));
});

for (const zero of DIGIT_ZEROS) {
  test(`A5: digits from U+${zero.toString(16).toUpperCase()} on are read`, () => {
    const typed = '+44 20 7946 0123'.replace(/\d/g, (digit) => String.fromCodePoint(zero + Number(digit)));
    assert.equal(dialled(typed, REGIONS), '+442079460123');
  });
}

test('what belongs to no number is not read as one', () => {
  for (const typed of WRITTEN.none) assert.equal(fold(typed), null, typed);
});

test('A7: nothing is promised where only the service knows: national numbers, a 0 in brackets, too few digits, a closed country', () => {
  for (const typed of ['020 7946 0000', '+44 (0)20 7946 0000', '+44 020 7946 0000', '+44 20 7', '+', '', '+44 20 7946 0000 0000', '+7 8 912 345 67 89', '+1 1 202 555 0190', '+54 11 15 2345 6789', '+52 1 55 1234 5678', '+999 1234 5678']) {
    assert.equal(dialled(typed, REGIONS), null, typed);
  }
  assert.equal(dialled('+44 20 7946 0000', REGIONS.filter(({ calling_code }) => calling_code !== '+44')), null);
});

test('A15: for every number on file, what the page promises is what the service dials', () => {
  let promised = 0;
  for (const { input, e164, valid } of ROWS) {
    const claim = dialled(input, REGIONS);
    if (claim === null || !valid) continue;
    assert.equal(claim, e164, input);
    promised += 1;
  }
  assert.ok(promised > 500, `${promised} of ${ROWS.length}`);
});

test('A15: of ten thousand ways to write them, the page promises the right number or none', () => {
  const numbers = [...new Set(ROWS.flatMap(({ e164 }) => e164 ?? []))];
  const random = generator(20261125);
  const pick = (/** @type {readonly string[]} */ list) => list[random(list.length)] ?? '';
  let promised = 0;
  for (let round = 0; round < 10_000; round += 1) {
    const e164 = pick(numbers);
    const code = CODES.find((known) => e164.startsWith(known, 1)) ?? '';
    // The digit is one that is dialled only within a country: the service may drop it, so it may not be promised.
    const trunk = random(4) === 0 ? pick(['0', '(0)', '(0) ', `${code === '1' || code === '692' ? '1' : ''}`, `${code === '7' || code === '993' ? '8' : ''}`]) : '';
    const rest = [...e164.slice(1 + code.length)].map((digit) => digit + pick(['', '', '', ' ', '-', '.', '\u00A0', '\u2011'])).join('');
    const plain = pick(['+', '00', 'tel:+', '＋', '(+', ' +']) + code + pick(['', ' ', '-', ') ', '/']) + trunk + rest;
    const zero = pick(['', '', '\u0660', '\u06F0', '\u0966', '\uFF10']).codePointAt(0);
    const typed = zero === undefined ? plain : plain.replace(/\d/g, (digit) => String.fromCodePoint(zero + Number(digit)));
    const claim = dialled(typed, REGIONS);
    if (claim !== null) assert.equal(claim, e164, JSON.stringify(typed));
    promised += Number(claim !== null);
    assert.deepEqual(missing({ phoneNumber: typed, region: '', channel: 'voice' }), [], JSON.stringify(typed));
  }
  assert.ok(promised > 5_000, `${promised}`);
});

/** Numbers that look random and are the same in each run. @param {number} seed */
function generator(seed) {
  let state = seed >>> 0;
  return (/** @type {number} */ below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
