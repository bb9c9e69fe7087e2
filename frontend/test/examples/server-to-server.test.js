/** `examples/server-to-server.sh`: curl and a key, from the start to the whole number. */

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Service, otherThan } from '../e2e/support/service.js';

const SCRIPT = fileURLToPath(new URL('../../../examples/server-to-server.sh', import.meta.url));
const BINARY = process.env['RINGPROOF_BIN'] ?? fileURLToPath(new URL('../../../target/debug/ringproof', import.meta.url));

const printed = execFileSync(BINARY, ['new-key', 'crm'], { encoding: 'utf8' });
const [key] = /^rpk_crm_\S+$/m.exec(printed) ?? [];
const [entry] = /^crm:[0-9a-f]{64}$/m.exec(printed) ?? [];

/** @type {Service} */
let service;

before(async () => {
  assert.ok(key && entry, 'a key and its entry');
  service = await Service.start({ CALLERS: entry, SECRET_KEY: '07'.repeat(32), GUARD_COOLDOWNS: '1ms' });
});
after(() => service?.kill());

/**
 * Runs the script; a code is typed for each function given, when the one before was answered.
 * @param {string} number @param {string} withKey @param {((right: string) => string)[]} typed
 */
async function run(number, withKey, ...typed) {
  const env = { PATH: process.env['PATH'], RINGPROOF_URL: service.page.slice(0, -1), RINGPROOF_KEY: withKey };
  const child = spawn('bash', [SCRIPT, number], { env });
  const said = { stdout: '', stderr: '' };
  for (const name of /** @type {const} */ (['stdout', 'stderr'])) child[name].setEncoding('utf8').on('data', (text) => (said[name] += text));
  const exit = once(child, 'exit');
  const ended = once(child.stdout, 'close');
  if (typed.length > 0) {
    while (child.exitCode === null && (await service.messages(number)).length === 0);
    const { code } = await service.newest(number);
    child.stdin.write(typed.map((choose) => `${choose(code)}\n`).join(''));
  }
  child.stdin.end();
  const [[status]] = await Promise.all([exit, ended]);
  return { status, ...said };
}

test('a wrong code, the right one, and the whole number', async () => {
  const { status, stdout, stderr } = await run('+44 20 7946 0701', String(key), otherThan, (right) => right);
  assert.deepEqual([status, stdout], [0, 'Proven: +442079460701\n']);
  assert.match(stderr, /code_incorrect/);
});

test('says why when it may not, and rings nobody', async () => {
  const unknown = await run('+44 20 7946 0702', `rpk_crm_${'A'.repeat(43)}`);
  assert.equal(unknown.status, 1);
  assert.match(unknown.stderr, /caller_unknown/);
  const injected = await run('+44 20 7946 0702", "x": "', String(key));
  assert.deepEqual([injected.status, injected.stdout], [1, '']);
  assert.match(injected.stderr, /Not a phone number/);
  assert.deepEqual(await service.messages('+44 20 7946 0702'), []);
  const nothing = await run('+44 20 7946 0703', String(key));
  assert.deepEqual([nothing.status, nothing.stderr], [1, 'No code was entered.\n']);
});
