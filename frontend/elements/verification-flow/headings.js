/**
 * The step a state belongs to and its heading, which is also the title of the page.
 */

/** @import { State } from '../../state/types.js' */
/** @import { Translator } from '../../i18n/types.js' */

import { problemText } from '../../i18n/translator.js';

/** What is on screen. @typedef {'loading' | 'phone' | 'code' | 'ended' | 'done' | 'problem'} Step */

/** @param {State} state @returns {Step} */
export function stepOf({ phase, ended }) {
  if (phase === 'starting') return 'phone';
  if (phase === 'checking' || phase === 'resending') return ended ? 'ended' : 'code';
  return phase;
}

/** Deliveries after which nothing comes of this call any more, so that the next one is the way on. */
const IN_VAIN = { voice: ['busy', 'no_answer', 'voicemail', 'failed'], sms: ['failed'] };

/** The headings of the code step, for each way. */
export const CODE_HEADINGS = {
  voice: ['code.heading_calling', 'code.heading_press_key', 'code.heading_voice', 'progress.busy', 'progress.no_answer', 'progress.voicemail', 'progress.failed_voice'],
  sms: ['code.heading_sms', 'progress.failed_sms'],
};

/** Whether nothing comes of the present call or message any more. @param {State} state */
export function inVain({ attempt }) {
  const { channel, delivery } = attempt?.verification ?? {};
  return channel !== undefined && IN_VAIN[channel].includes(delivery?.state ?? '');
}

/** Whether it is the phone's turn: it rings, is about to, or waits for a key. @param {State} state */
export function isCalling({ attempt, entering }) {
  if (attempt?.verification.channel !== 'voice' || entering) return false;
  return ['queued', 'ringing', undefined].includes(attempt.verification.delivery?.state);
}

/** @param {State} state @returns {string} the key of its words */
function codeHeading(state) {
  const { channel, delivery } = state.attempt?.verification ?? {};
  if (inVain(state) && !state.entering) return delivery?.state === 'failed' ? `progress.failed_${channel}` : `progress.${delivery?.state}`;
  // Whether it was picked up is not told apart before the key.
  if (isCalling(state)) return state.attempt?.verification.press_key ? 'code.heading_press_key' : 'code.heading_calling';
  return channel === 'sms' ? 'code.heading_sms' : 'code.heading_voice';
}

/** @param {Translator} translator @param {State} state @returns {string} */
export function headingText(translator, state) {
  const step = stepOf(state);
  if (step === 'ended' && state.ended) return problemText(translator, state.ended).title;
  if (step === 'problem' && state.problem) return problemText(translator, state.problem.error).title;
  if (step === 'code') return translator.t(codeHeading(state));
  return translator.t(step === 'done' ? 'done.heading' : 'phone.heading');
}

/** The title of the page; an error is said first (A40). @param {Translator} translator @param {State} state @returns {string} */
export function pageTitle(translator, state) {
  const { t } = translator;
  const title = t('page.title', { heading: headingText(translator, state), brand: state.config?.brand ?? t('page.brand') });
  return state.faults.length > 0 || state.notice ? t('page.title_error', { title }) : title;
}
