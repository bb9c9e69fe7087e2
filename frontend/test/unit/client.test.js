/** The client against a real server on this machine: what goes out, and what every kind of answer becomes. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { after, before, beforeEach, test } from 'node:test';
import { ApiError, createClient, parseRetryAfter } from '../../api/client.js';
import { CONFIG, VERIFICATION } from './fixtures.js';

/** @typedef {{ method: string, url: string, headers: http.IncomingHttpHeaders, body: string }} Seen */

/** @type {Seen[]} */
let seen = [];
/** @type {(response: http.ServerResponse, request: Seen) => void} */
let answer = () => {};
let base = '';

const server = http.createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  const entry = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body };
  seen.push(entry);
  answer(response, entry);
});

before(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  base = `http://127.0.0.1:${address.port}`;
});

after(() => {
  server.closeAllConnections();
  server.close();
});

beforeEach(() => {
  seen = [];
});

/** @param {number} status @param {unknown} body @param {Record<string, string>} [headers] */
function replyWith(status, body, headers = {}) {
  answer = (response) => {
    response.writeHead(status, { 'Content-Type': status >= 400 ? 'application/problem+json' : 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
}

/** @param {Promise<unknown>} promise @returns {Promise<ApiError>} */
async function failure(promise) {
  const error = await promise.then(() => null, (cause) => cause);
  assert.ok(error instanceof ApiError, `an ApiError, not ${error}`);
  return error;
}

test('a start sends one JSON object with its idempotency key', async () => {
  replyWith(201, VERIFICATION);
  const { data } = await createClient({ base }).start({ phone_number: '+44 20 7946 0000', channel: 'voice', locale: 'en-GB' }, 'key-1');
  assert.deepEqual(data, VERIFICATION);
  const [request] = seen;
  assert.equal(`${request?.method} ${request?.url}`, 'POST /verifications');
  assert.equal(request?.headers['content-type'], 'application/json');
  assert.equal(request?.headers['idempotency-key'], 'key-1');
  assert.deepEqual(JSON.parse(request?.body ?? ''), { phone_number: '+44 20 7946 0000', channel: 'voice', locale: 'en-GB' });
});

test('the id is one segment of the path whatever it holds', async () => {
  replyWith(200, VERIFICATION);
  const client = createClient({ base });
  await client.status('a/../b?c#d');
  await client.resend('id', { channel: 'sms' }, 'key-2');
  assert.deepEqual(seen.map(({ method, url }) => `${method} ${url}`), ['GET /verifications/a%2F..%2Fb%3Fc%23d', 'POST /verifications/id/resend']);
  assert.equal(seen[1]?.headers['idempotency-key'], 'key-2');
});

test('no cookie and no referrer is sent', async () => {
  replyWith(200, CONFIG);
  await createClient({ base }).config();
  assert.equal(seen[0]?.headers.cookie, undefined);
  assert.equal(seen[0]?.headers.referer, undefined);
});

test('the clock of the service is read from its answer', async () => {
  replyWith(200, CONFIG, { Date: 'Mon, 23 Nov 2026 14:26:57 GMT' });
  assert.equal((await createClient({ base }).config()).serverTime, Date.UTC(2026, 10, 23, 14, 26, 57));
});

test('the exact wait is read from the RateLimit header, and from nothing that only looks like one', async () => {
  const client = createClient({ base });
  for (const [value, seconds] of /** @type {const} */ ([['"number";r=2;t=60', 60], ['"number";r=0; t=0', 0], ['"number";r=2', null], ['"number";t=soon', null], ['"number";t=6e9', null]])) {
    replyWith(200, VERIFICATION, { RateLimit: value });
    assert.equal((await client.status('id')).limitReset, seconds, value);
  }
  replyWith(200, VERIFICATION);
  assert.equal((await client.status('id')).limitReset, null);
});

test('a problem keeps all its members', async () => {
  const errors = [{ pointer: '#/phone_number', detail: 'Which?', code: 'ambiguous', readings: ['+4915123456789', '+494915123456789'] }, { pointer: '#/region', detail: 'No.', code: 'unknown_region' }];
  replyWith(422, { type: '/problems/x', title: 'T', status: 422, detail: 'D', instance: 'urn:uuid:1', code: 'phone_number_invalid', errors, attempts_remaining: 4, scope: 'number' }, { 'Retry-After': '47' });
  const error = await failure(createClient({ base }).start({ phone_number: '1' }, 'k'));
  const { status, code, title, detail, instance, attemptsRemaining, retryAfter, scope } = error;
  assert.deepEqual({ status, code, title, detail, instance, attemptsRemaining, retryAfter, scope, errors: error.errors }, {
    status: 422, code: 'phone_number_invalid', title: 'T', detail: 'D', instance: 'urn:uuid:1', attemptsRemaining: 4, retryAfter: 47, scope: 'number', errors,
  });
});

test('members of the wrong type are left out rather than shown', async () => {
  replyWith(422, { code: 'invalid_request', title: 7, detail: null, errors: [null, { pointer: 3 }, { pointer: '#/code', readings: 7 }], attempts_remaining: '4' });
  const error = await failure(createClient({ base }).check('id', '123456'));
  assert.deepEqual([error.title, error.detail, error.attemptsRemaining, error.errors], ['', '', null, [{ pointer: '#/code', detail: '', code: '' }]]);
});

for (const [name, status, body, type] of /** @type {const} */ ([
  ['a proxy page', 502, '<h1>Bad gateway</h1>', 'text/html'],
  ['JSON that is no problem', 500, '{"code":"x"}', 'application/json'],
  ['a broken problem', 500, '{"code":', 'application/problem+json'],
  ['a problem without a code', 500, '{"title":"x"}', 'application/problem+json'],
  ['an empty answer', 404, '', 'text/plain'],
])) {
  test(`${name} is an unusable answer`, async () => {
    replyWith(status, body, { 'Content-Type': type });
    const error = await failure(createClient({ base }).config());
    assert.deepEqual([error.code, error.status], ['unusable_answer', status]);
  });
}

for (const [name, body] of /** @type {const} */ ([['HTML', '<p>'], ['null', 'null'], ['a list', '[]'], ['no id', '{"status":"pending"}']])) {
  test(`a success that holds ${name} is an unusable answer`, async () => {
    replyWith(200, body);
    assert.equal((await failure(createClient({ base }).status('id'))).code, 'unusable_answer');
  });
}

test('only the exact status verified is a success of a check', async () => {
  replyWith(200, { ...VERIFICATION, status: 'pending' });
  assert.equal((await failure(createClient({ base }).check('id', '123456'))).code, 'unusable_answer');
  replyWith(200, { ...VERIFICATION, status: 'verified' });
  assert.equal((await createClient({ base }).check('id', '123456')).data.status, 'verified');
});

test('a service that is not there is a network failure, or offline when the browser says so', async () => {
  const closed = http.createServer().listen(0, '127.0.0.1');
  await once(closed, 'listening');
  const address = closed.address();
  const port = address && typeof address === 'object' ? address.port : 0;
  closed.close();
  await once(closed, 'close');
  const gone = `http://127.0.0.1:${port}`;
  assert.equal((await failure(createClient({ base: gone }).config())).code, 'network');
  assert.equal((await failure(createClient({ base: gone, online: () => false }).config())).code, 'offline');
});

test('A74: an answer that does not come in time is a timeout, and the request is let go', async () => {
  let given = /** @type {AbortSignal | undefined} */ (undefined);
  const silent = (/** @type {unknown} */ _address, /** @type {RequestInit} */ { signal }) => new Promise((_resolve, reject) => {
    given = signal ?? undefined;
    given?.addEventListener('abort', () => reject(given?.reason));
  });
  const client = createClient({ base, timeoutMs: 30, fetch: /** @type {typeof globalThis.fetch} */ (silent) });
  assert.equal((await failure(client.config())).code, 'timeout');
  assert.equal(given?.aborted, true);
});

test('a body that stops half way counts towards the time', async () => {
  answer = (response) => {
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.write('{"regions":');
  };
  assert.equal((await failure(createClient({ base, timeoutMs: 60 }).config())).code, 'timeout');
});

test('the caller can let go of a request', async () => {
  const controller = new AbortController();
  answer = () => controller.abort();
  assert.equal((await failure(createClient({ base }).config(controller.signal))).code, 'aborted');
});

test('a redirect is not followed', async () => {
  answer = (response) => response.writeHead(307, { Location: `${base}/elsewhere` }).end();
  assert.equal((await failure(createClient({ base }).start({ phone_number: '+44 20 7946 0000' }, 'k'))).code, 'network');
  assert.equal(seen.length, 1);
});

test('Retry-After is read as seconds or as a date', () => {
  const now = Date.UTC(2026, 10, 23, 14, 0, 0);
  assert.equal(parseRetryAfter('47', now), 47);
  assert.equal(parseRetryAfter('Mon, 23 Nov 2026 14:01:00 GMT', now), 60);
  assert.equal(parseRetryAfter('Mon, 23 Nov 2026 13:00:00 GMT', now), 0);
  for (const nothing of [null, '', 'soon', '-5 minutes ago']) assert.equal(parseRetryAfter(nothing, now), null);
});
