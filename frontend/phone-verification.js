/**
 * What a page loads to have `<phone-verification>`: importing this module defines the element. Whoever wants to
 * choose the moment or the registry imports `elements/phone-verification/phone-verification.js` instead.
 */

import { definePhoneVerification, PhoneVerification } from './elements/phone-verification/phone-verification.js';

definePhoneVerification();

export { PhoneVerification };
