/**
 * A labelled control with its hint and its error, wired together for assistive technology (A1, A41).
 */

import { h, setAttribute, setText } from './dom.js';

/**
 * @typedef {object} Field
 * @property {HTMLElement} root
 * @property {(text: string | null) => void} setFault shows what is wrong, or nothing
 */

/**
 * @param {object} parts
 * @param {HTMLInputElement | HTMLSelectElement} parts.control must have an id
 * @param {string} parts.label
 * @param {string} [parts.hint]
 * @param {HTMLElement} [parts.note] shown below the control and read with it; must have an id
 * @param {string} parts.errorPrefix said before the error to those who cannot see that it is one
 * @returns {Field}
 */
export function field({ control, label, hint, note, errorPrefix }) {
  const hintId = hint ? `${control.id}-hint` : null;
  const errorId = `${control.id}-error`;
  const words = h('span');
  const error = h('p', { class: 'field-error', id: errorId, hidden: true }, h('span', { class: 'visually-hidden' }, `${errorPrefix} `), words);
  const root = h(
    'div',
    { class: 'field' },
    h('label', { class: 'field-label', for: control.id }, label),
    hintId && h('p', { class: 'field-hint', id: hintId }, hint ?? ''),
    error,
    control,
    note ?? null,
  );
  const setFault = (/** @type {string | null} */ text) => {
    error.hidden = text === null;
    setText(words, text ?? '');
    root.classList.toggle('field-faulty', text !== null);
    setAttribute(control, 'aria-invalid', text === null ? null : 'true');
    setAttribute(control, 'aria-describedby', [hintId, note?.id, text === null ? null : errorId].filter(Boolean).join(' ') || null);
  };
  setFault(null);
  return { root, setFault };
}
