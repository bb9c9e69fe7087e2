/**
 * What the person can do, as functions: each asks the service and tells the store what came of it, its moments put on the local
 * clock. What an outcome means is decided by the machine.
 */

/** @import { Answer, Channel, Problem, Verification } from '../api/types.js' */
/** @import { Attempt, Fault, FlowOptions, Form } from './types.js' */

import { ApiError } from '../api/client.js';
import { ownProblem } from './failures.js';

/** @typedef {ReturnType<typeof createFlow>} Flow */

/** @param {FlowOptions} options */
export function createFlow({ client, store, session, extras, only = (config) => config, firstForm, dialled = () => null, newKey, now }) {
  const startIntent = createIntent(newKey);
  const resendIntent = createIntent(newKey);

  /** @type {{ restore: boolean, attach?: string | undefined, receipt?: string | null }} */
  let loading = { restore: false };
  /** The check or resend under way: what comes of it must be known before anything else is asked for. @type {Promise<unknown>} */
  let underWay = Promise.resolve();

  /**
   * Reads the configuration, and the verification to begin with: that of before a reload, or one that the site's own server
   * started (`attach`). `receipt` is the proof that a form kept for it.
   * @param {typeof loading} options
   */
  async function load({ restore, attach, receipt = null }) {
    loading = { restore, attach, receipt };
    // Who begins anew meanwhile wants nothing of what was kept.
    const wanted = () => loading.attach || (loading.restore ? session.read() : null);
    try {
      const config = only((await client.config()).data);
      const form = firstForm(config);
      const id = wanted();
      if (id === null && config.starts === 'callers') throw new ApiError({ code: 'caller_required', status: 401 });
      if (id === null) {
        session.clear();
        store.dispatch({ type: 'config_loaded', config, form });
        return;
      }
      try {
        const attempt = attemptOf(await client.status(id), now(), { fresh: false });
        if (wanted() === null) return void store.dispatch({ type: 'config_loaded', config, form });
        store.dispatch({ type: 'restored', config, form: { ...form, channel: attempt.verification.channel }, attempt, receipt });
      } catch (cause) {
        if (wanted() === null) return void store.dispatch({ type: 'config_loaded', config, form });
        const error = problemOf(cause);
        if ((error.status !== 404 && error.status !== 410) || config.starts === 'callers') throw error;
        session.clear();
        store.dispatch({ type: 'config_loaded', config, form, notice: ownProblem('start_again') });
      }
    } catch (cause) {
      store.dispatch({ type: 'load_failed', error: problemOf(cause), at: now() });
    }
  }

  /** Asks for a call or message. @param {Form} form @param {Fault[]} faults what the page itself found missing */
  async function start(form, faults = []) {
    if (faults.length > 0) {
      store.dispatch({ type: 'start_refused', form, faults });
      return;
    }
    if (isPending(form)) return void store.dispatch({ type: 'return_to_code' });
    if (!store.dispatch({ type: 'start_sent', form })) return;
    await underWay;
    // What was under way has proven a number meanwhile: nobody is called.
    if (store.state.phase !== 'starting') return;
    const body = { phone_number: form.phoneNumber, ...(form.region ? { region: form.region } : {}), channel: form.channel, ...extras() };
    try {
      const answer = await client.start(body, startIntent.keyFor(body));
      startIntent.settle();
      accept({ type: 'started', attempt: attemptOf(answer, now(), { fresh: true }) });
    } catch (cause) {
      const error = problemOf(cause);
      startIntent.settle(error);
      store.dispatch({ type: 'start_failed', error, at: now() });
    }
  }

  /** Asks again, by `channel`, without asking for the number again. @param {Channel} channel */
  async function resend(channel) {
    const id = store.state.attempt?.verification.id;
    if (id === undefined || !store.dispatch({ type: 'resend_sent', channel })) return;
    const body = { channel, locale: extras().locale };
    const asking = client.resend(id, body, resendIntent.keyFor({ id, ...body }));
    underWay = asking.catch(() => {});
    try {
      const answer = await asking;
      resendIntent.settle();
      const attempt = attemptOf(answer, now(), { fresh: true });
      accept({ type: 'resent', of: id, attempt: { ...attempt, verification: keepWhole(attempt.verification, store.state.attempt?.verification) } });
    } catch (cause) {
      const error = problemOf(cause);
      resendIntent.settle(error);
      store.dispatch({ type: 'resend_failed', error, at: now() });
    }
  }

  /** Whether the wish is for what is under way already, the same number by the same way: a second call would only be refused. @param {Form} form */
  function isPending(form) {
    const { attempt, config } = store.state;
    if (!attempt?.form || attempt.verification.status !== 'pending' || attempt.expiresAt <= now() || attempt.verification.channel !== form.channel) return false;
    const same = attempt.form.phoneNumber === form.phoneNumber && attempt.form.region === form.region;
    return same || dialled(form.phoneNumber, config?.regions ?? []) === attempt.verification.phone_number;
  }

  /** @param {{ type: 'started', attempt: Attempt } | { type: 'resent', of: string, attempt: Attempt }} event */
  function accept(event) {
    if (store.dispatch(event)) session.write(event.attempt.verification.id);
  }

  /** Checks a code. @param {string} code @param {Fault[]} faults */
  async function check(code, faults = []) {
    if (faults.length > 0) {
      store.dispatch({ type: 'check_refused', faults });
      return;
    }
    const id = store.state.attempt?.verification.id;
    if (id === undefined || !store.dispatch({ type: 'check_sent', code })) return;
    const asking = client.check(id, code);
    underWay = asking.catch(() => {});
    try {
      const { data } = await asking;
      const { receipt = null, ...verification } = data;
      store.dispatch({ type: 'checked', verification: keepWhole(verification, store.state.attempt?.verification), receipt });
    } catch (cause) {
      store.dispatch({ type: 'check_failed', id, error: problemOf(cause), at: now() });
    }
  }

  /** Reads how the call is faring; resolves to the seconds until reading again is worth it, or null. @param {AbortSignal} signal */
  async function readProgress(signal) {
    const { attempt } = store.state;
    if (!attempt) return null;
    const { data } = await client.status(attempt.verification.id, signal);
    store.dispatch({ type: 'progressed', attempt: readAgain(attempt, data, now()) });
    return data.poll_after_seconds ?? null;
  }

  return {
    load,
    start,
    resend,
    check,
    readProgress,
    /** The local clock says that the code no longer works. */
    expire: () => store.dispatch({ type: 'code_expired', error: ownProblem('verification_expired') }),
    enterCode: () => store.dispatch({ type: 'enter_code' }),
    changeNumber: () => store.dispatch({ type: 'change_number' }),
    returnToCode: () => store.dispatch({ type: 'return_to_code' }),
    goBack: () => store.dispatch({ type: 'go_back' }),
    /** The proof has run out: the number is asked for again. */
    proofExpired: () => store.dispatch({ type: 'proof_expired' }),
    startOver() {
      loading = { restore: false };
      session.clear();
      const { config } = store.state;
      store.dispatch({ type: 'start_over', phoneNumber: config ? firstForm(config).phoneNumber : '' });
    },
    /** Does again what the page-level problem stopped. */
    async retry() {
      const { problem, form, code } = store.state;
      if (problem?.retry === 'load' && store.dispatch({ type: 'load_again' })) await load(loading);
      if (problem?.retry === 'start') await start(form);
      if (problem?.retry === 'check') await check(code);
    },
  };
}

