/**
 * The flow as a pure function: `(state, event) → state`. No clock, no network, no document.
 * An event that does not belong to the present phase changes nothing and returns the same object.
 * How failures are sorted is in `failures.js`; who calls the service is in `flow.js`.
 */

/** @import { Channel, Config, Problem, Verification } from '../api/types.js' */

import * as failures from './failures.js';

/**
 * `loading` reads the configuration; `starting`, `checking` and `resending` wait for the service with
 * the form still on screen; `ended` has a verification whose code can no longer be used; `problem` is a
 * page of its own for what the person cannot mend by typing.
 * @typedef {'loading' | 'phone' | 'starting' | 'code' | 'checking' | 'resending' | 'ended' | 'done' | 'problem'} Phase
 */

/** @typedef {'phone_number' | 'region' | 'channel' | 'code'} Field */

/**
 * What is wrong with one field.
 * @typedef {object} Fault
 * @property {Field} field
 * @property {string} code
 * @property {string} detail the service's own sentence; empty when the page found the fault
 * @property {number | null} [attemptsRemaining]
 * @property {readonly string[]} [readings] the numbers that may be meant, the likelier one first
 */

/** @typedef {{ phoneNumber: string, region: string, channel: Channel }} Form */

/** @typedef {'load' | 'start' | 'check'} Retry */

/**
 * @typedef {object} PageProblem
 * @property {Problem} error
 * @property {Retry | null} retry what pressing "Try again" does; null when trying again cannot help
 * @property {number | null} retryAt local milliseconds before which it would be refused
 * @property {'phone' | 'code' | null} back the step one can return to
 */

/**
 * A verification with its two moments in local time.
 * @typedef {object} Attempt
 * @property {Verification} verification
 * @property {Form | null} [form] what it was asked for with; null after a reload
 * @property {number} expiresAt local milliseconds
 * @property {number} resendAt local milliseconds
 */

/**
 * @typedef {object} State
 * @property {Phase} phase
 * @property {Config | null} config
 * @property {Form} form what the person chose and typed, kept whatever happens
 * @property {string} code the code as it was last sent
 * @property {Attempt | null} attempt
 * @property {boolean} entering the person holds a code, however the call fares
 * @property {string | null} receipt the proof for the site's own server
 * @property {readonly Fault[]} faults shown beside their fields
 * @property {Problem | null} notice shown above a form that stays usable
 * @property {Problem | null} ended why the code can no longer be used
 * @property {PageProblem | null} problem
 */

/**
 * Everything that can happen.
 * @typedef {{ type: 'config_loaded', config: Config, form: Form, notice?: Problem }
 *   | { type: 'load_failed', error: Problem, at: number }
 *   | { type: 'load_again' }
 *   | { type: 'restored', config: Config, form: Form, attempt: Attempt, receipt?: string | null }
 *   | { type: 'start_refused', form: Form, faults: Fault[] }
 *   | { type: 'start_sent', form: Form }
 *   | { type: 'started', attempt: Attempt }
 *   | { type: 'start_failed', error: Problem, at: number }
 *   | { type: 'check_refused', faults: Fault[] }
 *   | { type: 'check_sent', code: string }
 *   | { type: 'checked', verification: Verification, receipt: string | null }
 *   | { type: 'check_failed', id: string, error: Problem, at: number }
 *   | { type: 'progressed', attempt: Attempt }
 *   | { type: 'resend_sent', channel: Channel }
 *   | { type: 'resent', of: string, attempt: Attempt }
 *   | { type: 'resend_failed', error: Problem, at: number }
 *   | { type: 'code_expired', error: Problem }
 *   | { type: 'enter_code' }
 *   | { type: 'change_number' }
 *   | { type: 'return_to_code' }
 *   | { type: 'go_back' }
 *   | { type: 'proof_expired' }
 *   | { type: 'start_over', phoneNumber?: string }} Event
 */

/** @type {Readonly<State>} */
export const INITIAL = Object.freeze(/** @type {State} */ ({
  phase: 'loading',
  config: null,
  form: { phoneNumber: '', region: '', channel: 'voice' },
  code: '',
  attempt: null,
  entering: false,
  receipt: null,
  faults: [],
  notice: null,
  ended: null,
  problem: null,
}));

/** What a step looks like when nothing is wrong. */
const CLEAN = { faults: [], notice: null, ended: null, problem: null };

/**
 * @param {State} state
 * @param {Event} event
 * @returns {State}
 */
