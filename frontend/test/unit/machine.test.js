/** The flow: each event in each phase, as one table, then what failures lead to. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { INITIAL, reduce } from '../../state/machine.js';
import { ATTEMPT, CONFIG, FORM, problem, VERIFICATION } from './fixtures.js';

/** @import { Attempt, Event, Phase, State } from '../../state/types.js' */

const NETWORK = problem(0, 'network');
const SECOND = { ...ATTEMPT, verification: { ...VERIFICATION, id: 'second' }, resendAt: 120_000 };

/** @type {Attempt} */
const ANSWERED = { ...ATTEMPT, verification: { ...VERIFICATION, delivery: { state: 'answered' } } };

/** @param {State} state @param {...Event} events */
const run = (state, ...events) => events.reduce(reduce, state);

const PHONE = run(INITIAL, { type: 'config_loaded', config: CONFIG, form: FORM });
const STARTING = run(PHONE, { type: 'start_sent', form: FORM });
const CODE = run(STARTING, { type: 'started', attempt: ATTEMPT });
const CHECKING = run(CODE, { type: 'check_sent', code: '111111' });
const RESENDING = run(CODE, { type: 'resend_sent', channel: 'sms' });
const ENDED = run(CHECKING, { type: 'check_failed', id: 'first', error: problem(410, 'verification_expired'), at: 0 });
const DONE = run(CHECKING, { type: 'checked', verification: { ...VERIFICATION, status: 'verified' }, receipt: 'proof' });
const PROBLEM = run(STARTING, { type: 'start_failed', error: problem(502, 'delivery_unknown'), at: 0 });
const LOAD_PROBLEM = run(INITIAL, { type: 'load_failed', error: NETWORK, at: 0 });
const CHECK_PROBLEM = run(CHECKING, { type: 'check_failed', id: 'first', error: problem(429, 'rate_limited', { retryAfter: 90 }), at: 1000 });

/** One state of every kind. @type {Record<string, State>} */
const STATES = {
  loading: INITIAL, phone: PHONE, starting: STARTING, code: CODE, checking: CHECKING, resending: RESENDING,
  ended: ENDED, done: DONE, problem: PROBLEM, loadProblem: LOAD_PROBLEM, checkProblem: CHECK_PROBLEM,
};

/** @type {Record<Event['type'], Event>} */
const EVENTS = {
  config_loaded: { type: 'config_loaded', config: CONFIG, form: FORM },
  load_failed: { type: 'load_failed', error: NETWORK, at: 0 },
  load_again: { type: 'load_again' },
  restored: { type: 'restored', config: CONFIG, form: FORM, attempt: ATTEMPT },
  start_refused: { type: 'start_refused', form: FORM, faults: [{ field: 'phone_number', code: 'required', detail: '' }] },
  start_sent: { type: 'start_sent', form: FORM },
  started: { type: 'started', attempt: ATTEMPT },
  start_failed: { type: 'start_failed', error: NETWORK, at: 0 },
  check_refused: { type: 'check_refused', faults: [{ field: 'code', code: 'code_empty', detail: '' }] },
  check_sent: { type: 'check_sent', code: '123456' },
  checked: { type: 'checked', verification: { ...VERIFICATION, status: 'verified' }, receipt: 'proof' },
  check_failed: { type: 'check_failed', id: 'first', error: NETWORK, at: 0 },
  progressed: { type: 'progressed', attempt: ANSWERED },
  resend_sent: { type: 'resend_sent', channel: 'voice' },
  resent: { type: 'resent', of: 'first', attempt: SECOND },
  resend_failed: { type: 'resend_failed', error: NETWORK, at: 0 },
  code_expired: { type: 'code_expired', error: problem(0, 'verification_expired') },
  enter_code: { type: 'enter_code' },
  change_number: { type: 'change_number' },
  return_to_code: { type: 'return_to_code' },
  go_back: { type: 'go_back' },
  proof_expired: { type: 'proof_expired' },
  start_over: { type: 'start_over' },
};

