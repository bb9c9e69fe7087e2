/**
 * What our own page lends to the flow: its history, so that Back leads from the code to the number and Forward there again (A42),
 * and its storage, where the id alone survives a reload (A39, A78). Nothing personal enters the address.
 */

/** @import { Flow } from './flow.js' */
/** @import { Store } from './machine.js' */
/** @import { Phase } from './types.js' */

/** @typedef {'phone' | 'code'} Place */

/** Where in the history a phase belongs; null leaves the place as it is. @type {Readonly<Record<Phase, Place | null>>} */
const PLACE_OF = {
  loading: null, phone: 'phone', starting: null, code: 'code', checking: null,
  resending: null, ended: 'code', done: 'code', problem: null,
};

/** @param {unknown} state @returns {Place | null} */
function placeIn(state) {
  const place = typeof state === 'object' && state !== null && 'place' in state ? state.place : null;
  return place === 'phone' || place === 'code' ? place : null;
}

/** @param {{ history: History, window: Window, store: Store, flow: Flow, signal: AbortSignal }} parts */
export function followHistory({ history, window, store, flow, signal }) {
  store.subscribe(({ state }) => {
    const wanted = PLACE_OF[state.phase];
    const here = placeIn(history.state);
    if (wanted === null || wanted === here) return;
    if (here === null) history.replaceState({ place: 'phone' }, '');
    if (wanted === 'code') history.pushState({ place: 'code' }, '');
    // Leaving the code by a button walks back over the entry that was pushed, so that Back is never a dead press.
    else if (here === 'code') history.back();
  }, signal);

  window.addEventListener('popstate', (event) => {
    if (placeIn(event.state) === 'code') flow.returnToCode();
    else if (store.state.phase === 'done') flow.startOver();
    else flow.changeNumber();
  }, { signal });
}

/** Whether to take up the verification of before a reload: not when the person had gone back to the number. @param {History} history */
export function mayRestore(history) {
  return placeIn(history.state) !== 'phone';
}

const KEY = 'ringproof.verification';

/** @typedef {ReturnType<typeof createSession>} Session */

/**
 * Works without storage, too; then nothing survives.
 * @param {() => Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>} open asked anew each time: reading
 *   `window.sessionStorage` itself throws where storage is switched off
 */
export function createSession(open) {
  /** @template T @param {(storage: ReturnType<typeof open>) => T} act @returns {T | null} */
  const attempt = (act) => {
    try {
      return act(open());
    } catch {
      return null;
    }
  };
  return {
    /** @returns {string | null} */
    read: () => attempt((storage) => storage.getItem(KEY)),
    /** @param {string} id */
    write: (id) => void attempt((storage) => storage.setItem(KEY, id)),
    clear: () => void attempt((storage) => storage.removeItem(KEY)),
  };
}
