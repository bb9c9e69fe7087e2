/** The hour by region, and by provider and channel: each a row that narrows the chart to itself. */

import { byId, keep, leverButton, make, nameLever, part, say, unseen } from './dom.js';
import { grouped, share } from './figures.js';
import { channelName, number, providerName, regionName } from './words.js';

/** @import { Filter, Overview, Route, Totals } from './figures.js' */

/**
 * @typedef {object} Row
 * @property {string} key
 * @property {string} name
 * @property {string} note
 * @property {Totals} totals
 * @property {Filter} filter
 * @property {string | null} region whose lever stands in the row
 * @property {string | null} state why calls there are stopped
 */

/** What a row does. @typedef {{ narrow: (filter: Filter) => void, stop: (region: string) => void, open: (region: string) => void }} Does */

/** Rows that are shown of the regions: those most asked for. */
const MOST = 8;

/** @param {Overview} overview @param {Filter} filter @param {Does} does */
export function showRegions({ routes, regions, stopped }, filter, does) {
  const groups = grouped(routes, ({ region }) => region);
  const closed = new Map((stopped ?? []).flatMap(({ region, by }) => (region === null ? [] : [[region, by === 'watch' ? 'Closed by the watch' : 'Closed']])));
  const rows = groups.slice(0, MOST).map(({ name, totals }) => {
    const used = regions?.[name];
    const budget = used ? `${number(used.used)} of ${number(used.cap)} today` : '';
    return { key: name, name: regionName(name), note: closed.get(name) ?? budget, totals, filter: { region: name }, region: name === '001' ? null : name, state: closed.get(name) ?? null };
  });
  byId('regions-empty').hidden = rows.length > 0;
  byId('regions').hidden = rows.length === 0;
  table(byId('regions'), 'Region', rows, filter, does);
}

/** @param {Overview} overview @param {Filter} filter @param {Does} does */
export function showCarriers({ routes, breakers, channels }, filter, does) {
  // Those that carry nothing stand there, too: that they do not is what one wants to know.
  const known = [...new Set(breakers.map(({ provider }) => provider))];
  const offered = channels ?? ['voice', 'sms'];
  const quiet = known.flatMap((provider) => offered.map((channel) => ({ provider, channel })));
  const name = (/** @type {Route} */ { provider, channel }) => (provider === '' ? ' ' : `${provider} ${channel}`);
  const groups = new Map(grouped(routes, name).map((group) => [group.name, group.totals]));
  for (const { provider, channel } of quiet) {
    if (!groups.has(`${provider} ${channel}`)) groups.set(`${provider} ${channel}`, { asked: 0, placed: 0, answered: 0, verified: 0 });
  }
  const rows = [...groups].map(([key, totals]) => {
    const [provider = '', channel = ''] = key.split(' ');
    const filter = provider === '' ? { provider } : { provider, channel };
    return { key, name: providerName(provider), note: channelName(channel), totals, filter, region: null, state: null };
  });
  rows.sort((one, other) => Number(one.filter.provider === '') - Number(other.filter.provider === '') || one.name.localeCompare(other.name) || one.note.localeCompare(other.note));
  table(byId('carriers'), 'Provider', rows, filter, does);
}

/** @param {HTMLElement} parent @param {string} what @param {Row[]} rows @param {Filter} filter @param {Does} does */
function table(parent, what, rows, filter, does) {
  if (parent.childElementCount === 0) {
    const head = ['Asked', 'Verified', 'Conversion'].map((name) => make('span', { class: 'cell' }, name));
    parent.append(make('div', { class: 'row head', 'aria-hidden': 'true' }, make('span', { class: 'cell name' }, what), ...head, make('span', { class: 'cell lever' })), make('ul', { class: 'body' }));
  }
  const body = part(parent, 'body');
  keep(body, rows, {
    key: ({ key }) => key,
    create: (row) => create(row, does),
    update: (element, row) => update(element, row, filter),
  });
}

/** @param {Row} row @param {Does} does */
function create({ filter, region }, does) {
  const cell = (/** @type {string} */ name, /** @type {string} */ unit) => make('span', { class: 'cell' }, make('span', { class: name }), unseen(unit));
  const select = make('button', { class: 'select', type: 'button', onclick: () => does.narrow(filter) });
  const meter = make('span', { class: 'meter', 'aria-hidden': 'true' }, make('span', { class: 'fill' }));
  const name = make('span', { class: 'cell name' }, make('b', { class: 'title' }), unseen(', '), make('span', { class: 'note' }), unseen(': '));
  select.append(name, cell('asked', ' asked for, '), cell('verified', ' verified, '), make('span', { class: 'cell conversion' }, meter, make('span', { class: 'percent' }), unseen(' of those placed')));
  const lever = leverButton();
  lever.addEventListener('click', () => (lever.dataset['closed'] ? does.open : does.stop)(region ?? ''));
  return make('li', { class: 'row' }, select, region !== null ? lever : make('span', { class: 'lever' }));
}

/** @param {HTMLElement} element @param {Row} row @param {Filter} filter */
function update(element, { name, note, totals, filter: own, region, state }, filter) {
  const percent = share(totals.verified, totals.placed);
  say(part(element, 'title'), name);
  say(part(element, 'note'), note);
  part(element, 'note').classList.toggle('is-stopped', state !== null);
  say(part(element, 'asked'), number(totals.asked));
  say(part(element, 'verified'), number(totals.verified));
  say(part(element, 'percent'), percent === null ? '–' : `${percent} %`);
  part(element, 'fill').style.inlineSize = `${percent ?? 0}%`;
  // Few calls say nothing yet.
  part(element, 'meter').classList.toggle('is-low', percent !== null && percent < 30 && totals.placed >= 10);
  const select = part(element, 'select');
  const isChosen = Object.keys(filter).length > 0 && Object.entries(filter).every(([key, value]) => own[/** @type {keyof Filter} */ (key)] === value);
  select.setAttribute('aria-pressed', String(isChosen));
  if (region === null) return;
  const lever = part(element, 'lever');
  lever.dataset['closed'] = state ?? '';
  nameLever(lever, state ? 'Open' : 'Close', name);
}