/** Where each event leads; whatever is not listed must change nothing at all. @type {Record<Event['type'], Record<string, Phase>>} */
const LEADS = {
  config_loaded: { loading: 'phone' },
  load_failed: { loading: 'problem' },
  load_again: { loadProblem: 'loading' },
  restored: { loading: 'code' },
  start_refused: { phone: 'phone' },
  start_sent: { phone: 'starting', problem: 'starting' },
  started: { starting: 'code' },
  start_failed: { starting: 'phone' },
  check_refused: { code: 'code' },
  check_sent: { code: 'checking', checkProblem: 'checking' },
  // Whatever the person did meanwhile: a number that is proven stays proven.
  checked: { code: 'done', checking: 'done', resending: 'done', ended: 'done', checkProblem: 'done' },
  check_failed: { code: 'code', checking: 'code' },
  progressed: { code: 'code' },
  resend_sent: { code: 'resending', ended: 'resending' },
  resent: { code: 'code', checking: 'checking', resending: 'code', ended: 'code', checkProblem: 'problem' },
  resend_failed: { resending: 'code' },
  code_expired: { code: 'ended' },
  enter_code: { code: 'code' },
  change_number: { code: 'phone', checking: 'phone', resending: 'phone', ended: 'phone', done: 'phone', problem: 'phone', checkProblem: 'phone' },
  return_to_code: {},
  go_back: { problem: 'phone', checkProblem: 'code' },
  proof_expired: { done: 'phone' },
  start_over: { phone: 'phone', starting: 'phone', code: 'phone', checking: 'phone', resending: 'phone', ended: 'phone', done: 'phone', problem: 'phone', checkProblem: 'phone' },
};

describe('every event in every phase', () => {
  for (const [type, event] of Object.entries(EVENTS)) {
    for (const [name, state] of Object.entries(STATES)) {
      const lead = LEADS[/** @type {Event['type']} */ (type)][name];
      test(`${type} in ${name} ${lead ? `leads to ${lead}` : 'changes nothing'}`, () => {
        const next = reduce(state, event);
        if (lead) assert.equal(next.phase, lead);
        else assert.equal(next, state);
      });
    }
  }
});

test('each state of the table is of the phase it is named after', () => {
  assert.deepEqual(Object.values(STATES).map(({ phase }) => phase), [
    'loading', 'phone', 'starting', 'code', 'checking', 'resending', 'ended', 'done', 'problem', 'problem', 'problem',
  ]);
});

describe('a restored verification', () => {
  for (const [status, phase, code] of /** @type {const} */ ([
    ['pending', 'code', undefined], ['verified', 'done', undefined], ['expired', 'ended', 'verification_expired'],
    ['canceled', 'ended', 'verification_canceled'], ['failed', 'ended', 'verification_failed'],
  ])) {
    test(`that is ${status} leads to ${phase}`, () => {
      const next = run(INITIAL, { type: 'restored', config: CONFIG, form: FORM, attempt: { ...ATTEMPT, verification: { ...VERIFICATION, status } } });
      assert.equal(next.phase, phase);
      assert.equal(next.ended?.code, code);
    });
  }
});

describe('a reading of how the call fares', () => {
  /** @param {Partial<typeof VERIFICATION>} more @param {State} [from] */
  const read = (more, from = CODE) => run(from, { type: 'progressed', attempt: { ...ATTEMPT, resendAt: 15_000, verification: { ...VERIFICATION, ...more } } });

  test('is kept, and disturbs neither faults nor notice', () => {
    const faulty = run(CODE, { type: 'check_refused', faults: [{ field: 'code', code: 'code_empty', detail: '' }] });
    const next = read({ delivery: { state: 'busy' } }, faulty);
    assert.equal(next.faults, faulty.faults);
    assert.equal(next.notice, faulty.notice);
    assert.deepEqual([next.phase, next.attempt?.verification.delivery?.state, next.attempt?.resendAt], ['code', 'busy', 15_000]);
  });

  test('of another verification is dropped', () => {
    assert.equal(read({ id: 'second' }), CODE);
  });

  for (const [status, phase, code] of /** @type {const} */ ([
    ['verified', 'done', undefined], ['expired', 'ended', 'verification_expired'],
    ['canceled', 'ended', 'verification_canceled'], ['failed', 'ended', 'verification_failed'],
  ])) {
    test(`that finds it ${status} leads to ${phase}`, () => {
      const next = read({ status });
      assert.deepEqual([next.phase, next.ended?.code], [phase, code]);
    });
  }
});

