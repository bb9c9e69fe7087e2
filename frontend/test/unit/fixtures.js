/** Values that several unit tests start from. Numbers are of ranges reserved for fiction. */

/** @import { Answer, Config, Problem, Verification } from '../../api/types.js' */
/** @import { Attempt, Form } from '../../state/types.js' */

/** @type {Config} */
export const CONFIG = {
  channels: ['voice', 'sms'],
  regions: [{ region: 'GB', calling_code: '+44', channels: ['voice', 'sms'] }],
  locales: ['en-GB'],
  default_locale: 'en-GB',
  code_length: 6,
  default_region: 'GB',
  brand: null,
};

/** @type {Form} */
export const FORM = { phoneNumber: '020 7946 0000', region: 'GB', channel: 'voice' };

/** @type {Verification} */
export const VERIFICATION = {
  id: 'first',
  status: 'pending',
  channel: 'voice',
  phone_number: '+442079460000',
  locale: 'en-GB',
  code_length: 6,
  attempts_remaining: 5,
  created_at: '2026-11-23T14:26:57Z',
  expires_at: '2026-11-23T14:36:57Z',
  resend_at: '2026-11-23T14:27:57Z',
};

/** @type {Attempt} */
export const ATTEMPT = { verification: VERIFICATION, expiresAt: 600_000, resendAt: 60_000 };

/** @param {number} status @param {string} code @param {Partial<Problem>} [more] @returns {Problem} */
export function problem(status, code, more = {}) {
  return { status, code, title: `title of ${code}`, detail: `detail of ${code}`, errors: [], attemptsRemaining: null, retryAfter: null, scope: null, instance: null, ...more };
}

/** The second at which the verification above was made. */
export const CREATED_AT = Date.parse(VERIFICATION.created_at);

/** @param {Partial<Verification>} [more] @param {Partial<Answer<Verification>>} [headers] @returns {Answer<Verification>} */
export function answer(more, headers) {
  return { data: { ...VERIFICATION, ...more }, serverTime: CREATED_AT, limitReset: null, ...headers };
}

/**
 * Where each run of ten decimal digits begins, all scripts of Unicode 15.1. The page reads them off the
 * pattern `\p{Nd}`.
 */
export const DIGIT_ZEROS = Object.freeze([
  0x30, 0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50, 0xed0, 0xf20,
  0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900,
  0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10, 0x104a0, 0x10d30, 0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0,
  0x11650, 0x116c0, 0x11730, 0x118e0, 0x11950, 0x11c50, 0x11d50, 0x11da0, 0x11f50, 0x16a60, 0x16ac0, 0x16b50, 0x1d7ce,
  0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6, 0x1e140, 0x1e2f0, 0x1e4f0, 0x1e950, 0x1fbf0,
]);
