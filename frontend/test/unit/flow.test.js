/** What the person can do, against a client that answers as told: keys, clocks, storage. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '../../api/client.js';
import { createFlow } from '../../state/flow.js';
import { INITIAL, reduce, Store } from '../../state/machine.js';
import { dialled } from '../../elements/phone-form/number.js';
import { createSession } from '../../state/own-page.js';
import { answer as verification, CONFIG, FORM, VERIFICATION } from './fixtures.js';

/** @import { Answer, Config, Verification } from '../../api/types.js' */
/** @import { Client } from '../../api/client.js' */

/** @param {Partial<Client>} answers @param {{ id?: string }} [kept] */
function rig(answers, { id } = {}) {
  const items = new Map(id === undefined ? [] : [['ringproof.verification', id]]);
  const storage = {
    getItem: (/** @type {string} */ key) => items.get(key) ?? null,
    setItem: (/** @type {string} */ key, /** @type {string} */ value) => void items.set(key, value),
    removeItem: (/** @type {string} */ key) => void items.delete(key),
  };
  /** @type {string[]} */
  const keys = [];
  const store = new Store(reduce, INITIAL);
  let made = 0;
  /** @type {Client} */
  const client = {
    config: async () => /** @type {Answer<Config>} */ ({ data: CONFIG, serverTime: null, limitReset: null }),
    start: async (_body, key) => (keys.push(key), verification()),
    resend: async (_id, _body, key) => (keys.push(key), verification({ id: 'second' })),
    check: async () => verification({ status: 'verified' }),
    status: async () => verification(),
    ...answers,
  };
  const flow = createFlow({ client, store, session: createSession(() => storage), extras: () => ({ locale: 'en-GB' }), firstForm: () => FORM, dialled, newKey: () => `key-${(made += 1)}`, now: () => 5_000_000 });
  return { flow, store, items, keys, client };
}

/** @param {string} code @param {number} [status] */
const fails = (code, status = 0) => async () => {
  throw new ApiError({ code, status });
};

test('A39 A78: a start leaves the id in storage and nothing else', async () => {
  const { flow, store, items } = rig({});
  await flow.load({ restore: true });
  await flow.start(FORM);
  assert.equal(store.state.phase, 'code');
  assert.deepEqual([...items], [['ringproof.verification', 'first']]);
});

test('how the call fares is read without asking who it is, and the number stays whole', async () => {
  const { flow, store } = rig({ status: async () => verification({ phone_number: '+442******00', delivery: { state: 'ringing' }, poll_after_seconds: 3 }) });
  await flow.load({ restore: false });
  await flow.start(FORM);
  assert.equal(await flow.readProgress(AbortSignal.timeout(1000)), 3);
  const shown = store.state.attempt?.verification;
  assert.deepEqual([shown?.delivery?.state, shown?.phone_number], ['ringing', VERIFICATION.phone_number]);
});

test('an answer without a wait says that reading again is not worth it', async () => {
  const { flow } = rig({ status: async () => verification({ status: 'expired' }) });
  await flow.load({ restore: false });
  assert.equal(await flow.readProgress(AbortSignal.timeout(1000)), null);
  await flow.start(FORM);
  assert.equal(await flow.readProgress(AbortSignal.timeout(1000)), null);
});

test('A74: the same wish repeats its key until it is settled, another one gets its own', async () => {
  /** @type {string[]} */
  const keys = [];
  /** @type {(() => Promise<Answer<Verification>>)[]} */
  const outcomes = [fails('network'), fails('timeout'), fails('network'), async () => verification()];
  const { flow } = rig({ start: (_body, key) => (keys.push(key), outcomes.shift()?.() ?? Promise.resolve(verification())) });
  await flow.load({ restore: false });
  await flow.start(FORM);
  await flow.start(FORM);
  await flow.start({ ...FORM, phoneNumber: '020 7946 0001' });
  await flow.start({ ...FORM, phoneNumber: '020 7946 0001' });
  flow.changeNumber();
  await flow.start({ ...FORM, phoneNumber: '020 7946 0002' });
  assert.deepEqual(keys, ['key-1', 'key-1', 'key-2', 'key-2', 'key-3']);
});

test('an answer that settles the matter, good or bad, ends its key', async () => {
  /** @type {string[]} */
  const keys = [];
  const { flow } = rig({ start: (_body, key) => (keys.push(key), fails('delivery_unknown', 502)()) });
  await flow.load({ restore: false });
  await flow.start(FORM);
  await flow.retry();
  assert.deepEqual(keys, ['key-1', 'key-2']);
});

test('a second press while the first is under way sends nothing', async () => {
  const { flow, keys } = rig({});
  await flow.load({ restore: false });
  await Promise.all([flow.start(FORM), flow.start(FORM)]);
  assert.equal(keys.length, 1);
});

test('faults the page finds itself reach no service', async () => {
  const { flow, store, keys } = rig({ check: fails('must not be called') });
  await flow.load({ restore: false });
  await flow.start({ ...FORM, phoneNumber: '' }, [{ field: 'phone_number', code: 'required', detail: '' }]);
  assert.equal(keys.length, 0);
  await flow.start(FORM);
  await flow.check('', [{ field: 'code', code: 'code_empty', detail: '' }]);
  assert.equal(store.state.faults[0]?.code, 'code_empty');
});

