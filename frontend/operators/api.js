/** The requests of the operators' page. The token is kept in this tab alone, and travels in a header. */

/** @import { Overview } from './figures.js' */

const KEPT = 'ringproof.ops-token';
/** Longer, and nobody believes that it is live. */
const PATIENCE_MS = 5_000;

/** The listener wants a token that this page does not have. */
export class TokenNeeded extends Error {}

/** The service said no, and why. */
export class Refused extends Error {}

/** @returns {string | null} */
export const token = () => sessionStorage.getItem(KEPT);

/** @param {string | null} value */
export function keepToken(value) {
  if (value === null) sessionStorage.removeItem(KEPT);
  else sessionStorage.setItem(KEPT, value);
}

/** @returns {Promise<Overview>} */
export async function overview() {
  const response = await send('GET', 'overview');
  return /** @type {Promise<Overview>} */ (response.json());
}

/** Pulls a lever. @param {'PUT' | 'POST' | 'DELETE'} method @param {string} path @param {object} [how] */
export async function pull(method, path, how) {
  await send(method, path, how);
}

/** @param {string} method @param {string} path @param {object} [body] */
async function send(method, path, body) {
  const headers = new Headers();
  const secret = token();
  if (secret !== null) headers.set('Authorization', `Bearer ${secret}`);
  if (body) headers.set('Content-Type', 'application/json');
  const response = await fetch(path, {
    method,
    headers,
    body: body ? JSON.stringify(body) : null,
    cache: 'no-store',
    credentials: 'omit',
    redirect: 'error',
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  if (response.ok) return response;
  if (response.status === 401) throw new TokenNeeded('OPS_TOKEN');
  throw new Refused(await said(response));
}

/** What the service says of its refusal. @param {Response} response */
async function said(response) {
  try {
    const { detail, title, errors } = /** @type {{ detail?: string, title?: string, errors?: { detail: string }[] }} */ (await response.json());
    return errors?.[0]?.detail ?? detail ?? title ?? `It answered ${response.status}.`;
  } catch {
    return `It answered ${response.status}.`;
  }
}