/** @param {unknown} cause @returns {Problem} */
function problemOf(cause) {
  if (cause instanceof ApiError) return cause;
  // A fault of the page itself must not be mistaken for an answer; it surfaces where developers look.
  queueMicrotask(() => {
    throw cause;
  });
  return ownProblem('unusable_answer');
}

/** Failures after which nobody knows whether the service acted. */
const UNSETTLED = new Set(['network', 'offline', 'timeout', 'aborted', 'unusable_answer', 'idempotency_key_in_use']);

/**
 * One wish of the person: pressing again after a broken connection repeats its key, so that no second call is placed;
 * another number, or a settled answer, asks for a new one (A74).
 * @param {() => string} newKey
 */
function createIntent(newKey) {
  /** @type {{ subject: string, key: string } | null} */
  let current = null;
  return {
    /** @param {object} request */
    keyFor(request) {
      const subject = JSON.stringify(request);
      if (current?.subject !== subject) current = { subject, key: newKey() };
      return current.key;
    },
    /** The service answered, well or badly: the next press is a new wish. @param {Problem} [error] */
    settle(error) {
      if (error === undefined || !UNSETTLED.has(error.code)) current = null;
    },
  };
}

/** A random key, 32 hex digits. `crypto.randomUUID` would need a secure context. */
export function randomKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * The attempt that a start or a resend made, or, after a reload, the one that a read found.
 * @param {Answer<Verification>} answer @param {number} now @param {{ fresh: boolean }} options whether the answer made the verification
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
 * @param {Attempt} attempt @param {Verification} data @param {number} now
 */
export function readAgain(attempt, data, now) {
  const { verification: before, expiresAt, resendAt } = attempt;
  const moved = (/** @type {'expires_at' | 'resend_at'} */ moment) => Date.parse(data[moment]) - Date.parse(before[moment]);
  const later = resendAt + moved('resend_at');
  const really = later < resendAt || later - Math.max(resendAt, now) > SLACK_MS;
  const verification = { ...keepWhole(data, before), ...(really ? {} : { resend_at: before.resend_at }) };
  return { ...attempt, verification, expiresAt: expiresAt + moved('expires_at'), resendAt: really ? later : resendAt };
}

/** Later answers mask the number: one that was whole stays whole. @param {Verification} verification @param {Verification} [before] */
export function keepWhole(verification, before) {
  const known = before?.phone_number;
  return known === undefined || known.includes('*') ? verification : { ...verification, phone_number: known };
}
