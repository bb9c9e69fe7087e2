/**
 * Events in both directions: what the view tells leads to the actions of the flow, and what changes in the flow is told to
 * the page around the element. Decides nothing itself.
 */

/** @import { Problem } from '../../api/types.js' */
/** @import { Flow } from '../../state/flow.js' */
/** @import { ChangeEvent } from '../../state/machine.js' */

import { stepOf } from '../verification-flow/headings.js';
import { onNews } from '../view-element.js';

/**
 * The event that a change is worth, or null. Details are copies: whoever changes them changes nothing here.
 * @param {ChangeEvent} change
 */
export function announcementOf({ before, state }) {
  const verification = state.attempt?.verification;
  // What a reload brought back was announced when it happened.
  if (before.phase === 'loading') return state.problem ? failed(state.problem.error) : null;
  if (verification && state.phase === 'code' && verification.id !== before.attempt?.verification.id) return event('started', structuredClone(verification));
  if (verification && state.phase === 'done' && before.phase !== 'done') return event('verified', { ...structuredClone(verification), receipt: state.receipt });
  if (state.ended && state.ended !== before.ended) return failed(state.ended);
  if (state.problem && state.problem !== before.problem) return failed(state.problem.error);
  return null;
}

/** @param {Problem} problem */
function failed({ code, status, title, detail, instance, retryAfter }) {
  return event('failed', { code, status, title, detail, instance, retry_after: retryAfter });
}

/** The step that came on screen, or null when it is the one that was there. @param {ChangeEvent} change */
export function stepOfChange({ before, state }) {
  const step = stepOf(state);
  return step === stepOf(before) || step === 'loading' ? null : event('step', { step });
}

/** @param {'started' | 'verified' | 'failed' | 'reset' | 'expired' | 'step'} what @param {object | null} detail */
export function event(what, detail) {
  return new CustomEvent(`phone-verification-${what}`, { bubbles: true, composed: true, detail });
}

/** @param {EventTarget} view @param {Flow} flow @param {AbortSignal} signal */
export function connectEvents(view, flow, signal) {
  onNews(view, 'phone-submitted', ({ form, faults }) => void flow.start(form, faults), signal);
  onNews(view, 'code-submitted', ({ code, faults }) => void flow.check(code, faults), signal);
  onNews(view, 'code-timed-out', () => void flow.expire(), signal);
  onNews(view, 'resend-requested', ({ channel }) => void flow.resend(channel), signal);
  onNews(view, 'code-at-hand', () => void flow.enterCode(), signal);
  onNews(view, 'number-change-requested', () => void flow.changeNumber(), signal);
  onNews(view, 'back-requested', () => void (flow.goBack() || flow.returnToCode()), signal);
  onNews(view, 'retry-requested', () => void flow.retry(), signal);
  onNews(view, 'start-over-requested', () => flow.startOver(), signal);
}
