/** Reading a code out of what was typed or pasted (A5, A22). */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCode } from '../../elements/code-form/code-field.js';
import { foldDigits } from '../../elements/phone-form/number.js';
import { DIGIT_ZEROS } from './fixtures.js';

test('A5: every run of ten digits in the table is folded, and nothing in it is not a digit', () => {
  assert.ok(DIGIT_ZEROS.length > 60);
  for (const zero of DIGIT_ZEROS) {
    const run = Array.from({ length: 10 }, (_, value) => String.fromCodePoint(zero + value)).join('');
    assert.match(run, /^\p{Nd}{10}$/u, `U+${zero.toString(16)}`);
    assert.equal(foldDigits(run), '0123456789', `U+${zero.toString(16)}`);
  }
});

test('letters, signs and numbers that are not decimal digits stay as they are', () => {
  assert.equal(foldDigits('ab ²½Ⅷ+-–'), 'ab ²½Ⅷ+-–');
});

/** @type {[string, string][]} */
const READS = [
  ['123456', '123456'],
  ['000042', '000042'],
  ['123 456', '123456'],
  ['1 2 3 4 5 6', '123456'],
  ['123-456', '123456'],
  ['123–456', '123456'],
  ['12.34.56', '123456'],
  ['123456\n', '123456'],
  ['\u2066123456\u2069', '123456'],
  ['Your code is 123456', '123456'],
  ['Your code is 123 456. It works for 10 minutes.', '123456'],
  ['@example.org #123456', '123456'],
  ['123456 is your verification code. @example.org #123456', '123456'],
  ['١٢٣٤٥٦', '123456'],
  ['۱۲۳۴۵۶', '123456'],
  ['१२३४५६', '123456'],
  ['１２３４５６', '123456'],
];

for (const [typed, code] of READS) {
  test(`A22: reads ${JSON.stringify(typed)}`, () => assert.deepEqual(readCode(typed, 6), { ok: true, code }));
}

/** @type {[string, string][]} */
const FAULTS = [
  ['', 'code_empty'],
  ['   ', 'code_empty'],
  ['\u200B', 'code_empty'],
  ['12345', 'code_too_short'],
  ['1234567', 'code_too_long'],
  ['abcdef', 'code_letters'],
  ['12345o', 'code_letters'],
  ['12345²', 'code_too_short'],
  ['123456 or 654321', 'code_letters'],
];

for (const [typed, fault] of FAULTS) {
  test(`A26: says ${fault} of ${JSON.stringify(typed)}`, () => assert.deepEqual(readCode(typed, 6), { ok: false, fault }));
}

test('follows the length the service asks for', () => {
  assert.deepEqual(readCode('1234', 4), { ok: true, code: '1234' });
  assert.deepEqual(readCode('1234567890', 10), { ok: true, code: '1234567890' });
});
