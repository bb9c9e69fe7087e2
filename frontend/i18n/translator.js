/**
 * Finds the words of the chosen language and fills them in; for a problem or a fault that it has none for, the service's.
 */

/** @import { Problem } from '../api/types.js' */
/** @import { Fault } from '../state/types.js' */
/** @import { Messages, Translator } from './types.js' */

/** Languages written from right to left. */
const RTL = new Set(['ar', 'fa', 'he', 'ur']);

/** @param {string} locale @param {Messages} messages @returns {Translator} */
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

/** Failures of the way: before anything was entered, there is nothing that could still be here. */
const ON_THE_WAY = new Set(['network', 'offline', 'timeout', 'aborted']);

/** Codes that nobody expects: their reference is shown, so that it can be passed on (A46). */
const EXPECTED = new Set([
  'network', 'offline', 'timeout', 'aborted', 'rate_limited', 'destination_not_allowed', 'start_again', 'verification_not_found',
  'verification_expired', 'verification_canceled', 'verification_failed', 'attempts_exhausted', 'idempotency_key_in_use',
]);

/**
 * `next` and `reference` may be empty.
 * @param {Translator} translator @param {Problem} problem @param {{ checking?: boolean, loading?: boolean }} [context]
 */
export function problemText({ t, has }, problem, { checking = false, loading = false } = {}) {
  /** @param {'title' | 'detail'} part */
  const words = (part) => {
    const own = `problem.${problem.code}.${part}`;
    if (loading && ON_THE_WAY.has(problem.code) && part === 'detail') return t('problem.network.detail_load');
    if (checking && has(`${own}_check`)) return t(`${own}_check`);
    if (problem.scope && has(`${own}_${problem.scope}`)) return t(`${own}_${problem.scope}`);
    if (has(own)) return t(own);
    return problem[part] || t(`problem.generic.${part}`);
  };
  const next = `problem.${problem.code}.next`;
  const reference = !EXPECTED.has(problem.code) && problem.instance ? problem.instance.replace(/^urn:uuid:/, '') : '';
  return { title: words('title'), detail: words('detail'), next: has(next) ? t(next) : '', reference };
}

/** @param {Translator} translator @param {Fault} fault @param {number} codeLength */
export function faultText({ t, has }, fault, codeLength) {
  const key = `field.${fault.field}.${fault.code}`;
  const left = fault.attemptsRemaining ?? null;
  if (left !== null && has(`${key}_left`)) return t(`${key}_left`, { count: left });
  if (has(key)) return t(key, { count: codeLength });
  return fault.detail || t('problem.generic.detail');
}
