/**
 * The real service, as `ringproof demo` runs it: page, API and simulator in one process on ports of their own.
 */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const FRONTEND = fileURLToPath(new URL('../../..', import.meta.url));
const BINARY = process.env['RINGPROOF_BIN'] ?? fileURLToPath(new URL('../../../../target/debug/ringproof', import.meta.url));

/** How long the process may take to print its addresses, on a busy machine too. */
const START_MS = 120_000;

/**
 * A message as the simulated phone shows it.
 * @typedef {{ id: string, recipient: string, channel: 'voice' | 'sms', language: string, text: string, code: string, status: string }} Message
 */

/** Where what can be opened is. @typedef {{ page: string, phone: string, operators: string }} Addresses */

/** The clock and the zone that scripts/test-at asked for. @returns {Record<string, string>} */
function otherClock() {
  return Object.fromEntries(Object.entries(process.env).flatMap(([name, value]) => (value !== undefined && /^(TZ|LD_PRELOAD|FAKETIME.*)$/.test(name) ? [[name, value]] : [])));
}

/** A running service. */
export class Service {
  /** @param {import('node:child_process').ChildProcess} child @param {Addresses} addresses */
  constructor(child, { page, phone, operators }) {
    this.child = child;
    /** Address of the page, with the slash at its end. */
    this.page = page;
    /** Address of the simulated phone. */
    this.phone = phone;
    /** Address of the operators' page, with the slash at its end. */
    this.operators = operators;
  }

  /**
   * Starts it and waits for its addresses.
   * @param {Record<string, string>} [settings]
   * @param {{ like?: Service }} [options] `like`: on the ports of one that has stopped
   */
  static async start(settings = {}, { like } = {}) {
    const port = (/** @type {string | undefined} */ address) => (address ? new URL(address).host : '127.0.0.1:0');
    const child = spawn(BINARY, ['demo', '--phone-listen', port(like?.phone)], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        PATH: process.env['PATH'],
        ...otherClock(),
        HTTP_LISTEN: port(like?.page),
        OPS_LISTEN: port(like?.operators),
        HTTP_FRONTEND_DIR: FRONTEND,
        RUST_LOG: 'off',
        // Every test has a number of its own, but all come from one address and one range.
        GUARD_CLIENT_LIMITS: '1000/1m',
        GUARD_PREFIX_LIMITS: '1000/1h',
        GUARD_CONVERSION: 'off',
        // Most tests have one carrier misbehave; another one would stand in for it.
        PROVIDERS: 'messagebird',
        ...settings,
      },
    });
    return new Service(child, await addresses(child));
  }

  /** Ends the process at once, as a crash would. */
  async kill() {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await gone;
  }

  /** What arrived on a phone, newest first. @param {string} number @returns {Promise<Message[]>} */
  async messages(number) {
    const response = await fetch(`${this.phone}/messages?recipient=${number.replace(/\D/g, '')}`);
    assert.equal(response.status, 200);
    return /** @type {Promise<Message[]>} */ (response.json());
  }

  /** The newest message to a phone. @param {string} number @returns {Promise<Message>} */
  async newest(number) {
    const [message] = await this.messages(number);
    assert.ok(message, `nothing arrived at ${number}`);
    return message;
  }

  /** Sees to it that the newest call to a phone is picked up; six seconds after it came it is by itself. @param {string} number */
  async answer(number) {
    const { id } = await this.newest(number);
    const { status } = await this.#ask('POST', `/messages/${id}/answer`, {});
    const call = await this.newest(number);
    assert.deepEqual([call.id, call.status], [id, 'answered'], `HTTP ${status}`);
  }

  /** Moves the clock of the simulator. @param {number} seconds */
  async advance(seconds) {
    await this.#simulate('POST', '/clock', { advance_seconds: seconds });
  }

  /** Makes the provider fail. @param {{ operation: string, fault: string, times?: number, milliseconds?: number }} fault */
  async fault(fault) {
    await this.#simulate('PUT', '/faults', fault);
  }

  /** @param {string} method @param {string} path @param {object} body */
  async #simulate(method, path, body) {
    const { ok, status } = await this.#ask(method, path, body);
    assert.ok(ok, `${method} ${path}: ${status}`);
  }

  /** @param {string} method @param {string} path @param {object} body */
  #ask(method, path, body) {
    return fetch(this.phone + path, { method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
  }
}

/**
 * Reads the addresses off the standard output, which is then left open for the process to write to.
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<Addresses>}
 */
function addresses(child) {
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => child.kill('SIGKILL'), START_MS);
    /** @type {Record<string, string>} */
    const found = {};
    child.once('error', reject);
    child.once('exit', () => {
      clearTimeout(limit);
      reject(new Error(`${BINARY} demo ended without printing its addresses`));
    });
    if (!child.stdout) throw new Error('no standard output');
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [, name, address] = /^\s*(Page|Phone|Operators):\s+(http:\/\/\S+)/.exec(line) ?? [];
      if (name && address) found[name] = address;
      const { Page: page, Phone: phone, Operators: operators } = found;
      if (!page || !phone || !operators) return;
      clearTimeout(limit);
      resolve({ page, phone, operators });
    });
  });
}

/** A code that is certainly not `code`. @param {string} code */
export function otherThan(code) {
  return code.replace(/\d$/, (digit) => String((Number(digit) + 1) % 10));
}
