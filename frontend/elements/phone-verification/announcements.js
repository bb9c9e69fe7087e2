/**
 * What the page around the element is told, read off a change of the state.
 */

/** @import { Problem } from '../../api/types.js' */
/** @import { ChangeEvent } from '../../state/store.js' */

/**
 * The event that a change is worth, or null. Details are copies: whoever changes them changes nothing here.
 * @param {ChangeEvent} change
 */
export function announcementOf({ before, state }) {
  const verification = state.attempt?.verification;
  // What a reload brought back was announced when it happened.
  if (before.phase === 'loading') return state.problem ? failed(state.problem.error) : null;
  if (verification && state.phase === 'code' && verification.id !== before.attempt?.verification.id) return event('started', structuredClone(verification));
  if (verification && state.phase === 'done' && before.phase !== 'done') return event('verified', structuredClone(verification));
  if (state.ended && state.ended !== before.ended) return failed(state.ended);
  if (state.problem && state.problem !== before.problem) return failed(state.problem.error);
  return null;
}

/** @param {Problem} problem */
function failed({ code, status, title, detail, instance, retryAfter }) {
  return event('failed', { code, status, title, detail, instance, retry_after: retryAfter });
}

/** @param {'started' | 'verified' | 'failed'} what @param {object} detail */
function event(what, detail) {
  return new CustomEvent(`phone-verification-${what}`, { bubbles: true, composed: true, detail });
}
