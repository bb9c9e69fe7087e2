/** When the page reads how a call fares: by a clock that the test moves. */

import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { ApiError } from '../../api/client.js';
import { INITIAL, reduce, Store } from '../../state/machine.js';
import { followProgress } from '../../state/progress.js';
import { ATTEMPT, CONFIG, FORM, problem, VERIFICATION } from './fixtures.js';

beforeEach(() => mock.timers.enable({ apis: ['setTimeout', 'Date'] }));
afterEach(() => mock.timers.reset());

/** A document as far as being looked at goes. */
class Visibility extends EventTarget {
  /** @type {DocumentVisibilityState} */
  visibilityState = 'visible';

  /** @param {DocumentVisibilityState} state */
  turn(state) {
    this.visibilityState = state;
    this.dispatchEvent(new Event('visibilitychange'));
  }
}

/** @param {(signal: AbortSignal) => Promise<number | null>} answer */
function rig(answer) {
  const store = new Store(reduce, INITIAL);
  const document = new Visibility();
  const window = new EventTarget();
  const page = new AbortController();
  /** @type {number[]} */
  const readAt = [];
  const readProgress = (/** @type {AbortSignal} */ signal) => {
    readAt.push(Math.floor(Date.now() / 1000));
    return answer(signal);
  };
  const follow = () => followProgress({
    store,
    flow: { readProgress },
    document: /** @type {Document} */ (/** @type {unknown} */ (document)),
    window: /** @type {Window} */ (/** @type {unknown} */ (window)),
    signal: page.signal,
  });
  follow();
  store.dispatch({ type: 'config_loaded', config: CONFIG, form: FORM });
  store.dispatch({ type: 'start_sent', form: FORM });
  store.dispatch({ type: 'started', attempt: ATTEMPT });
  return { store, document, window, page, readAt, follow };
}

/** Lets the clock run second by second, so that what was awaited is planned before the next. @param {number} seconds */
async function pass(seconds) {
  for (let second = 0; second < seconds; second += 1) {
    mock.timers.tick(1000);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const every = (/** @type {number} */ seconds) => async () => seconds;

/** @param {Partial<ApiError> & { code: string }} error */
const fails = (error) => async () => {
  throw new ApiError(error);
};

test('begins two seconds after the start and goes on as often as the service asks', async () => {
  const { readAt } = rig(every(3));
  await pass(12);
  assert.deepEqual(readAt, [2, 5, 8, 11]);
});

test('ends when the service names no further wait', async () => {
  const { readAt } = rig(async () => null);
  await pass(300);
  assert.deepEqual(readAt, [2]);
});

test('does not read while nobody looks, and reads at once when somebody looks again', async () => {
  const { readAt, document } = rig(every(2));
  await pass(3);
  document.turn('hidden');
  await pass(60);
  assert.deepEqual(readAt, [2]);
  document.turn('visible');
  await pass(1);
  assert.deepEqual(readAt, [2, 64]);
});

test('looking away and back again does not make it read more often', async () => {
  const { readAt, document } = rig(every(10));
  await pass(2);
  for (let times = 0; times < 5; times += 1) {
    document.turn('hidden');
    document.turn('visible');
    await pass(1);
  }
  await pass(5);
  assert.deepEqual(readAt, [2, 12]);
});

test('A76: leaving the page lets go of a reading, and coming back by Back reads again', async () => {
  /** @type {AbortSignal[]} */
  const signals = [];
  const { readAt, window } = rig((signal) => {
    signals.push(signal);
    return new Promise(() => {});
  });
  await pass(2);
  window.dispatchEvent(new Event('pagehide'));
  assert.equal(signals[0]?.aborted, true);
  await pass(30);
  window.dispatchEvent(new Event('pageshow'));
  await pass(1);
  assert.deepEqual(readAt, [2, 33]);
});

test('stops while a code is checked and in every other step, and begins again in the code step', async () => {
  const { readAt, store } = rig(every(2));
  await pass(2);
  store.dispatch({ type: 'check_sent', code: '123456' });
  await pass(20);
  store.dispatch({ type: 'check_failed', id: VERIFICATION.id, error: problem(422, 'code_incorrect', { attemptsRemaining: 4 }), at: 0 });
  await pass(2);
  store.dispatch({ type: 'change_number' });
  await pass(20);
  store.dispatch({ type: 'return_to_code' });
  await pass(2);
  assert.deepEqual(readAt, [2, 24, 46]);
});

test('a new call is read from its own beginning', async () => {
  const { readAt, store } = rig(every(60));
  await pass(10);
  store.dispatch({ type: 'resend_sent', channel: 'voice' });
  store.dispatch({ type: 'resent', of: VERIFICATION.id, attempt: { ...ATTEMPT, verification: { ...VERIFICATION, id: 'second' } } });
  await pass(3);
  assert.deepEqual(readAt, [2, 12]);
});

test('what was read does not itself start another reading', async () => {
  const { readAt, store } = rig(async () => {
    store.dispatch({ type: 'progressed', attempt: { ...ATTEMPT } });
    return 30;
  });
  await pass(31);
  assert.deepEqual(readAt, [2]);
});

test('reads more and more rarely while it fails, up to once a minute, and as before once it works', async () => {
  let up = false;
  const { readAt } = rig(async () => (up ? 2 : fails({ code: 'network' })()));
  await pass(250);
  up = true;
  await pass(60);
  assert.deepEqual(readAt.slice(0, 9), [2, 4, 8, 16, 32, 64, 124, 184, 244]);
  assert.deepEqual(readAt.slice(9, 12), [304, 306, 308]);
});

test('waits as long as the service says when it says so', async () => {
  const { readAt } = rig(fails({ code: 'temporarily_unavailable', status: 503, retryAfter: 40 }));
  await pass(50);
  assert.deepEqual(readAt, [2, 42]);
});

test('A75: reads at once when the line is back', async () => {
  const { readAt, window } = rig(fails({ code: 'offline' }));
  await pass(40);
  window.dispatchEvent(new Event('online'));
  await pass(1);
  assert.deepEqual(readAt, [2, 4, 8, 16, 32, 41]);
});

test('a verification nobody knows is not asked for again', async () => {
  const { readAt } = rig(fails({ code: 'verification_not_found', status: 404 }));
  await pass(300);
  assert.deepEqual(readAt, [2]);
});

test('begins in the code step too, for an element that was moved in its page', async () => {
  const { readAt, store, follow } = rig(every(60));
  await pass(2);
  assert.equal(store.state.phase, 'code');
  follow();
  await pass(2);
  assert.deepEqual(readAt, [2, 4]);
});

test('ends with the page', async () => {
  const { readAt, page } = rig(every(2));
  await pass(2);
  page.abort();
  await pass(20);
  assert.deepEqual(readAt, [2]);
});
