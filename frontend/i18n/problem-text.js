/**
 * What a problem or a field's fault says to a person: our own sentence where there is one, the service's otherwise.
 */

/** @import { Problem } from '../api/types.js' */
/** @import { Fault } from '../state/types.js' */
/** @import { Translator } from './translator.js' */

/** Failures of the way: before anything was entered, there is nothing that could still be here. */
const ON_THE_WAY = new Set(['network', 'offline', 'timeout', 'aborted']);

/** Codes that nobody expects: their reference is shown, so that it can be passed on (A46). */
const EXPECTED = new Set([
  'network', 'offline', 'timeout', 'aborted', 'rate_limited', 'destination_not_allowed', 'start_again', 'verification_not_found',
  'verification_expired', 'verification_canceled', 'verification_failed', 'attempts_exhausted', 'idempotency_key_in_use',
]);

/**
 * @param {Translator} translator
 * @param {Problem} problem
 * @param {{ checking?: boolean, loading?: boolean }} [context]
 * @returns {{ title: string, detail: string, next: string, reference: string }} `next` and `reference` may be empty
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

/**
 * @param {Translator} translator
 * @param {Fault} fault
 * @param {number} codeLength
 * @returns {string}
 */
export function faultText({ t, has }, fault, codeLength) {
  const key = `field.${fault.field}.${fault.code}`;
  const left = fault.attemptsRemaining ?? null;
  if (left !== null && has(`${key}_left`)) return t(`${key}_left`, { count: left });
  if (has(key)) return t(key, { count: codeLength });
  return fault.detail || t('problem.generic.detail');
}
