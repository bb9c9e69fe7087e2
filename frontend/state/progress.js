/**
 * How a verification fares while it is read again and again: when it is read, and its moments, which stay where they are on
 * the local clock.
 */

/** @import { Answer, Verification } from '../api/types.js' */
/** @import { Flow } from './flow.js' */
/** @import { Store } from './machine.js' */
/** @import { Attempt } from './types.js' */

import { ApiError } from '../api/client.js';

/** Until the first reading, and after a reading that failed once; seconds. */
const FIRST_S = 2;

/** The longest wait between readings that fail; seconds. */
const LONGEST_S = 60;

/** Answers after which reading again is pointless: what ended the verification shows with the next press. */
const GONE = new Set([404, 410]);

/**
 * Reads as often as the service asks for: only in the code step, only while somebody looks at the page, more and more rarely
 * when it fails. Says nothing of failures: whatever the person does next will meet them.
 * @param {object} parts
 * @param {Store} parts.store
 * @param {Pick<Flow, 'readProgress'>} parts.flow
 * @param {Pick<Document, 'visibilityState' | 'addEventListener'>} parts.document
 * @param {Pick<Window, 'addEventListener'>} parts.window
 * @param {AbortSignal} parts.signal
 */
export function followProgress({ store, flow, document, window, signal }) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {AbortController | null} */
  let reading = null;
  let due = Infinity;
  let failures = 0;

  function stop() {
    clearTimeout(timer);
    reading?.abort();
    reading = null;
  }

  /** Reads when it is due, unless nobody would see it. */
  function plan() {
    stop();
    const seen = store.state.phase === 'code' && document.visibilityState === 'visible';
    if (seen && due < Infinity && !signal.aborted) timer = setTimeout(() => void read(), Math.max(0, due - Date.now()));
  }

  /** @param {number} seconds */
  function planIn(seconds) {
    due = Date.now() + seconds * 1000;
    plan();
  }

  async function read() {
    const mine = (reading = new AbortController());
    let wait;
    try {
      wait = (await flow.readProgress(mine.signal)) ?? Infinity;
      failures = 0;
    } catch (cause) {
      failures += 1;
      wait = waitAfter(cause, failures);
    }
    if (reading === mine) planIn(wait);
  }

  store.subscribe(({ before, state }) => {
    const renewed = before.attempt?.verification.id !== state.attempt?.verification.id;
    if (before.phase === state.phase && !renewed) return;
    failures = 0;
    planIn(FIRST_S);
  }, signal);
  document.addEventListener('visibilitychange', plan, { signal });
  // A page that is kept for the Back button must not keep a request open.
  window.addEventListener('pagehide', stop, { signal });
  window.addEventListener('pageshow', plan, { signal });
  window.addEventListener('online', () => failures > 0 && planIn(0), { signal });
  signal.addEventListener('abort', stop, { once: true });
  planIn(FIRST_S);
}

/** @param {unknown} cause @param {number} failures in a row @returns {number} seconds */
function waitAfter(cause, failures) {
  if (!(cause instanceof ApiError)) throw cause;
  if (GONE.has(cause.status)) return Infinity;
  return Math.max(cause.retryAfter ?? 0, Math.min(LONGEST_S, FIRST_S * 2 ** (failures - 1)));
}

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
