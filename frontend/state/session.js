/**
 * What survives a reload: the id of the verification, and nothing else (A39, A78).
 * Works without storage too; then nothing survives.
 */

const KEY = 'ringproof.verification';

/** @typedef {ReturnType<typeof createSession>} Session */

/**
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
