/**
 * The field for the code, and how a code gets into it: typed, pasted with a whole sentence around it, or taken over from a text
 * message.
 */

import { h, setText } from '../dom.js';
import { foldDigits } from '../phone-form/number.js';

/** What people put between the digits; it takes no slot. */
const BETWEEN = /[\s\p{Cf}\p{Pd}.]/gu;

/**
 * One input, with a slot drawn behind it for each digit (A21). The input lies over the slots and keeps everything a field
 * has: selection, undo, autofill, paste. Only what is seen of a short code is drawn.
 * @param {number} length of a code
 * @param {(code: string) => void} whole called when a whole code came at once: pasted, filled in by the browser, or handed over
 */
export function codeField(length, whole) {
  // A whole attribute list rather than a maximum length: a limit would cut a pasted sentence short (A20).
  const input = h('input', { id: 'code', name: 'code', type: 'text', inputmode: 'numeric', autocomplete: 'one-time-code', dir: 'ltr', spellcheck: 'false', class: 'code-input', translate: 'no' });
  const slots = Array.from({ length }, () => h('span', { class: 'slot' }));
  const drawn = h('div', { class: 'slots', 'aria-hidden': 'true', dir: 'ltr', translate: 'no' }, ...slots);
  // Three and three, as a code is said.
  if (length % 2 === 0) slots[length / 2]?.classList.add('slot-after-gap');
  const root = h('div', { class: 'code' }, drawn, input);
  let before = '';

  /** The characters of the value that take a slot. @param {string} text */
  const shownOf = (text) => [...foldDigits(text).replace(BETWEEN, '')];

  function draw() {
    const shown = shownOf(input.value);
    // What is longer than a code is no code yet: it is shown as it is.
    root.classList.toggle('code-long', shown.length > length);
    const at = shownOf(input.value.slice(0, input.selectionStart ?? 0)).length;
    const to = shownOf(input.value.slice(0, input.selectionEnd ?? 0)).length;
    for (const [index, slot] of slots.entries()) {
      setText(slot, shown[index] ?? '');
      slot.classList.toggle('slot-selected', index >= at && index < to);
      slot.classList.toggle('slot-at', at === to && index === Math.min(at, length - 1));
    }
  }

  /** @param {string} text */
  function put(text) {
    input.value = text;
    before = text;
    draw();
  }

  /** @param {Event} event */
  function typed(event) {
    const grown = shownOf(input.value).length - shownOf(before).length;
    const reading = readCode(input.value, length);
    const asked = event instanceof InputEvent && (event.inputType === 'insertFromPaste' || event.inputType === 'insertFromDrop');
    // Keys bring one digit at a time; a browser that fills in brings all.
    const atOnce = reading.ok && (asked || grown > 1 || (before !== '' && grown >= 0 && !(event instanceof InputEvent)));
    before = input.value;
    draw();
    if (!atOnce || !reading.ok) return;
    put(reading.code);
    whole(reading.code);
  }

  /** A press on a slot puts the cursor there. @param {MouseEvent} event */
  function place(event) {
    if (root.classList.contains('code-long') || input.selectionStart !== input.selectionEnd || event.detail > 1) return;
    const index = slots.filter((slot) => slot.getBoundingClientRect().left + slot.clientWidth / 2 < event.clientX).length;
    const to = Math.min(index, input.value.length);
    input.setSelectionRange(to, to);
  }

  return {
    root,
    input,
    draw,
    put,
    /** @param {AbortSignal} signal */
    listen(signal) {
      input.addEventListener('input', typed, { signal });
      input.addEventListener('click', place, { signal });
      input.ownerDocument.addEventListener('selectionchange', draw, { signal });
      for (const type of ['focus', 'blur', 'select', 'selectionchange', 'keyup']) input.addEventListener(type, draw, { signal });
    },
  };
}

/** @typedef {{ ok: true, code: string } | { ok: false, fault: 'code_empty' | 'code_letters' | 'code_too_short' | 'code_too_long' }} CodeReading */

/**
 * Finds the code of `length` digits in what was typed or pasted: other digits, spaces, a whole sentence (A5, A22). The service
 * folds and judges again; this only spares a round trip.
 * @param {string} text
 * @param {number} length
 * @returns {CodeReading}
 */
export function readCode(text, length) {
  const folded = foldDigits(text).replace(/\p{Cf}/gu, '').trim();
  if (folded === '') return { ok: false, fault: 'code_empty' };
  const digits = folded.replace(/\D/g, '');
  if (digits.length === length) return { ok: true, code: digits };
  // A pasted message may hold other numbers ("… 123 456. It works for 10 minutes") or the code twice: take what fits.
  const runs = (folded.match(/\d(?:[\s\p{Pd}.]?\d)*/gu) ?? []).map((run) => run.replace(/\D/g, ''));
  const [code, another] = new Set(runs.filter((run) => run.length === length));
  if (code !== undefined && another === undefined) return { ok: true, code };
  if (/\p{L}/u.test(folded)) return { ok: false, fault: 'code_letters' };
  return { ok: false, fault: digits.length < length ? 'code_too_short' : 'code_too_long' };
}

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
 * Waits for a text message whose code the browser offers to hand over (WebOTP, A25). It asks the person first.
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
