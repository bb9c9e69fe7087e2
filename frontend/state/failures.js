/**
 * Where a failure leads: beside a field, above the form, to a fresh code, or to a page of its own (A44).
 * Pure, part of the machine. The words are in `i18n/`.
 */

/** @import { Problem } from '../api/types.js' */
/** @import { Fault, Field, PageProblem, Retry, State } from './types.js' */

/** Failures of the way, not of the request: the form stays as it is and its button is the retry. */
const ON_THE_WAY = new Set(['network', 'offline', 'timeout', 'aborted', 'idempotency_key_in_use']);

/** Which field a pointer of the service means. @type {Readonly<Record<string, Field>>} */
const FIELD_OF = {
  '#/phone_number': 'phone_number',
  '#/region': 'region',
  '#/channel': 'channel',
  '#/code': 'code',
};

/** Codes that concern one field even when the service points at none. @type {Readonly<Record<string, Field>>} */
const FIELD_OF_CODE = {
  phone_number_invalid: 'phone_number',
  code_malformed: 'code',
  code_incorrect: 'code',
};

/** What a verification that is over is called. @type {Readonly<Record<string, string>>} */
const CODE_OF_STATUS = {
  expired: 'verification_expired',
  canceled: 'verification_canceled',
  failed: 'verification_failed',
};

/** A problem the page itself found. @param {string} code @returns {Problem} */
export function ownProblem(code) {
  return { status: 0, code, title: '', detail: '', errors: [], attemptsRemaining: null, retryAfter: null, scope: null, instance: null };
}

/** The configuration, or the verification of before the reload, could not be read. @param {State} state @param {Problem} error @param {number} at @returns {State} */
export function ofLoad(state, error, at) {
  // Nothing that a person could try again changes who may start a verification.
  return pageOf(state, error, at, error.code === 'caller_required' ? null : 'load', null);
}

/**
 * Picks the phase that fits the status of the verification at hand.
 * @param {State} state @returns {State}
 */
export function byStatus(state) {
  const status = state.attempt?.verification.status ?? 'pending';
  if (status === 'verified') return { ...state, phase: 'done' };
  const code = CODE_OF_STATUS[status];
  return code ? { ...state, phase: 'ended', ended: ownProblem(code) } : { ...state, phase: 'code' };
}

/**
 * No call was placed, or nobody knows.
 * @param {State} state @param {Problem} error @param {number} at @returns {State}
 */
export function ofStart(state, error, at) {
  const faults = faultsOf(error, ['phone_number', 'region', 'channel']);
  if (faults.length > 0) return { ...state, phase: 'phone', faults };
  if (ON_THE_WAY.has(error.code)) return { ...state, phase: 'phone', notice: error };
  const curable = error.status === 429 || error.status >= 500 || error.code === 'unusable_answer';
  return pageOf(state, error, at, curable ? 'start' : null, 'phone');
}

/**
 * The code was not right, or could not be checked.
 * @param {State} state @param {Problem} error @param {number} at @returns {State}
 */
export function ofCheck(state, error, at) {
  const { attempt } = state;
  if (!attempt) return state;
  const left = error.attemptsRemaining ?? attempt.verification.attempts_remaining;
  const counted = { ...state, attempt: { ...attempt, verification: { ...attempt.verification, attempts_remaining: left } } };
  if (error.code === 'already_verified') return done(counted);
  if (error.status === 410) return ended(counted, error);
  // The answer that takes the last try says "wrong"; waiting for the next press to say "no more" would be a trap.
  if (error.code === 'code_incorrect' && error.attemptsRemaining === 0) return ended(counted, ownProblem('attempts_exhausted'));
  const faults = faultsOf(error, ['code']);
  if (faults.length > 0) return { ...counted, phase: 'code', faults };
  if (error.status === 404) return pageOf({ ...counted, attempt: null }, error, at, null, 'phone');
  if (error.status === 429) return pageOf(counted, error, at, 'check', 'code');
  return { ...counted, phase: 'code', notice: error };
}

/**
 * The next call was not placed, or nobody knows. What was on screen before stays usable.
 * @param {State} state @param {Problem} error @param {number} at @returns {State}
 */
export function ofResend(state, error, at) {
  const { attempt } = state;
  if (!attempt) return state;
  if (error.code === 'already_verified') return done(state);
  if (error.status === 410 || error.status === 404) return { ...state, phase: 'phone', attempt: null, ended: null, notice: ownProblem('start_again') };
  const faults = faultsOf(error, ['channel']);
  if (faults.length > 0) return { ...state, phase: state.ended ? 'ended' : 'code', faults };
  const resendAt = error.retryAfter === null ? attempt.resendAt : at + error.retryAfter * 1000;
  return { ...state, phase: state.ended ? 'ended' : 'code', notice: error, attempt: { ...attempt, resendAt } };
}

/** @param {State} state @returns {State} */
function done(state) {
  if (!state.attempt) return state;
  const verification = { ...state.attempt.verification, status: /** @type {const} */ ('verified') };
  return { ...state, phase: 'done', code: '', attempt: { ...state.attempt, verification } };
}

/** @param {State} state @param {Problem} error @returns {State} */
function ended(state, error) {
  return { ...state, phase: 'ended', code: '', ended: error };
}

/**
 * @param {State} state @param {Problem} error @param {number} at
 * @param {Retry | null} retry @param {PageProblem['back']} back @returns {State}
 */
function pageOf(state, error, at, retry, back) {
  const retryAt = error.retryAfter === null ? null : at + error.retryAfter * 1000;
  return { ...state, phase: 'problem', problem: { error, retry, retryAt, back } };
}

/**
 * The faults of the fields that are on screen; empty when the failure is about something else.
 * @param {Problem} error @param {Field[]} shown @returns {Fault[]}
 */
function faultsOf(error, shown) {
  if (error.status !== 422 && error.status !== 400) return [];
  const attemptsRemaining = error.attemptsRemaining;
  const pointed = error.errors.flatMap(({ pointer, code, detail, readings }) => {
    const field = FIELD_OF[pointer];
    return field && shown.includes(field) ? [{ field, code, detail: detail || error.detail, attemptsRemaining, ...(readings && { readings }) }] : [];
  });
  if (pointed.length > 0) return pointed;
  const field = FIELD_OF_CODE[error.code];
  return field && shown.includes(field) ? [{ field, code: error.code, detail: error.detail, attemptsRemaining }] : [];
}