test('a resend takes over the new id and keeps the number readable', async () => {
  const { flow, store, items } = rig({ resend: async () => verification({ id: 'second', phone_number: '+442******00' }) });
  await flow.load({ restore: false });
  await flow.start(FORM);
  await flow.resend('sms');
  assert.equal(items.get('ringproof.verification'), 'second');
  assert.equal(store.state.attempt?.verification.phone_number, VERIFICATION.phone_number);
});

test('A39: a reload takes the verification up again', async () => {
  const { flow, store } = rig({ status: async () => verification({ phone_number: '+442******00', channel: 'sms' }) }, { id: 'first' });
  await flow.load({ restore: true });
  assert.deepEqual([store.state.phase, store.state.form.channel], ['code', 'sms']);
});

test('a verification that is gone leads to the number, with a word about it', async () => {
  const { flow, store, items } = rig({ status: fails('verification_not_found', 404) }, { id: 'first' });
  await flow.load({ restore: true });
  assert.deepEqual([store.state.phase, store.state.notice?.code, items.size], ['phone', 'start_again', 0]);
});

test('a reload without a service keeps the id and can be tried again', async () => {
  let up = false;
  const { flow, store, items, client } = rig({ status: async (id) => (up ? verification({ id }) : fails('network')()) }, { id: 'first' });
  assert.ok(client);
  await flow.load({ restore: true });
  assert.deepEqual([store.state.phase, store.state.problem?.retry, items.size], ['problem', 'load', 1]);
  up = true;
  await flow.retry();
  assert.equal(store.state.phase, 'code');
});

test('going back to the number and reloading does not bring the code back', async () => {
  const { flow, store, items } = rig({}, { id: 'first' });
  await flow.load({ restore: false });
  assert.deepEqual([store.state.phase, items.size], ['phone', 0]);
});

test('a right code shows the number whole where it was whole before', async () => {
  const { flow, store } = rig({ check: async () => verification({ status: 'verified', phone_number: '+442******00' }) });
  await flow.load({ restore: false });
  await flow.start(FORM);
  await flow.check('123456');
  assert.deepEqual([store.state.phase, store.state.attempt?.verification.phone_number], ['done', VERIFICATION.phone_number]);
});

test('an answer that comes after the person has left keeps them where they are, and its new id is not lost', async () => {
  /** @type {(answer: Answer<Verification>) => void} */
  let release = () => {};
  const { flow, store, items } = rig({ resend: () => new Promise((resolve) => (release = resolve)) });
  await flow.load({ restore: false });
  await flow.start(FORM);
  const resending = flow.resend('voice');
  flow.changeNumber();
  release(verification({ id: 'second' }));
  await resending;
  assert.deepEqual([store.state.phase, items.get('ringproof.verification')], ['phone', 'second']);
});

test('the same number by the same way leads back to the code that is under way, and nobody is called', async () => {
  const { flow, store, keys } = rig({});
  await flow.load({ restore: false });
  await flow.start(FORM);
  flow.changeNumber();
  await flow.start({ ...FORM });
  assert.deepEqual([store.state.phase, keys.length], ['code', 1]);
  flow.changeNumber();
  await flow.start({ ...FORM, phoneNumber: `+44 ${FORM.phoneNumber.slice(1)}` });
  assert.deepEqual([store.state.phase, keys.length], ['code', 1]);
  flow.changeNumber();
  await flow.start({ ...FORM, channel: 'sms' });
  assert.equal(keys.length, 2);
});

test('a start waits for the check under way: a number that it proves is not lost, and nobody is called', async () => {
  /** @type {(answer: Answer<Verification>) => void} */
  let release = () => {};
  const { flow, store, keys } = rig({ check: () => new Promise((resolve) => (release = resolve)) });
  await flow.load({ restore: false });
  await flow.start(FORM);
  const checking = flow.check('123456');
  flow.changeNumber();
  const starting = flow.start({ ...FORM, phoneNumber: '020 7946 0001' });
  release(verification({ status: 'verified', receipt: 'proof' }));
  await Promise.all([checking, starting]);
  assert.deepEqual([store.state.phase, store.state.receipt, keys.length], ['done', 'proof', 1]);
});

test('storage that is switched off stops nothing', async () => {
  const session = createSession(() => {
    throw new DOMException('denied', 'SecurityError');
  });
  session.write('id');
  session.clear();
  assert.equal(session.read(), null);
});

for (const moment of /** @type {const} */ (['config', 'status'])) {
  test(`what begins anew while it loads (${moment}) never shows what was kept`, async () => {
    /** @type {() => void} */
    let answer = () => {};
    const late = new Promise((resolve) => (answer = () => resolve(undefined)));
    const rigged = rig(moment === 'config' ? { config: async () => (await late, { data: CONFIG, serverTime: null, limitReset: null }) } : { status: async () => (await late, verification()) }, { id: 'first' });
    const { flow, store, items } = rigged;
    const phases = new Set();
    store.subscribe(({ state }) => phases.add(state.phase), new AbortController().signal);
    const loaded = flow.load({ restore: true, attach: 'first', receipt: 'proof' });
    // Until the slow answer is waited for.
    await new Promise((resolve) => setImmediate(resolve));
    flow.startOver();
    answer();
    await loaded;
    assert.deepEqual([store.state.attempt, store.state.receipt, [...phases], items.size], [null, null, ['phone'], 0]);
  });
}
