/** The question before a lever acts: what it does, for how long, and why. One native dialog for all. */

import { Refused, TokenNeeded } from './api.js';
import { byId, make } from './dom.js';

/** @typedef {{ name: string, label: string, value?: string, hint?: string, options?: [value: string, words: string][], required?: string }} Field */

/**
 * @typedef {object} Question
 * @property {string} title
 * @property {string} text what will happen
 * @property {Field[]} fields
 * @property {string} verb of the button that does it
 * @property {boolean} [stops] whether it stops something
 * @property {(answers: Record<string, string>) => Promise<void>} act
 */

/** How long a lever holds. @type {Field} */
export const FOR = { name: 'for', label: 'For', value: '1h', options: [['15m', '15 minutes'], ['1h', '1 hour'], ['4h', '4 hours'], ['24h', '1 day'], ['7d', '7 days'], ['', 'until I lift it']] };

/** What the log says of it. @type {Field} */
export const WHY = { name: 'why', label: 'Why', hint: 'One line for the log. No phone numbers.' };

/** @param {string[]} channels @returns {Field[]} */
export function channelField(channels) {
  if (channels.length < 2) return [];
  return [{ name: 'channel', label: 'What', value: 'all', options: [['all', 'Calls and messages'], ['voice', 'Calls only'], ['sms', 'Messages only']] }];
}

/** Asks, acts, and says so; resolves when it is over. @param {Question} question @returns {Promise<boolean>} whether it was done */
export function ask({ title, text, fields, verb, stops = false, act }) {
  const dialog = byId('question');
  if (!(dialog instanceof HTMLDialogElement)) throw new Error('no dialog');
  const fault = make('p', { class: 'fault', role: 'alert' });
  const go = make('button', { class: `button ${stops ? 'danger solid' : 'primary'}`, type: 'submit' }, verb);
  const cancel = make('button', { class: 'button', type: 'button', onclick: () => dialog.close() }, 'Leave it');
  const form = make('form', { class: 'question', novalidate: true }, make('h2', { id: 'question-title' }, title), make('p', { class: 'soft' }, text), ...fields.map(row), fault, make('div', { class: 'answers' }, cancel, go));
  dialog.setAttribute('aria-labelledby', 'question-title');
  dialog.replaceChildren(form);
  let done = false;
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const answers = /** @type {Record<string, string>} */ (Object.fromEntries(new FormData(form)));
    const missing = fields.find(({ name, required }) => required && !answers[name]?.trim());
    if (missing) {
      fault.textContent = missing.required ?? '';
      document.getElementById(`answer-${missing.name}`)?.focus();
      return;
    }
    if (go.getAttribute('aria-disabled')) return;
    go.setAttribute('aria-disabled', 'true');
    fault.textContent = '';
    try {
      await act(answers);
      done = true;
      dialog.close();
    } catch (error) {
      fault.textContent = error instanceof Refused ? error.message : error instanceof TokenNeeded ? 'The token is not accepted any more. Leave this, and enter it again.' : 'The service did not answer. It may have been done: leave this, and look.';
    } finally {
      go.removeAttribute('aria-disabled');
    }
  });
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      resolve(done);
    }, { once: true });
    dialog.showModal();
  });
}

/** @param {Field} field */
function row({ name, label, value = '', hint, options }) {
  const id = `answer-${name}`;
  const described = hint ? { 'aria-describedby': `${id}-hint` } : {};
  const input = options ? make('select', { id, name, ...described }, ...options.map(([of, words]) => make('option', { value: of, selected: of === value }, words))) : make('input', { id, name, value, autocomplete: 'off', ...(name === 'number' ? { inputmode: 'tel' } : {}), ...described });
  return make('div', { class: 'field' }, make('label', { for: id }, label), input, hint ? make('p', { class: 'hint', id: `${id}-hint` }, hint) : null);
}
