/**
 * Keeps the browser's history in step with the flow, so that Back leads from the code to the number and
 * Forward leads there again (A42). The address itself never changes: nothing personal may enter it (A78).
 */

/** @import { Flow } from './flow.js' */
/** @import { Phase } from './machine.js' */
/** @import { Store } from './store.js' */

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

/**
 * Whether a verification in progress should be taken up again: not when the person had gone back to the number.
 * @param {History} history
 */
export function mayRestore(history) {
  return placeIn(history.state) !== 'phone';
}
