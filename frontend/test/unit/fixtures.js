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
