/** What is paused, closed and blocked, each with the button that ends it. */

import { byId, keep, leverButton, make, nameLever, part, say } from './dom.js';
import { channelName, lasts, regionName } from './words.js';

/** @import { Overview, Stopped } from './figures.js' */

/**
 * @typedef {object} Entry
 * @property {string} key
 * @property {string} title
 * @property {string} note
 * @property {string} verb
 * @property {() => void} end
 */

/** How each is ended. @typedef {{ resume: () => void, open: (region: string) => void, unblock: (handle: string, number: string) => void }} Ends */

/** @param {Overview} overview @param {Ends} ends @param {number} now */
export function showStopped({ stopped, blocked, store }, ends, now) {
  const entries = [...pauses(stopped ?? [], ends, now), ...closed(stopped ?? [], ends, now)];
  for (const { number, handle, until } of blocked ?? []) {
    entries.push({ key: `blocked ${handle}`, title: number, note: `Blocked ${lasts(until, now)}`, verb: 'Unblock', end: () => ends.unblock(handle, number) });
  }
  const empty = byId('stopped-empty');
  empty.hidden = entries.length > 0;
  say(empty, store === null ? (blocked === null ? 'The list of blocked numbers opens with none of the keys here: see the log.' : 'Nothing. Calls go out wherever they are allowed.') : 'Not known while the store cannot be asked. Until it can, no call goes out.');
  keep(byId('stopped-list'), entries, {
    key: ({ key }) => key,
    create: () => make('li', { class: 'entry' }, make('span', { class: 'dot', 'aria-hidden': 'true' }), make('span', { class: 'what' }, make('b', { class: 'title' }), make('span', { class: 'note' })), leverButton()),
    update: (element, { title, note, verb, end }) => {
      say(part(element, 'title'), title);
      say(part(element, 'note'), note);
      const button = part(element, 'button');
      nameLever(button, verb, title);
      button.onclick = end;
    },
  });
}

/** @param {Stopped[]} stopped @param {Ends} ends @param {number} now @returns {Entry[]} */
function pauses(stopped, ends, now) {
  const paused = stopped.filter(({ region }) => region === null);
  const [first, second] = paused;
  if (!first) return [];
  // They are resumed together.
  const title = `${second ? 'Calls and messages' : channelName(first.channel)} paused`;
  const note = second && second.until !== first.until ? paused.map(({ channel, until }) => `${channelName(channel)} ${lasts(until, now)}`).join(', ') : `Everywhere, ${lasts(first.until, now)}`;
  return [{ key: 'paused', title, note, verb: 'Resume', end: ends.resume }];
}

/** @param {Stopped[]} stopped @param {Ends} ends @param {number} now @returns {Entry[]} */
function closed(stopped, ends, now) {
  const regions = [...new Set(stopped.flatMap(({ region }) => region ?? []))];
  return regions.map((region) => {
    const those = stopped.filter((it) => it.region === region);
    const watch = those.find(({ by }) => by === 'watch');
    const channels = [...new Set(those.map(({ channel }) => channel))];
    const until = those.map((it) => it.until).sort().at(-1) ?? null;
    const who = watch ? 'by the watch: hardly any call was verified' : 'by hand';
    const what = channels.length > 1 ? 'Calls and messages' : channelName(channels[0] ?? '');
    return { key: `closed ${region}`, title: `${regionName(region)} closed`, note: `${what}, ${who}, ${lasts(until, now)}`, verb: 'Open', end: () => ends.open(region) };
  });
}
