/**
 * An example of `examples/` as a running site, beside the service it was made for.
 */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Service } from '../e2e/support/service.js';

const EXAMPLES = fileURLToPath(new URL('../../../examples/', import.meta.url));
const PYTHON = process.env['EXAMPLES_PYTHON'] ?? `${EXAMPLES}flask/.venv/bin/python`;

/** How each is started, as its README says. */
export const SITES = /** @type {const} */ ({
  html: { command: 'python3', args: ['html/server.py'], path: '/order' },
  flask: { command: PYTHON, args: ['flask/app.py'], path: '/sign-up' },
  node: { command: process.execPath, args: ['node/server.js'], path: '/sign-up' },
});

/** @typedef {keyof typeof SITES} Name */

/** A port that is free now. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  server.close();
  await once(server, 'close');
  return port;
}

/** A site, and the service that it trusts. */
export class Site {
  /** @param {Name} name @param {Service} service @param {Record<string, string>} settings @param {string} origin @param {import('node:child_process').ChildProcess} child */
  constructor(name, service, settings, origin, child) {
    this.name = name;
    this.service = service;
    /** With which the service was started. */
    this.settings = settings;
    this.origin = origin;
    this.child = child;
  }

  /** Starts both, each knowing the other's address. @param {Name} name */
  static async start(name) {
    const [own, services] = [await freePort(), await freePort()];
    const [origin, url] = [`http://127.0.0.1:${own}`, `http://127.0.0.1:${services}`];
    const settings = { HTTP_LISTEN: `127.0.0.1:${services}`, PUBLIC_URL: url, HTTP_ALLOWED_ORIGINS: origin, GUARD_COOLDOWNS: '1ms', GUARD_NUMBER_LIMITS: '1000/1h', SECRET_KEY: '07'.repeat(32) };
    const service = await Service.start(settings);
    const { command, args } = SITES[name];
    const env = { PATH: process.env['PATH'], RINGPROOF_URL: url, ORIGIN: origin, NO_PROXY: '127.0.0.1' };
    const child = spawn(command, args, { cwd: EXAMPLES, stdio: ['ignore', 'pipe', 'pipe'], env });
    // What it says of itself is heard, so that no pipe is ever full.
    child.stderr.resume();
    const site = new Site(name, service, settings, origin, child);
    try {
      await new Promise((resolve, reject) => {
        child.once('error', reject);
        child.once('exit', (code) => reject(new Error(`${name} ended with ${code}`)));
        createInterface({ input: child.stdout }).on('line', (line) => line.startsWith('Open ') && resolve(undefined));
      });
      await listening(origin, child);
      return site;
    } catch (error) {
      await site.stop();
      throw error;
    }
  }

  async stop() {
    const ended = this.child.exitCode !== null || this.child.signalCode !== null;
    const gone = ended ? null : once(this.child, 'exit');
    this.child.kill();
    await Promise.all([this.service.kill(), gone]);
  }

  /** Opens the page with the form: a session of its own. @returns {Promise<{ cookie: string, nonce: string }>} */
  async visit() {
    const response = await fetch(this.origin);
    assert.equal(response.status, 200);
    const cookie = response.headers.getSetCookie().map((line) => line.split(';')[0]).join('; ');
    const [, nonce = ''] = /nonce="([^"]+)"/.exec(await response.text()) ?? [];
    assert.match(nonce, /^[\w-]{43}$/);
    return { cookie, nonce };
  }

  /** Sends the form. @param {string} cookie @param {string} [receipt] */
  async submit(cookie, receipt) {
    const body = new URLSearchParams({ name: 'Ada <b>', ...(receipt !== undefined && { phone_receipt: receipt }) });
    return fetch(this.origin + SITES[this.name].path, { method: 'POST', headers: { Cookie: cookie }, body, redirect: 'manual' });
  }

  /** Proves a number as the element would. @param {{ number: string, nonce?: string, origin?: string, service?: Service }} options @returns {Promise<string>} the receipt */
  async prove({ number, nonce, origin = this.origin, service = this.service }) {
    const post = async (/** @type {string} */ path, /** @type {object} */ body) => {
      const response = await fetch(new URL(path, service.page), { method: 'POST', headers: { 'Content-Type': 'application/json', ...(origin && { Origin: origin }) }, body: JSON.stringify(body) });
      const answer = /** @type {Record<string, string>} */ (await response.json());
      assert.ok(response.ok, JSON.stringify(answer));
      return answer;
    };
    const { id } = await post('/verifications', { phone_number: number, nonce });
    const { code } = await service.newest(number);
    const { receipt } = await post(`/verifications/${id}/check`, { code });
    assert.ok(receipt);
    return receipt;
  }
}

/** The development server of Flask says its line before it listens. @param {string} origin @param {import('node:child_process').ChildProcess} child */
async function listening(origin, child) {
  while (child.exitCode === null) {
    const there = await fetch(`${origin}/nothing`).then(() => true, () => false);
    if (there) return;
  }
  throw new Error('it ended before it listened');
}
