/**
 * Idempotency keys, one per thing the person wants: pressing again after a broken connection repeats the
 * key, so that no second call is placed; another number, or a settled answer, asks for a new one (A74).
 */

/** @import { Problem } from '../api/types.js' */

/** Failures after which nobody knows whether the service acted. */
const UNSETTLED = new Set(['network', 'offline', 'timeout', 'aborted', 'unusable_answer', 'idempotency_key_in_use']);

/** @typedef {ReturnType<typeof createIntent>} Intent */

/** @param {() => string} newKey */
export function createIntent(newKey) {
  /** @type {{ subject: string, key: string } | null} */
  let current = null;
  return {
    /**
     * The key for sending `request`: the one used before while that is unsettled, else a new one.
     * @param {object} request
     */
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
