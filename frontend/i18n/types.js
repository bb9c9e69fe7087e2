/**
 * Words and what finds them. Types only: no page loads this.
 */

/** @typedef {Readonly<Record<string, string | Readonly<Partial<Record<Intl.LDMLPluralRule, string>> & { other: string }>>>} Messages */

/** @typedef {Readonly<Record<string, string | number>>} Params */

/**
 * `t(key, params)` with its companions.
 * @typedef {object} Translator
 * @property {string} locale BCP 47
 * @property {'ltr' | 'rtl'} direction
 * @property {(key: string, params?: Params) => string} t the words; the key itself where there are none
 * @property {(key: string) => boolean} has
 */

export {};
