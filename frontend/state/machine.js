/**
 * The flow as a pure function, `(state, event) → state`, and the store that holds the present state. No clock, no
 * network, no document.
 * An event that does not belong to the present phase changes nothing and returns the same object.
 * How failures are sorted is in `failures.js`; who calls the service is in `flow.js`.
 */

/** @import { Event as FlowEvent, State } from './types.js' */

import * as failures from './failures.js';

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

/** @param {State} state @param {FlowEvent} event @returns {State} */
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

/** Who went back to the number meanwhile stays there. @param {State} state @param {Extract<FlowEvent, { type: 'check_failed' }>} event @returns {State} */
function checkFailed(state, { id, error, at }) {
  if (state.attempt?.verification.id !== id) return state;
  if (state.phase === 'checking' || state.phase === 'code') return failures.ofCheck(state, error, at);
  const after = failures.ofCheck(state, error, at);
  if (after.phase === 'done' || state.phase !== 'phone') return state.phase === 'phone' ? after : state;
  return { ...state, attempt: after.phase === 'ended' ? null : after.attempt };
}

/** A new id takes the place of the one it replaces, wherever the person is. @param {State} state @param {Extract<FlowEvent, { type: 'resent' }>} event @returns {State} */
function resent(state, { of, attempt }) {
  if (state.phase === 'done' || state.attempt?.verification.id !== of) return state;
  const { channel } = attempt.verification;
  const form = state.attempt.form ? { ...state.attempt.form, channel } : null;
  const renewed = { ...state, attempt: { ...attempt, form }, code: '', entering: false };
  return ['resending', 'code', 'ended'].includes(state.phase) ? { ...renewed, ...CLEAN, phase: 'code' } : renewed;
}

export class ChangeEvent extends Event {
  /** @param {State} before @param {State} state */
  constructor(before, state) {
    super('change');
    this.before = before;
    this.state = state;
  }
}

/** The store: read `state`, `dispatch` what happened, listen to `change`. */
export class Store extends EventTarget {
  #reduce;
  #state;

  /** @param {(state: State, event: FlowEvent) => State} reduce @param {State} initial */
  constructor(reduce, initial) {
    super();
    this.#reduce = reduce;
    this.#state = initial;
  }

  get state() {
    return this.#state;
  }

  /** Applies what happened; says whether it changed anything. @param {FlowEvent} event */
  dispatch(event) {
    const before = this.#state;
    const state = this.#reduce(before, event);
    if (state === before) return false;
    this.#state = state;
    this.dispatchEvent(new ChangeEvent(before, state));
    return true;
  }

  /** @param {(change: ChangeEvent) => void} listener @param {AbortSignal} [signal] */
  subscribe(listener, signal) {
    const options = signal ? { signal } : {};
    this.addEventListener('change', (event) => listener(/** @type {ChangeEvent} */ (event)), options);
  }
}
