/**
 * Types of `<phone-verification>` for those who build with it: the element, its events, and the tag in JSX. Nothing of it runs.
 */

/** The way a code is sent. */
export type Channel = 'voice' | 'sms';

/** A verification, as the service answers it. */
export interface Verification {
  readonly id: string;
  readonly status: 'pending' | 'verified' | 'expired' | 'failed' | 'canceled';
  readonly channel: Channel;
  /** E.164; whole where it was typed here, else masked. */
  readonly phone_number: string;
  readonly locale: string;
  readonly code_length: number;
  readonly attempts_remaining: number;
  /** Whether the call asks for a key before it says the code. */
  readonly press_key?: boolean;
  readonly reference?: string;
  readonly created_at: string;
  readonly expires_at: string;
  readonly resend_at: string;
}

/** What `phone-verification-verified` tells. Only a server that checks the receipt knows that it is true. */
export interface VerifiedDetail extends Verification {
  /** The proof for the site's own server, a signed JWT; null where another tab or device entered the code. */
  readonly receipt: string | null;
}

/** What `phone-verification-failed` tells: a problem of the service. The person can go on from there. */
export interface FailedDetail {
  readonly code: string;
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly instance: string | null;
  readonly retry_after: number | null;
}

/** What `phone-verification-step` tells. */
export interface StepDetail {
  readonly step: 'phone' | 'code' | 'ended' | 'done' | 'problem';
}

export interface PhoneVerificationEvents {
  'phone-verification-started': CustomEvent<Verification>;
  'phone-verification-verified': CustomEvent<VerifiedDetail>;
  'phone-verification-failed': CustomEvent<FailedDetail>;
  'phone-verification-step': CustomEvent<StepDetail>;
  'phone-verification-reset': CustomEvent<null>;
  'phone-verification-expired': CustomEvent<null>;
}

/** Attributes, as they are written in HTML. */
export interface PhoneVerificationAttributes {
  /** Name under which the form submits the receipt. */
  name?: string;
  /** Address of the service; where the script came from without it. */
  api?: string;
  /** Language of the words, BCP 47. */
  locale?: string;
  channel?: Channel;
  /** Country chosen at first, ISO 3166-1 alpha-2. */
  region?: string;
  /** Countries on offer, separated by commas or spaces. */
  countries?: string;
  /** Handed back in the receipt, `[A-Za-z0-9]{1,64}`. */
  reference?: string;
  /** Made by the site's server for one session, `[A-Za-z0-9_-]{8,64}`; comes back in the receipt. */
  nonce?: string;
  brand?: string;
  /** Filled in at first. */
  'phone-number'?: string;
  /** Id of a verification that the site's own server started. */
  verification?: string;
  locked?: boolean | '';
  required?: boolean | '';
  disabled?: boolean | '';
  compact?: boolean | '';
  'hide-language'?: boolean | '';
  'hide-privacy'?: boolean | '';
}

export class PhoneVerification extends HTMLElement {
  api: string;
  locale: string;
  channel: Channel | '';
  region: string;
  countries: string;
  reference: string;
  nonce: string;
  brand: string;
  phoneNumber: string;
  verification: string;
  name: string;
  locked: boolean;
  required: boolean;
  disabled: boolean;
  compact: boolean;
  hideLanguage: boolean;
  hidePrivacy: boolean;
  readonly form: HTMLFormElement | null;
  /** The receipt while it is good, else empty. */
  readonly value: string;
  readonly type: 'phone-verification';
  readonly validity: ValidityState;
  readonly validationMessage: string;
  readonly willValidate: boolean;
  checkValidity(): boolean;
  reportValidity(): boolean;
  /** Asks for the call, as the button does. */
  start(): void;
  /** Forgets the number and the verification. */
  reset(): void;
  /** Leads to the open field. */
  focus(options?: FocusOptions): void;
  addEventListener<K extends keyof PhoneVerificationEvents>(type: K, listener: (this: PhoneVerification, event: PhoneVerificationEvents[K]) => void, options?: boolean | AddEventListenerOptions): void;
  addEventListener<K extends keyof HTMLElementEventMap>(type: K, listener: (this: HTMLElement, event: HTMLElementEventMap[K]) => void, options?: boolean | AddEventListenerOptions): void;
  addEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions): void;
}

/** Registers the element. */
export function definePhoneVerification(registry?: CustomElementRegistry): void;

declare global {
  interface HTMLElementTagNameMap {
    'phone-verification': PhoneVerification;
  }

  /** The events bubble, so a document hears them, too. */
  interface DocumentEventMap extends PhoneVerificationEvents {}

  namespace JSX {
    interface IntrinsicElements {
      'phone-verification': PhoneVerificationAttributes & { id?: string; class?: string; className?: string; ref?: unknown; children?: unknown };
    }
  }
}
