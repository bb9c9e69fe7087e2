/**
 * Registers every element of the page. Importing the elements registers nothing; this call does.
 */

import { defineCodeEnded } from './code-ended/code-ended.js';
import { defineCodeForm } from './code-form/code-form.js';
import { defineErrorSummary } from './error-summary/error-summary.js';
import { defineLiveStatus } from './live-status/live-status.js';
import { definePhoneForm } from './phone-form/phone-form.js';
import { defineProblemPanel } from './problem-panel/problem-panel.js';
import { defineResendButton } from './resend-button/resend-button.js';
import { defineSuccessPanel } from './success-panel/success-panel.js';
import { defineTimedButtons } from './timed-buttons/timed-buttons.js';
import { defineVerificationFlow } from './verification-flow/verification-flow.js';

/** @param {CustomElementRegistry} [registry] */
export function defineElements(registry = customElements) {
  // Leaves first: an element is made with `new` by the one that holds it, which needs it registered.
  defineLiveStatus(registry);
  defineErrorSummary(registry);
  defineTimedButtons(registry);
  defineResendButton(registry);
  definePhoneForm(registry);
  defineCodeForm(registry);
  defineCodeEnded(registry);
  defineProblemPanel(registry);
  defineSuccessPanel(registry);
  defineVerificationFlow(registry);
}
