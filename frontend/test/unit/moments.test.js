/** The moments of the service on the local clock. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attemptOf, readAgain } from '../../state/flow.js';
import { answer, CREATED_AT, VERIFICATION } from './fixtures.js';

const NOW = 5_000_000;

/** The second before the one in which the code may be asked for again, rounded up as the service does. */
const ROUNDED_UP = new Date(CREATED_AT + 61_000).toISOString();

/** @param {ReturnType<typeof answer>} given @param {boolean} [fresh] */
function waits(given, fresh = true) {
  const { resendAt, expiresAt } = attemptOf(given, NOW, { fresh });
  return [resendAt - NOW, expiresAt - NOW];
}

test('moments count from the moment the answer came, whatever the local clock shows', () => {
  assert.deepEqual(waits(answer()), [60_000, 600_000]);
});

test('a Date header that lags behind the creation does not lengthen the countdown', () => {
  assert.deepEqual(waits(answer({}, { serverTime: CREATED_AT - 1000 })), [60_000, 600_000]);
});

test('A31: a wait of 60 seconds is shown as 60, though the moment of its end is rounded up', () => {
  assert.deepEqual(waits(answer({ resend_at: ROUNDED_UP }, { limitReset: 60 })), [60_000, 600_000]);
  assert.deepEqual(waits(answer({ resend_at: ROUNDED_UP })), [61_000, 600_000]);
});

test('a replayed answer, whose wait is that of the first time, does not wait longer than its moment says', () => {
  assert.deepEqual(waits(answer({}, { serverTime: CREATED_AT + 20_000, limitReset: 60 })), [40_000, 580_000]);
});

test('an answer from another origin hides its Date: a fresh one counts from the creation, another by the local clock', () => {
  assert.deepEqual(waits(answer({}, { serverTime: null })), [60_000, 600_000]);
  const local = CREATED_AT + 20_000;
  assert.equal(attemptOf(answer({}, { serverTime: null }), local, { fresh: false }).resendAt, CREATED_AT + 60_000);
});

test('reading again moves a moment by as much as the service moved it, and by nothing else', () => {
  const attempt = attemptOf(answer({ resend_at: ROUNDED_UP }, { limitReset: 60 }), NOW, { fresh: true });
  const same = readAgain(attempt, { ...VERIFICATION, resend_at: ROUNDED_UP }, NOW);
  assert.deepEqual([same.resendAt, same.expiresAt], [attempt.resendAt, attempt.expiresAt]);
  const earlier = readAgain(attempt, { ...VERIFICATION, resend_at: new Date(CREATED_AT + 16_000).toISOString() }, NOW);
  assert.deepEqual([earlier.resendAt - NOW, earlier.expiresAt - NOW], [15_000, 600_000]);
  const later = readAgain(attempt, { ...VERIFICATION, resend_at: new Date(CREATED_AT + 121_000).toISOString() }, NOW);
  assert.equal(later.resendAt - NOW, 120_000);
});

test('a wait that is over stays over, though the service names its present second for it each time', () => {
  let attempt = attemptOf(answer({ resend_at: ROUNDED_UP }, { limitReset: 60 }), NOW, { fresh: true });
  for (let second = 61; second < 600; second += 2) {
    attempt = readAgain(attempt, { ...VERIFICATION, resend_at: new Date(CREATED_AT + 1000 * (second + 3)).toISOString() }, NOW + 1000 * second);
    assert.equal(attempt.resendAt, NOW + 60_000);
  }
  // Somebody else had the same number called.
  attempt = readAgain(attempt, { ...VERIFICATION, resend_at: new Date(CREATED_AT + 721_000).toISOString() }, NOW + 600_000);
  assert.equal(attempt.resendAt, NOW + 720_000);
});

test('a number that was whole stays whole, one that was masked is taken as it comes', () => {
  const attempt = attemptOf(answer(), NOW, { fresh: true });
  assert.equal(readAgain(attempt, { ...VERIFICATION, phone_number: '+442******00' }, NOW).verification.phone_number, VERIFICATION.phone_number);
  const masked = attemptOf(answer({ phone_number: '+442******00' }), NOW, { fresh: false });
  assert.equal(readAgain(masked, VERIFICATION, NOW).verification.phone_number, VERIFICATION.phone_number);
});
