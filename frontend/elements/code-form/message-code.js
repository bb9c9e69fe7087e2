/**
 * Takes the code of a text message over from the browser, where the browser offers that (WebOTP, A25). The
 * browser asks the person first. What it hands over is checked at once.
 */

/** @typedef {{ code?: string } | null} Received */

/**
 * Whether a page may take the code over: our own, or one of the domain that the messages name. Elsewhere the
 * browser would ask people for a code that no message brings.
 * @param {string | undefined} domain
 * @param {Pick<Location, 'origin' | 'hostname'>} page
 * @param {string} ours the origin that these modules come from
 */
export function mayReceive(domain, page, ours) {
  if (page.origin === ours) return true;
  return domain !== undefined && (page.hostname === domain || page.hostname.endsWith(`.${domain}`));
}

/**
 * Waits for the message.
 * @param {AbortSignal} signal
 * @param {string | undefined} domain the one that messages name
 * @returns {Promise<string | null>} null when there is no such offer, the person declined, or `signal` aborted
 */
export async function receiveMessageCode(signal, domain) {
  if (!('OTPCredential' in globalThis) || !mayReceive(domain, location, new URL(import.meta.url).origin)) return null;
  try {
    const wish = /** @type {CredentialRequestOptions} */ ({ otp: { transport: ['sms'] }, signal });
    const received = /** @type {Received} */ (await navigator.credentials.get(wish));
    return received?.code ?? null;
  } catch {
    return null;
  }
}
