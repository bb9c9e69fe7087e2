/**
 * The shapes that cross the wire and the one shape every failure takes inside the page.
 * Types only: this module holds no code that runs.
 */

/** @typedef {'voice' | 'sms'} Channel */

/**
 * A region that is open, as `GET /config` lists it.
 * @typedef {object} Region
 * @property {string} region ISO 3166-1 alpha-2
 * @property {string} calling_code with its plus sign, `+31`
 * @property {Channel[]} channels
 */

/**
 * What `GET /config` answers.
 * @typedef {object} Config
 * @property {Channel[]} channels
 * @property {Region[]} regions
 * @property {string[]} locales BCP 47, those that can be spoken
 * @property {string} default_locale
 * @property {number} code_length
 * @property {string | null} default_region
 * @property {'anybody' | 'callers'} [starts] who may start a verification
 * @property {string | null} brand
 * @property {string | null} [caller] the number that calls come from, grouped for reading, where it is known
 * @property {string} [sms_origin_domain] whose pages a browser offers the code of a message to, where messages say so
 */

/**
 * How the call or message itself is faring (`GET` only).
 * @typedef {object} Delivery
 * @property {string} state
 * @property {string} [updated_at]
 */

/**
 * A verification, as every call answers it.
 * @typedef {object} Verification
 * @property {string} id opaque
 * @property {'pending' | 'verified' | 'expired' | 'failed' | 'canceled'} status
 * @property {Channel} channel
 * @property {string} phone_number whole (E.164) only in the answer to a start, masked elsewhere
 * @property {string} locale
 * @property {number} code_length
 * @property {number} attempts_remaining
 * @property {boolean} [press_key] whether the call asks for a key before it says the code
 * @property {string} [reference]
 * @property {string} created_at
 * @property {string} expires_at
 * @property {string} resend_at
 * @property {Delivery} [delivery]
 * @property {number} [poll_after_seconds]
 * @property {string} [receipt] only in the answer to a check
 */

/**
 * What a start sends.
 * @typedef {object} StartBody
 * @property {string} phone_number as it was typed
 * @property {string} [region]
 * @property {Channel} [channel]
 * @property {string} [locale]
 * @property {string} [reference]
 * @property {string} [nonce]
 */

/**
 * What a resend sends.
 * @typedef {object} ResendBody
 * @property {Channel} [channel]
 * @property {string} [locale]
 */

/**
 * A fault of one member of a request body.
 * @typedef {object} MemberFault
 * @property {string} pointer JSON pointer as a fragment, `#/phone_number`
 * @property {string} detail one sentence for a person
 * @property {string} code
 * @property {readonly string[]} [readings] the numbers that may be meant, E.164, the likelier one first
 */

/**
 * A failure, whether the service described it (RFC 9457) or the page met it on the way.
 * @typedef {object} Problem
 * @property {number} status 0 when no answer arrived
 * @property {string} code
 * @property {string} title
 * @property {string} detail
 * @property {readonly MemberFault[]} errors
 * @property {number | null} attemptsRemaining
 * @property {number | null} retryAfter seconds
 * @property {string | null} scope
 * @property {string | null} instance the reference a person can quote
 */

/**
 * An answer with what its headers said.
 * @template T
 * @typedef {object} Answer
 * @property {T} data
 * @property {number | null} serverTime milliseconds since 1970 by the service's clock, when it said so
 * @property {number | null} limitReset seconds until the number may be called again, when it said so
 */

/**
 * @typedef {object} ClientOptions
 * @property {string} [base] address the paths are appended to; empty for the page's own origin
 * @property {number} [timeoutMs]
 * @property {typeof globalThis.fetch} [fetch]
 * @property {() => boolean} [online]
 * @property {() => number} [now] milliseconds
 */

export {};