describe('a start that fails', () => {
  /** @param {ReturnType<typeof problem>} error */
  const failed = (error) => run(STARTING, { type: 'start_failed', error, at: 1000 });

  test('puts a fault beside its field, and keeps what was typed', () => {
    const next = failed(problem(422, 'phone_number_invalid', { errors: [{ pointer: '#/phone_number', detail: 'Too short.', code: 'too_short' }] }));
    assert.equal(next.phase, 'phone');
    assert.deepEqual(next.faults, [{ field: 'phone_number', code: 'too_short', detail: 'Too short.', attemptsRemaining: null }]);
    assert.deepEqual(next.form, FORM);
  });

  test('puts a refused number beside its field even when nothing points there', () => {
    assert.deepEqual(failed(problem(422, 'phone_number_invalid')).faults.map(({ field, detail }) => [field, detail]), [['phone_number', 'detail of phone_number_invalid']]);
  });

  test('does not look for a field that is not on screen', () => {
    assert.equal(failed(problem(422, 'invalid_request', { errors: [{ pointer: '#/reference', detail: 'x', code: 'x' }] })).phase, 'problem');
  });

  for (const code of ['network', 'offline', 'timeout', 'aborted']) {
    test(`by ${code} leaves the form usable and says so`, () => {
      const next = failed(problem(0, code));
      assert.deepEqual([next.phase, next.notice?.code, next.form], ['phone', code, FORM]);
    });
  }

  for (const [status, code, retry] of /** @type {const} */ ([
    [403, 'destination_not_allowed', null], [403, 'cross_site_request', null], [422, 'idempotency_key_reused', null],
    [429, 'rate_limited', 'start'], [500, 'internal_error', 'start'], [502, 'provider_error', 'start'], [502, 'delivery_unknown', 'start'],
    [504, 'delivery_unknown', 'start'], [503, 'temporarily_unavailable', 'start'], [503, 'capacity_reached', 'start'], [200, 'unusable_answer', 'start'],
  ])) {
    test(`by ${status} ${code} is a page of its own (A44), ${retry ? 'to try again' : 'to use another number'}`, () => {
      const next = failed(problem(status, code, { retryAfter: 7 }));
      assert.equal(next.phase, 'problem');
      assert.deepEqual({ retry: next.problem?.retry, retryAt: next.problem?.retryAt, back: next.problem?.back }, { retry, retryAt: 8000, back: 'phone' });
    });
  }

  test('without Retry-After may be tried again at once', () => {
    assert.equal(failed(problem(500, 'internal_error')).problem?.retryAt, null);
  });
});

describe('a check that fails', () => {
  /** @param {ReturnType<typeof problem>} error */
  const failed = (error) => run(CHECKING, { type: 'check_failed', id: 'first', error, at: 1000 });

  test('for a wrong code counts the tries and keeps the code', () => {
    const next = failed(problem(422, 'code_incorrect', { attemptsRemaining: 3 }));
    assert.deepEqual([next.phase, next.code, next.attempt?.verification.attempts_remaining], ['code', '111111', 3]);
    assert.deepEqual(next.faults.map(({ field, code, attemptsRemaining }) => [field, code, attemptsRemaining]), [['code', 'code_incorrect', 3]]);
  });

  test('for the last wrong code ends it at once', () => {
    const next = failed(problem(422, 'code_incorrect', { attemptsRemaining: 0 }));
    assert.deepEqual([next.phase, next.ended?.code], ['ended', 'attempts_exhausted']);
  });

  test('for a malformed code is a fault of the field', () => {
    assert.equal(failed(problem(422, 'code_malformed')).faults[0]?.field, 'code');
  });

  for (const code of ['verification_expired', 'attempts_exhausted', 'verification_canceled']) {
    test(`by ${code} ends the code but not the way`, () => {
      const next = failed(problem(410, code));
      assert.deepEqual([next.phase, next.ended?.code, next.attempt], ['ended', code, { ...ATTEMPT, form: FORM }]);
    });
  }

  test('because it is already verified is a success', () => {
    const next = failed(problem(409, 'already_verified'));
    assert.deepEqual([next.phase, next.attempt?.verification.status], ['done', 'verified']);
  });

  test('because nobody knows the verification leads to a new start', () => {
    const next = failed(problem(404, 'verification_not_found'));
    assert.deepEqual([next.phase, next.problem?.back, next.problem?.retry, next.attempt], ['problem', 'phone', null, null]);
  });

  test('by a limit waits as long as the service says and checks the same code again', () => {
    assert.deepEqual([CHECK_PROBLEM.problem?.retry, CHECK_PROBLEM.problem?.retryAt, CHECK_PROBLEM.code], ['check', 91_000, '111111']);
  });

  for (const [status, code] of /** @type {const} */ ([[0, 'network'], [0, 'timeout'], [502, 'check_unknown'], [504, 'check_unknown'], [503, 'temporarily_unavailable'], [500, 'internal_error']])) {
    test(`by ${status} ${code} keeps the step and the code`, () => {
      const next = failed(problem(status, code));
      assert.deepEqual([next.phase, next.notice?.code, next.code], ['code', code, '111111']);
    });
  }
});

