/**
 * Reads how the call is faring, again and again.
 */

/** @import { Flow } from './flow.js' */
/** @import { Store } from './machine.js' */

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
