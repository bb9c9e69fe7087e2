/**
 * What is said of a call or message under way, as far as the provider tells. "Answered" says only that the
 * call was picked up: by whom, or by what, nobody knows.
 */

/** @import { Verification } from '../../api/types.js' */

/** @type {Readonly<Record<Verification['channel'], Readonly<Record<string, string>>>>} */
const WORDS = {
  voice: {
    queued: 'progress.queued',
    ringing: 'progress.ringing',
    answered: 'progress.answered',
    busy: 'progress.busy',
    no_answer: 'progress.no_answer',
    voicemail: 'progress.voicemail',
    failed: 'progress.failed_voice',
  },
  sms: { sent: 'progress.sent', delivered: 'progress.delivered', failed: 'progress.failed_sms' },
};

/** States after which nothing comes of this call any more, so that the next one is the way on. */
const IN_VAIN = new Set(['busy', 'no_answer', 'voicemail', 'failed']);

/**
 * @typedef {object} Progress
 * @property {string} state
 * @property {string} key of the words
 * @property {boolean} inVain
 */

/**
 * @param {Verification | undefined} verification
 * @returns {Progress | null} null when nothing is known that would help
 */
export function progressOf(verification) {
  const state = verification?.delivery?.state ?? '';
  const words = (verification && WORDS[verification.channel]) ?? {};
  const key = Object.hasOwn(words, state) ? words[state] : undefined;
  return key === undefined ? null : { state, key, inVain: IN_VAIN.has(state) };
}
