/** The operators' page: asks for the figures every two seconds, and shows them; says how old they are when it cannot. */

import { TokenNeeded, keepToken, overview, token } from './api.js';
import { showCarriers, showRegions } from './breakdown.js';
import { Chart, showTotals } from './chart.js';
import { showDemo } from './demo.js';
import { byId, say } from './dom.js';
import { byMinute, matching, share, totals } from './figures.js';
import { showBreakers, showCaps, showRefused, stateOf } from './health.js';
import * as levers from './levers.js';
import { showStopped } from './stopped.js';
import { ago, channelName, exactTime, providerName, regionName } from './words.js';

/** @import { Filter, Overview } from './figures.js' */

const EVERY_MS = 2_000;
/** Figures older than this are said to be old. */
const OLD_MS = 7_000;

const chart = new Chart(byId('plot'));

/** What was told last, and when by this machine's clock. @type {{ overview: Overview, at: number } | null} */
let last = null;
/** @type {Filter} */
let filter = {};
let isRefused = false;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let next;
let round = 0;

/** Asks now, and then again and again while somebody can see it. */
async function refresh() {
  clearTimeout(next);
  round += 1;
  const mine = round;
  try {
    const told = await overview();
    if (mine !== round) return;
    last = { overview: told, at: Date.now() };
    isRefused = false;
    show();
  } catch (error) {
    if (mine !== round) return;
    if (error instanceof TokenNeeded) {
      askForToken();
      return;
    }
    isRefused = true;
    showState();
  }
  if (!document.hidden) next = setTimeout(refresh, EVERY_MS);
}

function show() {
  if (!last) return;
  const told = last.overview;
  const focused = document.activeElement;
  const card = focused?.closest('.card');
  gate(false);
  const minutes = byMinute(matching(told.routes, filter));
  showTotals(totals(minutes), share);
  chart.show(minutes, Date.parse(told.first_minute));
  const isNarrow = Object.keys(filter).length > 0;
  byId('filter-off').hidden = !isNarrow;
  say(byId('funnel-scope'), isNarrow ? scope(filter) : 'All calls and messages');
  const does = { narrow, stop: (/** @type {string} */ region) => pulled(levers.close(told, region), 'Closed.'), open: (/** @type {string} */ region) => pulled(levers.open(region), 'Open again.') };
  showRegions(told, filter, does);
  showCarriers(told, filter, does);
  showCaps(told);
  showRefused(told);
  showBreakers(told);
  showStopped(told, {
    resume: () => pulled(levers.resume(), 'Calls go out again.'),
    open: does.open,
    unblock: (handle, number) => pulled(levers.unblock(handle, number), 'It is called again.'),
  }, Date.parse(told.at));
  showDemo(told, refresh);
  const whose = !told.shared ? 'This process alone' : told.store !== null ? 'This replica alone' : told.replicas === 1 ? 'One replica' : `All ${told.replicas} replicas`;
  say(byId('whose'), `${whose} · ${told.version}`);
  byId('forget').hidden = token() === null;
  showState();
  // What had the focus may have gone with what it was about.
  if (focused && !focused.isConnected) card?.querySelector('h2')?.focus();
}

/** @param {Filter} of */
function scope({ region, provider, channel }) {
  const parts = [region && regionName(region), provider !== undefined && providerName(provider), channel && channelName(channel)];
  return parts.filter(Boolean).join(', ');
}

/** One line says how things are; the age of the figures beside it. */
function showState() {
  const [state, words] = stateNow();
  byId('state').dataset['state'] = state;
  say(byId('state-words'), words);
  document.title = `${words} – Ringproof`;
  const age = last ? Date.now() - last.at : 0;
  const isOld = last !== null && (isRefused || age > OLD_MS);
  document.body.classList.toggle('is-old', isOld);
  say(byId('age'), last ? (isOld ? `Figures of ${exactTime(last.at)}, ${ago(Math.round(age / 1000))}` : `Live · ${exactTime(last.at)}`) : '');
}

/** @returns {[state: 'ok' | 'warn' | 'bad' | 'wait', words: string]} */
function stateNow() {
  if (isRefused) return ['bad', 'The service does not answer; asking again'];
  if (!last) return ['wait', 'Asking the service…'];
  const { store, stopped = [], breakers, hour, day } = last.overview;
  if (store !== null) return ['bad', 'The store does not decide: every start is refused'];
  const paused = stopped.filter(({ region }) => region === null);
  if (paused.length > 0) return ['bad', paused.length > 1 ? 'Calls and messages are paused' : `${channelName(paused[0]?.channel ?? '')} are paused`];
  const open = breakers.filter((breaker) => stateOf(breaker).state === 'open');
  const starts = breakers.filter(({ op }) => op === 'start');
  if (starts.length > 0 && starts.every((start) => open.includes(start))) return ['bad', 'No provider can be asked: all breakers are open'];
  if (open[0]) return ['warn', `${providerName(open[0].provider)} is not asked: its breaker is open`];
  const nearly = [hour, day].some((it) => it && it.used >= it.cap * 0.8);
  if (nearly) return ['warn', 'A cap is nearly used'];
  const closed = new Set(stopped.flatMap(({ region }) => region ?? []));
  if (closed.size > 0) return ['warn', closed.size === 1 ? `${regionName([...closed][0] ?? '')} is closed` : `${closed.size} regions are closed`];
  return ['ok', 'Calls go out'];
}

/** Narrows the chart to a row; the same row again widens it. @param {Filter} to */
function narrow(to) {
  filter = JSON.stringify(filter) === JSON.stringify(to) ? {} : to;
  show();
}

/** After a lever: what it did is shown at once, and said. @param {Promise<boolean>} asked @param {string} words */
async function pulled(asked, words) {
  const done = await asked;
  if (!done) return;
  say(byId('news'), words);
  await refresh();
}

/** @param {boolean} isShut */
function gate(isShut) {
  byId('guarded').hidden = !isShut;
  byId('board').hidden = isShut;
}

function askForToken() {
  const hadOne = token() !== null;
  keepToken(null);
  last = null;
  gate(true);
  byId('state').dataset['state'] = 'wait';
  say(byId('state-words'), 'Waiting for the token');
  say(byId('age'), '');
  say(byId('token-fault'), hadOne ? 'That is not the token.' : '');
  byId('demo').hidden = true;
  byId('forget').hidden = true;
  byId('token').focus();
}

byId('token-form').addEventListener('submit', (event) => {
  event.preventDefault();
  const field = /** @type {HTMLInputElement} */ (byId('token'));
  const value = field.value.trim();
  field.value = '';
  // What no header can carry is no token.
  if (!/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(value)) {
    say(byId('token-fault'), 'That is not the token.');
    return;
  }
  keepToken(value);
  void refresh();
});
byId('forget').addEventListener('click', () => {
  keepToken(null);
  clearTimeout(next);
  void refresh();
});
byId('filter-off').addEventListener('click', () => {
  narrow(filter);
  byId('funnel-title').focus();
});
byId('pause').addEventListener('click', () => last && pulled(levers.pause(last.overview), 'Paused.'));
byId('close-region').addEventListener('click', () => last && pulled(levers.close(last.overview), 'Closed.'));
byId('block').addEventListener('click', () => pulled(levers.block(), 'Blocked.'));
document.addEventListener('visibilitychange', () => (document.hidden ? clearTimeout(next) : refresh()));
setInterval(() => last && showState(), 1_000);
void refresh();