describe('a resend that fails', () => {
  /** @param {ReturnType<typeof problem>} error @param {State} [from] */
  const failed = (error, from = RESENDING) => run(from, { type: 'resend_failed', error, at: 1000 });

  test('by a limit moves the countdown', () => {
    const next = failed(problem(429, 'rate_limited', { retryAfter: 47 }));
    assert.deepEqual([next.phase, next.notice?.code, next.attempt?.resendAt], ['code', 'rate_limited', 48_000]);
  });

  test('on the way leaves the countdown', () => {
    assert.equal(failed(NETWORK).attempt?.resendAt, ATTEMPT.resendAt);
  });

  test('stays where the code had ended', () => {
    const next = failed(NETWORK, run(ENDED, { type: 'resend_sent', channel: 'voice' }));
    assert.deepEqual([next.phase, next.ended?.code, next.notice?.code], ['ended', 'verification_expired', 'network']);
  });

  for (const [status, code] of /** @type {const} */ ([[410, 'verification_expired'], [404, 'verification_not_found']])) {
    test(`by ${status} ${code} asks for the number that is still there`, () => {
      const next = failed(problem(status, code));
      assert.deepEqual([next.phase, next.notice?.code, next.form.phoneNumber, next.attempt], ['phone', 'start_again', FORM.phoneNumber, null]);
    });
  }

  test('because it is already verified is a success', () => {
    assert.equal(failed(problem(409, 'already_verified')).phase, 'done');
  });
});

test('a new code clears the old one, its faults and its end', () => {
  const next = run(ENDED, { type: 'resend_sent', channel: 'voice' }, { type: 'resent', of: 'first', attempt: SECOND });
  assert.deepEqual([next.phase, next.ended, next.code, next.attempt?.verification.id], ['code', null, '', 'second']);
});

test('A42 A60: back to the number keeps it, and forward finds the code step again', () => {
  const back = run(CODE, { type: 'change_number' });
  assert.deepEqual([back.phase, back.form], ['phone', FORM]);
  assert.equal(run(back, { type: 'return_to_code' }).phase, 'code');
});

describe('Back while something is under way', () => {
  const back = (/** @type {State} */ state) => run(state, { type: 'change_number' });

  test('loses no number that is proven meanwhile, nor its receipt', () => {
    const next = run(back(CHECKING), EVENTS.checked);
    assert.deepEqual([next.phase, next.attempt?.verification.status, next.receipt], ['done', 'verified', 'proof']);
  });

  test('loses no new id: the code step that is found again is that of the newest call', () => {
    const next = run(back(RESENDING), EVENTS.resent);
    assert.deepEqual([next.phase, next.attempt?.verification.id], ['phone', 'second']);
    assert.equal(run(next, { type: 'return_to_code' }).phase, 'code');
  });

  test('a code that was wrong is counted, and leaves the person where they are', () => {
    const next = run(back(CHECKING), { type: 'check_failed', id: 'first', error: problem(422, 'code_incorrect', { attemptsRemaining: 3 }), at: 0 });
    assert.deepEqual([next.phase, next.attempt?.verification.attempts_remaining, next.faults], ['phone', 3, []]);
  });

  test('a code that ended is not to be gone back to', () => {
    assert.equal(run(back(CHECKING), { type: 'check_failed', id: 'first', error: problem(410, 'verification_expired'), at: 0 }).attempt, null);
  });

  test('an answer about another verification changes nothing', () => {
    for (const event of /** @type {Event[]} */ ([
      { type: 'checked', verification: { ...VERIFICATION, id: 'other', status: 'verified' }, receipt: null },
      { type: 'check_failed', id: 'other', error: NETWORK, at: 0 },
      { type: 'resent', of: 'other', attempt: SECOND },
    ])) assert.equal(run(back(CHECKING), event).attempt, CHECKING.attempt);
  });
});

test('a verification knows what it was asked for with, also when it is renewed by the other way', () => {
  assert.deepEqual(CODE.attempt?.form, FORM);
  const next = run(RESENDING, { type: 'resent', of: 'first', attempt: { ...SECOND, verification: { ...SECOND.verification, channel: 'sms' } } });
  assert.deepEqual(next.attempt?.form, { ...FORM, channel: 'sms' });
});

test('starting over forgets the number and the verification', () => {
  const next = run(DONE, { type: 'start_over' });
  assert.deepEqual([next.form.phoneNumber, next.attempt], ['', null]);
  assert.equal(run(next, { type: 'return_to_code' }), next);
});

test('no state is ever changed in place', () => {
  for (const state of Object.values(STATES)) {
    const before = structuredClone({ ...state });
    for (const event of Object.values(EVENTS)) reduce(state, event);
    assert.deepEqual({ ...state }, before);
  }
});
