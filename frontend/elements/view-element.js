/**
 * What every element of the page has in common: data comes down by the `view` property, news go up as
 * events that bubble, and listeners live exactly as long as the element is in a document.
 */

/** @import { News } from './types.js' */

/**
 * An element that shows a view of type `V`.
 * @template V
 */
export class ViewElement extends HTMLElement {
  /** @type {V | null} */
  #view = null;
  /** @type {AbortController | null} */
  #connection = null;

  /** What is shown. Setting it the first time builds the element, each time updates it. */
  get view() {
    return this.#view;
  }

  set view(view) {
    if (view === null) return;
    const before = this.#view;
    this.#view = view;
    if (before === null) this.build(view);
    this.update(view, before);
  }

  connectedCallback() {
    this.#connection = new AbortController();
    this.listen(this.#connection.signal);
  }

  disconnectedCallback() {
    this.#connection?.abort();
    this.#connection = null;
  }

  /** Makes the children, once. @param {V} _view */
  build(_view) {}

  /** Brings the children in line with the view. @param {V} _view @param {V | null} _before */
  update(_view, _before) {}

  /** Attaches listeners and timers that end with `signal`. @param {AbortSignal} _signal */
  listen(_signal) {}

  /** Tells whoever listens further up. @template {keyof News} N @param {N} name @param {News[N]} detail */
  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
  }
}

/**
 * @template {keyof News} N
 * @param {EventTarget} target @param {N} name @param {(detail: News[N], event: Event) => void} listener @param {AbortSignal} signal
 */
export function onNews(target, name, listener, signal) {
  target.addEventListener(name, (event) => listener(/** @type {CustomEvent<News[N]>} */ (event).detail, event), { signal });
}

/** @param {() => void} callback @param {AbortSignal} signal */
export function everySecond(callback, signal) {
  const timer = setInterval(callback, 1000);
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
}
