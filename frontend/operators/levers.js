/** What each lever asks, and the request that it is. */

import { pull } from './api.js';
import { FOR, WHY, ask, channelField } from './question.js';
import { regionName } from './words.js';

/** @import { Overview } from './figures.js' */
/** @import { Field } from './question.js' */

/** The members that a lever takes: those that were left open are left out. @param {Record<string, string>} answers */
function how({ channel, for: lasts, why }) {
  return { ...(channel ? { channel } : {}), ...(lasts ? { for: lasts } : {}), ...(why?.trim() ? { why: why.trim() } : {}) };
}

/** @param {Overview} overview */
export function pause({ channels = [] }) {
  return ask({
    title: 'Pause calls?',
    text: 'No new call is placed and no new message sent, anywhere. Who has a code can still enter it.',
    fields: [...channelField(channels), FOR, WHY],
    verb: 'Pause',
    stops: true,
    act: (answers) => pull('PUT', 'pause', how(answers)),
  });
}

export function resume() {
  return ask({ title: 'Resume calls?', text: 'New calls and messages go out again at once.', fields: [], verb: 'Resume', act: () => pull('DELETE', 'pause') });
}

/** Closes a region that is named, or that is chosen. @param {Overview} overview @param {string} [region] */
export function close({ channels = [], allowed_regions: allowed = '*' }, region) {
  const listed = allowed === '*' ? null : allowed.split(',').map((it) => it.split(':')[0] ?? '').filter(Boolean);
  const options = listed?.map((it) => /** @type {[string, string]} */ ([it, regionName(it)])).sort(([, one], [, other]) => one.localeCompare(other));
  /** @type {Field} */
  const which = { name: 'region', label: 'Region', required: 'Name a region by two letters, such as NL.', ...(options ? { options } : { hint: 'Two letters, such as NL.' }) };
  return ask({
    title: region ? `Close ${regionName(region)}?` : 'Close a region?',
    text: 'Numbers there are not called. Who has a code can still enter it.',
    fields: [...(region ? [] : [which]), ...channelField(channels), FOR, WHY],
    verb: 'Close',
    stops: true,
    act: (answers) => pull('PUT', `regions/${encodeURIComponent((region ?? answers['region'] ?? '').trim())}`, how(answers)),
  });
}

/** @param {string} region */
export function open(region) {
  return ask({ title: `Open ${regionName(region)}?`, text: 'Numbers there are called again at once. The watch counts anew.', fields: [], verb: 'Open', act: () => pull('DELETE', `regions/${encodeURIComponent(region)}`) });
}

export function block() {
  return ask({
    title: 'Block a number?',
    text: 'A number, or all that begin with 4 digits or more, country code first, is not called.',
    fields: [{ name: 'number', label: 'Number or its beginning', hint: 'Such as +44 20 7946 0123, or +4420.', required: 'Name a number or its beginning: 4 to 15 digits.' }, FOR, WHY],
    verb: 'Block',
    stops: true,
    // As people write numbers.
    act: (answers) => pull('PUT', `blocked/${encodeURIComponent((answers['number'] ?? '').replace(/[^\d+]/g, ''))}`, how(answers)),
  });
}

/** @param {string} handle @param {string} number masked */
export function unblock(handle, number) {
  return ask({ title: `Unblock ${number}?`, text: 'It is called again at once.', fields: [], verb: 'Unblock', act: () => pull('DELETE', `blocked/${handle}`) });
}