export function reduce(state, event) {
  const { phase } = state;
  switch (event.type) {
    case 'config_loaded':
      if (phase !== 'loading') return state;
      return { ...state, ...CLEAN, phase: 'phone', config: event.config, form: event.form, notice: event.notice ?? null };

    case 'load_failed':
      return phase === 'loading' ? failures.ofLoad(state, event.error, event.at) : state;

    case 'load_again':
      return phase === 'problem' && state.problem?.retry === 'load' ? { ...state, ...CLEAN, phase: 'loading' } : state;

    case 'restored':
      if (phase !== 'loading') return state;
      return failures.byStatus({ ...state, ...CLEAN, config: event.config, form: event.form, attempt: event.attempt, receipt: event.receipt ?? null, code: '' });

    case 'start_refused':
      return phase === 'phone' ? { ...state, ...CLEAN, form: event.form, faults: event.faults } : state;

    case 'start_sent':
      if (phase !== 'phone' && !(phase === 'problem' && state.problem?.retry === 'start')) return state;
      return { ...state, ...CLEAN, phase: 'starting', form: event.form };

    case 'started':
      return phase === 'starting' ? { ...state, ...CLEAN, phase: 'code', attempt: { ...event.attempt, form: state.form }, code: '', entering: false } : state;

    case 'start_failed':
      return phase === 'starting' ? failures.ofStart(state, event.error, event.at) : state;

    case 'check_refused':
      return phase === 'code' ? { ...state, ...CLEAN, faults: event.faults } : state;

    case 'check_sent':
      if (phase !== 'code' && !(phase === 'problem' && state.problem?.retry === 'check')) return state;
      return { ...state, ...CLEAN, phase: 'checking', code: event.code, entering: true };

    case 'checked':
      // Whatever the person did meanwhile: a number that is proven stays proven.
      if (phase === 'done' || state.attempt?.verification.id !== event.verification.id) return state;
      return { ...state, ...CLEAN, phase: 'done', code: '', receipt: event.receipt, attempt: { ...state.attempt, verification: event.verification } };

    case 'check_failed':
      return checkFailed(state, event);

    case 'progressed':
      if (phase !== 'code' || state.attempt?.verification.id !== event.attempt.verification.id) return state;
      // While the code is good, faults and what is typed stay as they are: nobody asked for this news.
      if (event.attempt.verification.status === 'pending') return { ...state, attempt: event.attempt };
      return failures.byStatus({ ...state, ...CLEAN, code: '', attempt: event.attempt });

    case 'resend_sent':
      if (phase !== 'code' && phase !== 'ended') return state;
      return { ...state, phase: 'resending', faults: [], notice: null, form: { ...state.form, channel: event.channel } };

    case 'resent':
      return resent(state, event);

    case 'resend_failed':
      return phase === 'resending' ? failures.ofResend(state, event.error, event.at) : state;

    case 'code_expired':
      return phase === 'code' ? { ...state, ...CLEAN, phase: 'ended', ended: event.error } : state;

    case 'enter_code':
      return phase === 'code' && !state.entering ? { ...state, entering: true } : state;

    case 'change_number':
      if (state.config === null || phase === 'loading' || phase === 'phone' || phase === 'starting') return state;
      return { ...state, ...CLEAN, phase: 'phone', code: '' };

    case 'return_to_code':
      if (phase !== 'phone' || !state.attempt) return state;
      return failures.byStatus({ ...state, ...CLEAN });

    case 'go_back':
      if (phase !== 'problem' || !state.problem?.back) return state;
      return { ...state, ...CLEAN, phase: state.problem.back };

    case 'proof_expired':
      return phase === 'done' ? { ...state, ...CLEAN, phase: 'phone', attempt: null, receipt: null, entering: false } : state;

    case 'start_over':
      if (state.config === null) return state;
      return { ...state, ...CLEAN, phase: 'phone', code: '', attempt: null, receipt: null, entering: false, form: { ...state.form, phoneNumber: event.phoneNumber ?? '' } };
  }
}

/** Who went back to the number meanwhile stays there. @param {State} state @param {Extract<Event, { type: 'check_failed' }>} event @returns {State} */
function checkFailed(state, { id, error, at }) {
  if (state.attempt?.verification.id !== id) return state;
  if (state.phase === 'checking' || state.phase === 'code') return failures.ofCheck(state, error, at);
  const after = failures.ofCheck(state, error, at);
  if (after.phase === 'done' || state.phase !== 'phone') return state.phase === 'phone' ? after : state;
  return { ...state, attempt: after.phase === 'ended' ? null : after.attempt };
}

/** A new id takes the place of the one it replaces, wherever the person is. @param {State} state @param {Extract<Event, { type: 'resent' }>} event @returns {State} */
function resent(state, { of, attempt }) {
  if (state.phase === 'done' || state.attempt?.verification.id !== of) return state;
  const { channel } = attempt.verification;
  const form = state.attempt.form ? { ...state.attempt.form, channel } : null;
  const renewed = { ...state, attempt: { ...attempt, form }, code: '', entering: false };
  return ['resending', 'code', 'ended'].includes(state.phase) ? { ...renewed, ...CLEAN, phase: 'code' } : renewed;
}
