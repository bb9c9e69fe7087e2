/**
 * Finds the words of the chosen language and fills them in. Holds no words itself.
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

/** Languages written from right to left. */
const RTL = new Set(['ar', 'fa', 'he', 'ur']);

/**
 * @param {string} locale
 * @param {Messages} messages
 * @returns {Translator}
 */
export function createTranslator(locale, messages) {
  const pluralOf = pluralRule(locale);
  return {
    locale,
    direction: RTL.has(locale.split('-')[0] ?? '') ? 'rtl' : 'ltr',
    has: (key) => Object.hasOwn(messages, key),
    t(key, params = {}) {
      const entry = messages[key];
      if (entry === undefined) return key;
      const pattern = typeof entry === 'string' ? entry : (entry[pluralOf(Number(params['count'] ?? 0))] ?? entry.other);
      return pattern.replace(/\{(\w+)\}/g, (whole, name) => String(params[name] ?? whole));
    },
  };
}

/**
 * Time left as `0:47`, `12:05` or `23:59:00`; digits only, so that it reads the same in every language.
 * @param {number} milliseconds rounded up to whole seconds, never below zero
 */
export function countdown(milliseconds) {
  const left = Math.max(0, Math.ceil(milliseconds / 1000));
  const two = (/** @type {number} */ value) => String(value).padStart(2, '0');
  const [hours, minutes, seconds] = [Math.floor(left / 3600), Math.floor(left / 60) % 60, left % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}

/** @param {string} locale @returns {(count: number) => Intl.LDMLPluralRule} */
function pluralRule(locale) {
  try {
    const rules = new Intl.PluralRules(locale);
    return (count) => rules.select(count);
  } catch {
    return () => 'other';
  }
}
