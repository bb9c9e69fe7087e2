/** In the demo alone: people who verify, and somebody who pumps, at the press of a button. */

import { pull } from './api.js';
import { byId, make, say } from './dom.js';

/** @import { Overview } from './figures.js' */

const KINDS = /** @type {const} */ ([['people', 'Let people verify'], ['pumping', 'Let somebody pump'], [null, 'Stop']]);

/** @param {Overview} overview @param {() => void} changed */
export function showDemo({ demo }, changed) {
  const strip = byId('demo');
  strip.hidden = !demo;
  if (!demo) return;
  if (strip.childElementCount === 0) {
    const buttons = KINDS.map(([kind, words]) => make('button', { class: 'button small', type: 'button', 'data-kind': kind ?? '', onclick: () => void run(kind).then(changed, changed) }, words));
    strip.append(make('p', { class: 'soft' }, make('b', {}, 'Demo. '), make('span', { class: 'what' })), ...buttons);
  }
  const what = { people: 'Fictional people verify their numbers.', pumping: 'Somebody asks for calls that nobody verifies.' }[demo.running ?? ''] ?? 'No traffic. Simulate some, and watch what comes of it.';
  const words = strip.querySelector('.what');
  if (words) say(words, what);
  for (const button of strip.querySelectorAll('button')) button.setAttribute('aria-pressed', String(button.dataset['kind'] === (demo.running ?? '') && demo.running !== null));
}

/** @param {string | null} kind */
const run = (kind) => (kind === null ? pull('DELETE', 'demo/traffic') : pull('PUT', 'demo/traffic', { kind }));
