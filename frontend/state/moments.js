/**
 * Puts the moments of the service on the local clock, and keeps them there while the verification is
 * read again and again. Pure.
 */

/** @import { Answer, Verification } from '../api/types.js' */
/** @import { Attempt } from './types.js' */

/**
 * The attempt a start or a resend made, or, after a reload, the one that a read found.
 * @param {Answer<Verification>} answer
 * @param {number} now local milliseconds at which it came
 * @param {{ fresh: boolean }} options whether the answer made the verification
 * @returns {Attempt}
 */
export function attemptOf({ data, serverTime, limitReset }, now, { fresh }) {
  const createdAt = Date.parse(data.created_at);
  // Whole seconds that were cut off: the service's clock shows at least this, and never less than the creation.
  const serverNow = Math.max(serverTime ?? (fresh ? createdAt : now), createdAt);
  const local = (/** @type {string} */ moment) => Date.parse(moment) - serverNow + now;
  const resendAt = local(data.resend_at);
  // `resend_at` is rounded up and the clock above down; the wait itself is exact, and counts from before `now`.
  return { verification: data, expiresAt: local(data.expires_at), resendAt: limitReset === null ? resendAt : Math.min(resendAt, now + limitReset * 1000) };
}

/** By how much a moment that has come may seem to move: the service then names its present second, rounded up. */
const SLACK_MS = 3000;

/**
 * The attempt as it was read later: its moments move by as much as they moved at the service, so that a
 * countdown on screen never jumps for a rounded second or a clock that was set, nor begins again when it is over.
 * @param {Attempt} attempt
 * @param {Verification} data
 * @param {number} now local milliseconds
 * @returns {Attempt}
 */
export function readAgain(attempt, data, now) {
  const { verification: before, expiresAt, resendAt } = attempt;
  const moved = (/** @type {'expires_at' | 'resend_at'} */ moment) => Date.parse(data[moment]) - Date.parse(before[moment]);
  const later = resendAt + moved('resend_at');
  const really = later < resendAt || later - Math.max(resendAt, now) > SLACK_MS;
  const verification = { ...keepWhole(data, before), ...(really ? {} : { resend_at: before.resend_at }) };
  return { ...attempt, verification, expiresAt: expiresAt + moved('expires_at'), resendAt: really ? later : resendAt };
}

/**
 * Keeps showing the number whole where a start already did: later answers mask it.
 * @param {Verification} verification
 * @param {Verification | undefined} before
 * @returns {Verification}
 */
export function keepWhole(verification, before) {
  const known = before?.phone_number;
  return known === undefined || known.includes('*') ? verification : { ...verification, phone_number: known };
}
