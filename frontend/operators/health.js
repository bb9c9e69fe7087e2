/** Caps, refusals by rule, and the breakers of each provider. */

import { byId, keep, make, part, say } from './dom.js';
import { number, providerName, ruleName } from './words.js';

/** @import { Breaker, Overview, Used } from './figures.js' */

/** From here on somebody should look. */
const NEARLY = 0.8;

/** @param {Overview} overview */
export function showCaps({ hour, day }) {
  const caps = /** @type {[string, Used | undefined][]} */ ([['This hour', hour], ['Today', day]]);
  keep(byId('caps'), caps, {
    key: ([name]) => name,
    create: ([name]) => make('div', { class: 'cap' }, make('dt', {}, name), make('dd', { class: 'used' }), make('dd', { class: 'meter', 'aria-hidden': 'true' }, make('span', { class: 'fill' }))),
    update: (element, [, used]) => {
      const share = used && used.cap > 0 ? used.used / used.cap : 0;
      say(part(element, 'used'), used ? `${number(used.used)} of ${number(used.cap)}` : 'not known');
      part(element, 'fill').style.inlineSize = `${Math.min(100, share * 100)}%`;
      part(element, 'meter').classList.toggle('is-low', share >= NEARLY);
    },
  });
}

/** @param {Overview} overview */
export function showRefused({ refused }) {
  const rules = Object.entries(refused).sort(([, one], [, other]) => other - one);
  const most = rules[0]?.[1] ?? 1;
  byId('refused-empty').hidden = rules.length > 0;
  keep(byId('refused'), rules, {
    key: ([rule]) => rule,
    create: ([rule]) => make('li', { class: 'bar-row' }, make('span', { class: 'bar-name' }, ruleName(rule)), make('b', { class: 'bar-count' }), make('span', { class: 'meter thin', 'aria-hidden': 'true' }, make('span', { class: 'fill' }))),
    update: (element, [, count]) => {
      say(part(element, 'bar-count'), number(count));
      part(element, 'fill').style.inlineSize = `${(count / most) * 100}%`;
    },
  });
}

/** What each operation is, in the order in which people meet it. @type {Readonly<Record<string, string>>} */
const OPERATIONS = { start: 'Start', check: 'Check', progress: 'Progress', status: 'Status', cancel: 'Cancel' };

/** @param {Breaker} breaker */
export function stateOf({ open, half_open: halfOpen, closed }) {
  const all = open + halfOpen + closed;
  const on = (/** @type {number} */ count) => (all > 1 ? ` on ${count} of ${all}` : '');
  if (open > 0) return { state: 'open', words: `open${on(open)}` };
  if (halfOpen > 0) return { state: 'trying', words: `trying${on(halfOpen)}` };
  return { state: 'closed', words: 'closed' };
}

/** @param {Overview} overview */
export function showBreakers({ breakers }) {
  const order = Object.keys(OPERATIONS);
  const providers = [...new Set(breakers.map(({ provider }) => provider))].sort();
  keep(byId('breakers'), providers, {
    key: (provider) => provider,
    create: (provider) => make('li', {}, make('b', {}, providerName(provider)), make('ul', { class: 'operations' })),
    update: (element, provider) => {
      const own = breakers.filter((breaker) => breaker.provider === provider).sort((one, other) => order.indexOf(one.op) - order.indexOf(other.op));
      keep(part(element, 'operations'), own, { key: ({ op }) => op, create: createBreaker, update: updateBreaker });
    },
  });
}

/** @param {Breaker} breaker */
function createBreaker({ op }) {
  return make('li', { class: 'breaker' }, make('span', { class: 'dot', 'aria-hidden': 'true' }), make('span', {}, OPERATIONS[op] ?? op, ' ', make('span', { class: 'words' })));
}

/** @param {HTMLElement} element @param {Breaker} breaker */
function updateBreaker(element, breaker) {
  const { state, words } = stateOf(breaker);
  element.dataset['state'] = state;
  say(part(element, 'words'), words);
  // That all is well is seen by its colour, and read.
  part(element, 'words').classList.toggle('visually-hidden', state === 'closed');
}
