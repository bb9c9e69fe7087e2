/**
 * Holds the one current state and tells listeners when it changed.
 * How a state follows from another is in `machine.js`.
 */

/** @import { Event as FlowEvent, State } from './machine.js' */

/** Fired by the store after each change; carries the state before and the state now. */
export class ChangeEvent extends Event {
  /** @param {State} before @param {State} state */
  constructor(before, state) {
    super('change');
    this.before = before;
    this.state = state;
  }
}

/** The store: read `state`, `dispatch` what happened, listen to `change`. */
export class Store extends EventTarget {
  #reduce;
  #state;

  /** @param {(state: State, event: FlowEvent) => State} reduce @param {State} initial */
  constructor(reduce, initial) {
    super();
    this.#reduce = reduce;
    this.#state = initial;
  }

  /** The state now. */
  get state() {
    return this.#state;
  }

  /**
   * Applies what happened; says whether it changed anything.
   * @param {FlowEvent} event
   * @returns {boolean}
   */
  dispatch(event) {
    const before = this.#state;
    const state = this.#reduce(before, event);
    if (state === before) return false;
    this.#state = state;
    this.dispatchEvent(new ChangeEvent(before, state));
    return true;
  }

  /**
   * Calls `listener` after every change until `signal` aborts.
   * @param {(change: ChangeEvent) => void} listener
   * @param {AbortSignal} [signal]
   */
  subscribe(listener, signal) {
    const options = signal ? { signal } : {};
    this.addEventListener('change', (event) => listener(/** @type {ChangeEvent} */ (event)), options);
  }
}
