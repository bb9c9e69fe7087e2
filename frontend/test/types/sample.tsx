/** A page of somebody else's, in TypeScript: what the types promise it. Compiled by `npm run check`, never run. */

import type { PhoneVerification } from '../../phone-verification.d.ts';

const element: PhoneVerification = document.createElement('phone-verification');
element.required = true;
element.channel = 'sms';
element.phoneNumber = '+44 20 7946 0000';
// @ts-expect-error there is no such way
element.channel = 'pigeon';
// @ts-expect-error the receipt is read, never set
element.value = 'made up';

element.addEventListener('phone-verification-verified', ({ detail }) => {
  const proof: string | null = detail.receipt;
  const id: string = detail.id;
  const key: boolean | undefined = detail.press_key;
  // @ts-expect-error no answer has the code
  void detail.code_entered;
  void [proof, id, key];
});
document.addEventListener('phone-verification-step', ({ detail }) => void (detail.step === 'done'));
document.addEventListener('phone-verification-failed', ({ detail }) => void detail.retry_after?.toFixed());
element.addEventListener('click', (event: MouseEvent) => void event.clientX);

/** What React, Preact and Solid make of a tag. */
declare function createElement(name: string, attributes: object | null): unknown;
void createElement;

export const Form = () => <phone-verification name="phone_receipt" required nonce="n-0S6_WzA2Mj" phone-number="+44 20 7946 0000" locked />;
// @ts-expect-error a name is a text
export const Wrong = () => <phone-verification name={7} />;
