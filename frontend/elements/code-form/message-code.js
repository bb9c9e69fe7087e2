/**
 * Takes the code of a text message over from the browser, where the browser offers that (WebOTP, A25). The
 * browser asks the person first; the code is filled in and never sent by itself.
 */

/** @typedef {{ code?: string } | null} Received */

/**
 * Waits for the message.
 * @param {AbortSignal} signal
 * @returns {Promise<string | null>} null when there is no such offer, the person declined, or `signal` aborted
 */
export async function receiveMessageCode(signal) {
  if (!('OTPCredential' in globalThis)) return null;
  try {
    const wish = /** @type {CredentialRequestOptions} */ ({ otp: { transport: ['sms'] }, signal });
    const received = /** @type {Received} */ (await navigator.credentials.get(wish));
    return received?.code ?? null;
  } catch {
    return null;
  }
}
