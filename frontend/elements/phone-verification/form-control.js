/**
 * The element as a control of a form, on a page that is not our own: what it submits, when it is valid, until when. The value is
 * the receipt, a signed statement for the site's own server; it never goes into an address.
 */

/** @import { State } from '../../state/types.js' */
/** @import { Kept } from '../types.js' */

/** @typedef {{ iat: number, exp: number }} Times seconds since 1970, by the service's clock */

/** One control; belongs to one element. */
export class FormControl {
  #element;
  #internals;
  #expired;
  /** @type {string | null} */
  #receipt = null;
  /** When it runs out, local milliseconds. */
  #until = Infinity;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {AbortController | null} */
  #form = null;
  /** What the browser kept of it over a reload. @type {Kept | null} */
  recalled;

  /** @param {HTMLElement} element @param {ElementInternals} internals @param {Kept | null} recalled @param {() => void} expired called when the receipt has run out */
  constructor(element, internals, recalled, expired) {
    this.recalled = recalled;
    this.#element = element;
    this.#internals = internals;
    this.#expired = expired;
  }

  /** The receipt while it is good. */
  get receipt() {
    return this.#receipt !== null && Date.now() < this.#until ? this.#receipt : null;
  }

  /**
   * Takes over what has become known.
   * @param {State | null} state @param {string} message said where it is required and missing, in the page's language @param {HTMLElement | null} field what takes the focus then
   */
  show(state, message, field) {
    const receipt = state?.phase === 'done' ? state.receipt : null;
    if (receipt !== this.#receipt) this.#take(receipt);
    const missing = this.#element.hasAttribute('required') && this.receipt === null;
    const anchor = field?.isConnected ? field : undefined;
    this.#internals.setValidity(missing ? { valueMissing: true } : {}, missing ? message || 'Verify your phone number' : '', missing ? anchor : undefined);
    const verified = state?.phase === 'done';
    if (verified) this.#internals.states.add('verified');
    else this.#internals.states.delete('verified');
    this.#submit(keptOf(state, this.#until));
  }

  /** @param {string | null} receipt */
  #take(receipt) {
    this.#receipt = receipt;
    clearTimeout(this.#timer);
    const times = receipt === null ? null : timesOf(receipt);
    // By the length of its life, not by its end: clocks differ, and may by hours.
    const kept = this.recalled?.receipt === receipt ? this.recalled.until : null;
    this.#until = times === null ? Infinity : (kept ?? Date.now() + (times.exp - times.iat) * 1000);
    if (times !== null) this.#timer = setTimeout(() => this.#runOut(), Math.max(0, this.#until - Date.now()));
  }

  #runOut() {
    if (this.receipt === null && this.#receipt !== null) this.#expired();
  }

  /** @param {Kept | null} kept @param {HTMLElement | null} [button] of the submission at hand */
  #submit(kept, button = null) {
    const { form } = this.#internals;
    const inAddress = form !== null && methodOf(form, button) === 'get' && this.#element.hasAttribute('name');
    if (inAddress && this.receipt !== null) console.warn('<phone-verification>: a form whose method is "get" would put the receipt into the address. It submits nothing; use method="post".');
    this.#internals.setFormValue(inAddress ? null : this.receipt, kept === null ? null : JSON.stringify(kept));
  }

  /** The element has come into a form, or left one. @param {HTMLFormElement | null} form @param {() => State | null} state */
  associate(form, state) {
    this.#form?.abort();
    this.#form = new AbortController();
    form?.addEventListener('submit', (event) => {
      // A timer may be late, and a button may have a method of its own.
      this.#runOut();
      this.#submit(keptOf(state(), this.#until), event.submitter);
    }, { capture: true, signal: this.#form.signal });
  }

  /** Nothing of it runs on. */
  end() {
    clearTimeout(this.#timer);
  }

  /** Counts again after an end. */
  resume() {
    if (this.#receipt !== null) this.#timer = setTimeout(() => this.#runOut(), Math.max(0, this.#until - Date.now()));
  }
}

/**
 * How a form is sent, by its attributes: a field named `method` hides the form's own property of that name.
 * @param {HTMLFormElement} form @param {HTMLElement | null} button what sends it, if that is known
 * @returns {'get' | 'post' | 'dialog'}
 */
function methodOf(form, button) {
  const text = button?.getAttribute('formmethod') ?? form.getAttribute('method');
  const method = text?.toLowerCase();
  return method === 'post' || method === 'dialog' ? method : 'get';
}

/** @param {State | null} state @param {number} until @returns {Kept | null} */
function keptOf(state, until) {
  const id = state?.attempt?.verification.id;
  return id === undefined ? null : { id, receipt: state?.phase === 'done' ? (state.receipt ?? null) : null, until: Number.isFinite(until) ? until : 0 };
}

/** Reads when a receipt was made and runs out; whether it is genuine is for servers to say. @param {string} receipt @returns {Times | null} */
export function timesOf(receipt) {
  try {
    const { iat, exp } = JSON.parse(atob((receipt.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/')));
    return Number.isFinite(iat) && Number.isFinite(exp) ? { iat, exp } : null;
  } catch {
    return null;
  }
}
