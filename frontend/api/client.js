/**
 * The calls the page makes to the service, and the one error they throw. Keeps no state and retries nothing.
 */

/** @import { Answer, ClientOptions, Config, MemberFault, Problem, ResendBody, StartBody, Verification } from './types.js' */

/** How long one call may take, body included (A74). */
export const TIMEOUT_MS = 20_000;

/** @typedef {ReturnType<typeof createClient>} Client */

/** @param {ClientOptions} [options] */
export function createClient({
  base = '',
  timeoutMs = TIMEOUT_MS,
  fetch = globalThis.fetch.bind(globalThis),
  online = () => globalThis.navigator?.onLine !== false,
  now = Date.now,
} = {}) {
  /**
   * @param {string} method @param {string} path
   * @param {{ body?: object, key?: string, signal?: AbortSignal | undefined, early?: boolean }} [request] `early`: the page may have asked for it already
   * @returns {Promise<Answer<unknown>>}
   */
  async function call(method, path, { body, key, signal, early = false } = {}) {
    const headers = new Headers({ Accept: 'application/json, application/problem+json' });
    if (body !== undefined) headers.set('Content-Type', 'application/json');
    if (key !== undefined) headers.set('Idempotency-Key', key);
    const limit = AbortSignal.timeout(timeoutMs);
    let response;
    let raw;
    try {
      response = await fetch(base + path, {
        method,
        headers,
        body: body === undefined ? null : JSON.stringify(body),
        signal: signal ? AbortSignal.any([limit, signal]) : limit,
        cache: early ? 'default' : 'no-store',
        // As a preload asks for it; there are no cookies, and other origins get none in either way.
        credentials: early ? 'same-origin' : 'omit',
        redirect: 'error',
        referrerPolicy: 'no-referrer',
      });
      raw = await response.text();
    } catch (cause) {
      throw new ApiError({ code: codeOfFailure(cause, limit, online) }, { cause });
    }
    const data = parse(raw);
    if (!response.ok) throw errorFromAnswer(response, data, now());
    const date = Date.parse(response.headers.get('Date') ?? '');
    return { data, serverTime: Number.isNaN(date) ? null : date, limitReset: parseReset(response.headers.get('RateLimit')) };
  }

  /** @param {Answer<unknown>} answer @returns {Answer<Verification>} */
  function verification(answer) {
    const { data } = answer;
    if (!isRecord(data) || typeof data['id'] !== 'string' || typeof data['status'] !== 'string') throw unusable();
    return /** @type {Answer<Verification>} */ (answer);
  }

  return {
    /** Reads what the page needs to know. @param {AbortSignal} [signal] @returns {Promise<Answer<Config>>} */
    async config(signal) {
      const answer = await call('GET', '/config', { signal, early: true });
      if (!isRecord(answer.data) || !Array.isArray(answer.data['regions'])) throw unusable();
      return /** @type {Answer<Config>} */ (answer);
    },

    /** Places the call or sends the message. @param {StartBody} body @param {string} key @param {AbortSignal} [signal] */
    async start(body, key, signal) {
      return verification(await call('POST', '/verifications', { body, key, signal }));
    },

    /** Calls again, under a new id. @param {string} id @param {ResendBody} body @param {string} key @param {AbortSignal} [signal] */
    async resend(id, body, key, signal) {
      return verification(await call('POST', `${pathOf(id)}/resend`, { body, key, signal }));
    },

    /**
     * Checks a code. Resolves only when the service says, in so many words, that it was right.
     * @param {string} id @param {string} code @param {AbortSignal} [signal]
     */
    async check(id, code, signal) {
      const answer = verification(await call('POST', `${pathOf(id)}/check`, { body: { code }, signal }));
      if (answer.data.status !== 'verified') throw unusable();
      return answer;
    },

    /** Reads the current state, number masked. @param {string} id @param {AbortSignal} [signal] */
    async status(id, signal) {
      return verification(await call('GET', pathOf(id), { signal }));
    },
  };
}

/** @param {string} id */
function pathOf(id) {
  return `/verifications/${encodeURIComponent(id)}`;
}

/** The `t` of a `RateLimit` header such as `"number";r=2;t=60`. @param {string | null} value @returns {number | null} seconds */
function parseReset(value) {
  const found = /;\s*t=(\d{1,9})\s*(?:[;,]|$)/.exec(value ?? '');
  return found ? Number(found[1]) : null;
}

/** @param {string} raw @returns {unknown} */
function parse(raw) {
  try {
    return JSON.parse(raw);
  } catch {
    return undefined;
  }
}

function unusable() {
  return new ApiError({ status: 200, code: 'unusable_answer' });
}

/** @param {unknown} cause @param {AbortSignal} limit @param {() => boolean} online */
function codeOfFailure(cause, limit, online) {
  if (limit.aborted) return 'timeout';
  if (cause instanceof DOMException && cause.name === 'AbortError') return 'aborted';
  return online() ? 'network' : 'offline';
}

/** A failure of a call. @implements {Problem} */
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

/** Reads a `Retry-After` header, seconds or an HTTP date, as whole seconds. @param {string | null} value @param {number} now */
export function parseRetryAfter(value, now) {
  if (value === null || value.trim() === '') return null;
  const text = value.trim();
  if (/^\d+$/.test(text)) return Number(text);
  const date = Date.parse(text);
  return Number.isNaN(date) ? null : Math.max(0, Math.ceil((date - now) / 1000));
}

/**
 * Makes an error of an answer outside 2xx; of one that is no problem document, a proxy's HTML page, say, `unusable_answer`.
 * @param {Response} response @param {unknown} body parsed JSON, or `undefined` @param {number} now
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
