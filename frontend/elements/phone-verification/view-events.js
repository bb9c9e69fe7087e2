/**
 * Connects the events of the view to the actions of the flow. Decides nothing itself.
 */

/** @import { Flow } from '../../state/flow.js' */

import { onNews } from '../view-element.js';

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
