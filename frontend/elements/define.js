/**
 * Registers the parts that `<phone-verification>` is made of. Importing them registers nothing; this call does.
 */

import { CodeEnded } from './code-ended/code-ended.js';
import { CodeForm } from './code-form/code-form.js';
import { ErrorSummary } from './error-summary/error-summary.js';
import { LanguageSelect } from './language-select/language-select.js';
import { LiveStatus } from './live-status/live-status.js';
import { PhoneForm } from './phone-form/phone-form.js';
import { ProblemPanel } from './problem-panel/problem-panel.js';
import { ResendButton } from './resend-button/resend-button.js';
import { SuccessPanel } from './success-panel/success-panel.js';
import { TimedButtons } from './timed-buttons/timed-buttons.js';
import { VerificationFlow } from './verification-flow/verification-flow.js';

/** Parts by the end of their names. They are made with `new`, never by name. @type {Readonly<Record<string, CustomElementConstructor>>} */
const PARTS = {
  'live-status': LiveStatus,
  'language-select': LanguageSelect,
  'error-summary': ErrorSummary,
  'timed-buttons': TimedButtons,
  'resend-button': ResendButton,
  'phone-form': PhoneForm,
  'code-form': CodeForm,
  'code-ended': CodeEnded,
  'problem-panel': ProblemPanel,
  'success-panel': SuccessPanel,
  flow: VerificationFlow,
};

/** Names begin with ours: a page that holds the element may have a `<phone-form>` of its own. @param {CustomElementRegistry} registry */
export function defineParts(registry) {
  for (const [name, part] of Object.entries(PARTS)) registry.define(`phone-verification-${name}`, part);
}
