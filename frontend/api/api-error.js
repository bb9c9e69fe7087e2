/**
 * The one error the client throws, and how an answer becomes one.
 * What a code means for the page is decided in `state/machine.js`, what it says to a person in `i18n/`.
 */

/** @import { MemberFault, Problem } from './types.js' */

/**
 * A failure of a call, in the shape of {@link Problem}.
 * @implements {Problem}
 */
export class ApiError extends Error {
  /** @param {Partial<Problem> & { code: string }} problem @param {ErrorOptions} [options] */
  constructor(problem, options) {
    super(`${problem.status ?? 0} ${problem.code}`, options);
    this.name = 'ApiError';
    this.status = problem.status ?? 0;
    this.code = problem.code;
    this.title = problem.title ?? '';
    this.detail = problem.detail ?? '';
    /** @type {readonly MemberFault[]} */
    this.errors = problem.errors ?? [];
    this.attemptsRemaining = problem.attemptsRemaining ?? null;
    this.retryAfter = problem.retryAfter ?? null;
    this.scope = problem.scope ?? null;
    this.instance = problem.instance ?? null;
  }
}

/**
 * Reads a `Retry-After` header: seconds or an HTTP date.
 * @param {string | null} value
 * @param {number} now milliseconds
 * @returns {number | null} whole seconds, never negative
 */
export function parseRetryAfter(value, now) {
  if (value === null || value.trim() === '') return null;
  const text = value.trim();
  if (/^\d+$/.test(text)) return Number(text);
  const date = Date.parse(text);
  return Number.isNaN(date) ? null : Math.max(0, Math.ceil((date - now) / 1000));
}

/**
 * Turns an answer outside 2xx into an error. An answer that is not a problem document (a proxy's
 * HTML page, say) becomes `unusable_answer`.
 * @param {Response} response
 * @param {unknown} body parsed JSON, or `undefined` when it was none
 * @param {number} now milliseconds
 * @returns {ApiError}
 */
export function errorFromAnswer(response, body, now) {
  const retryAfter = parseRetryAfter(response.headers.get('Retry-After'), now);
  const type = response.headers.get('Content-Type') ?? '';
  if (!/^application\/problem\+json\b/i.test(type) || !isRecord(body) || typeof body['code'] !== 'string') {
    return new ApiError({ status: response.status, code: 'unusable_answer', retryAfter });
  }
  return new ApiError({
    status: response.status,
    code: body['code'],
    title: text(body['title']) ?? '',
    detail: text(body['detail']) ?? '',
    errors: Array.isArray(body['errors']) ? body['errors'].flatMap(memberFault) : [],
    attemptsRemaining: whole(body['attempts_remaining']),
    retryAfter,
    scope: text(body['scope']),
    instance: text(body['instance']),
  });
}

/** @param {unknown} value @returns {value is Record<string, unknown>} */
export function isRecord(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @param {unknown} value @returns {MemberFault[]} */
function memberFault(value) {
  if (!isRecord(value)) return [];
  const pointer = text(value['pointer']);
  if (pointer === null) return [];
  const readings = Array.isArray(value['readings']) ? value['readings'].filter((reading) => typeof reading === 'string') : [];
  return [{ pointer, detail: text(value['detail']) ?? '', code: text(value['code']) ?? '', ...(readings.length > 0 && { readings }) }];
}

/** @param {unknown} value */
function text(value) {
  return typeof value === 'string' ? value : null;
}

/** @param {unknown} value */
function whole(value) {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : null;
}
