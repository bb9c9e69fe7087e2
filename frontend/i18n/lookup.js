/**
 * What is looked for when a language is wished for: lookup by RFC 4647, 3.4, and which language stands in for one
 * that is not there. The service has the same table in `verification/src/locale/stand_ins.rs`; both are tested against
 * one file. Pure.
 */

/** Tags in lower case, and what serves them instead, best first. @type {readonly (readonly [string, string])[]} */
export const STAND_INS = [
  ['no nn', 'nb'],
  ['in', 'id'],
  ['iw', 'he'],
  ['mo', 'ro'],
  ['zh zh-hans cmn', 'zh-CN'],
  ['zh-hant zh-tw cmn-hant', 'zh-TW zh-CN'],
  ['yue zh-yue zh-mo zh-hant-hk zh-hant-mo', 'zh-HK'],
  ['es-419 es-ar es-bo es-br es-bz es-cl es-co es-cr es-cu es-do es-ec es-gt es-hn es-mx es-ni es-pa es-pe es-pr es-py es-sv es-us es-uy es-ve', 'es-419 es-MX'],
];

/** No language of ours has more subtags: what follows is cut off at once. */
const MAX_SUBTAGS = 8;

/**
 * The tags to look for, best first. Reads BCP 47 and the locales of POSIX (`pt_BR.UTF-8@latin`).
 * @param {string} wish
 * @returns {string[]}
 */
export function candidates(wish) {
  const tag = (wish.trim().split(/[.@]/)[0] ?? '').replaceAll('_', '-').toLowerCase();
  const subtags = tag.split('-').slice(0, MAX_SUBTAGS);
  const [language = '', script = '', ...rest] = subtags;
  // A script that goes without saying: `en-Latn-US` is `en-US`.
  const unscripted = script.length === 4 ? cutFromTheEnd([language, ...rest]) : [];
  return [...cutFromTheEnd(subtags), ...unscripted, language].flatMap((range) => [range, ...standIns(range)]);
}

/** A tag, and shorter and shorter ones, down to a language and one more subtag. @param {readonly string[]} subtags */
function cutFromTheEnd(subtags) {
  const lengths = Array.from({ length: Math.max(0, subtags.length - 1) }, (_, cut) => subtags.length - cut);
  // A single letter says what kind of subtags follow it; without them it is nothing.
  return lengths.filter((length) => (subtags[length - 1] ?? '').length > 1).map((length) => subtags.slice(0, length).join('-'));
}

/** @param {string} tag */
function standIns(tag) {
  return STAND_INS.find(([tags]) => tags.split(' ').includes(tag))?.[1].split(' ') ?? [];
}
