/**
 * Which languages the page speaks, how one is picked, loaded and called, and which one a call is asked to be spoken in.
 * A further language is a file of words, one more line in `LOADERS`, and its name in `OWN_NAMES`.
 */

/** @import { Config } from '../api/types.js' */
/** @import { Messages } from './types.js' */

/** One module a language, loaded when it is wanted. @type {Readonly<Record<string, () => Promise<Messages>>>} */
export const LOADERS = {
  ar: () => import('./ar.js').then(({ ar }) => ar),
  cy: () => import('./cy.js').then(({ cy }) => cy),
  da: () => import('./da.js').then(({ da }) => da),
  de: () => import('./de.js').then(({ de }) => de),
  el: () => import('./el.js').then(({ el }) => el),
  en: () => import('./en.js').then(({ en }) => en),
  es: () => import('./es.js').then(({ es }) => es),
  'es-419': () => import('./es-419.js').then(({ es419 }) => es419),
  fa: () => import('./fa.js').then(({ fa }) => fa),
  fr: () => import('./fr.js').then(({ fr }) => fr),
  he: () => import('./he.js').then(({ he }) => he),
  hi: () => import('./hi.js').then(({ hi }) => hi),
  id: () => import('./id.js').then(({ id }) => id),
  is: () => import('./is.js').then(({ is }) => is),
  it: () => import('./it.js').then(({ it }) => it),
  ja: () => import('./ja.js').then(({ ja }) => ja),
  ko: () => import('./ko.js').then(({ ko }) => ko),
  ms: () => import('./ms.js').then(({ ms }) => ms),
  nb: () => import('./nb.js').then(({ nb }) => nb),
  nl: () => import('./nl.js').then(({ nl }) => nl),
  pl: () => import('./pl.js').then(({ pl }) => pl),
  pt: () => import('./pt.js').then(({ pt }) => pt),
  'pt-BR': () => import('./pt-BR.js').then(({ ptBR }) => ptBR),
  ro: () => import('./ro.js').then(({ ro }) => ro),
  ru: () => import('./ru.js').then(({ ru }) => ru),
  sv: () => import('./sv.js').then(({ sv }) => sv),
  ta: () => import('./ta.js').then(({ ta }) => ta),
  th: () => import('./th.js').then(({ th }) => th),
  tr: () => import('./tr.js').then(({ tr }) => tr),
  vi: () => import('./vi.js').then(({ vi }) => vi),
  'zh-CN': () => import('./zh-CN.js').then(({ zhCN }) => zhCN),
  'zh-HK': () => import('./zh-HK.js').then(({ zhHK }) => zhHK),
  'zh-TW': () => import('./zh-TW.js').then(({ zhTW }) => zhTW),
};

export const FALLBACK = 'en';

/** What is said when not even English can be loaded. */
export const SPEECHLESS = 'This form could not be loaded. Check your connection and load the page again.';

/** What each calls itself, in the order of the list. To ask the browser costs as much time as the rest of the first screen. @type {Readonly<Record<string, string>>} */
export const OWN_NAMES = {
  cy: 'Cymraeg', da: 'dansk', de: 'Deutsch', en: 'English', es: 'español (España)', 'es-419': 'español (Latinoamérica)', fr: 'français',
  id: 'Indonesia', is: 'íslenska', it: 'italiano', ms: 'Melayu', nl: 'Nederlands', nb: 'norsk bokmål', pl: 'polski',
  'pt-BR': 'português (Brasil)', pt: 'português (Portugal)', ro: 'română', sv: 'svenska', vi: 'Tiếng Việt', tr: 'Türkçe',
  el: 'Ελληνικά', ru: 'русский', he: 'עברית', ar: 'العربية', fa: 'فارسی', hi: 'हिन्दी', ta: 'தமிழ்', th: 'ไทย', ko: '한국어', ja: '日本語',
  'zh-CN': '简体中文', 'zh-TW': '繁體中文（台灣）', 'zh-HK': '繁體中文（香港）',
};

/**
 * The first wanted language that the page speaks, else English.
 * @param {readonly string[]} wanted best first
 */
export function pickLocale(wanted) {
  return wanted.map(localeFor).find(Boolean) ?? FALLBACK;
}

/**
 * The words of a language; those of English where they cannot be had, and null where not even those can.
 * @param {string} locale @param {typeof LOADERS} [loaders]
 */
export async function loadWords(locale, loaders = LOADERS) {
  for (const name of [locale, FALLBACK]) {
    try {
      const messages = await loaders[name]?.();
      if (messages) return { locale: name, messages };
    } catch {
      // The browser has said on its console which file could not be loaded.
    }
  }
  return null;
}

/**
 * The language a call is asked to be spoken in: the person's own variety of the page's language, since
 * what is heard must match what is read (A36).
 * @param {string} page @param {readonly string[]} wanted
 */
export function spokenLocale(page, wanted) {
  return wanted.find((tag) => pickLocale([tag]) === page && tag.split('-')[0] === page.split('-')[0]) ?? page;
}

/**
 * The language a call will be in when the voice does not speak the one that was asked for; null when it does.
 * @param {Pick<Config, 'locales' | 'default_locale'>} config @param {string} spoken
 */
export function otherVoice({ locales, default_locale: voice }, spoken) {
  const languages = new Set(candidates(spoken).map(languageOf));
  return locales.some((locale) => languages.has(languageOf(locale))) ? null : voice;
}

/**
 * What a language is called in another one; its tag where the browser knows no name.
 * @param {string} language @param {string} inLocale
 */
export function languageName(language, inLocale) {
  try {
    return new Intl.DisplayNames([inLocale], { type: 'language' }).of(language) ?? language;
  } catch {
    return language;
  }
}

/** @param {string} tag */
function localeFor(tag) {
  const locales = new Map(Object.keys(LOADERS).map((locale) => [locale.toLowerCase(), locale]));
  return candidates(tag).map((candidate) => locales.get(candidate.toLowerCase())).find(Boolean);
}

/** @param {string} tag */
function languageOf(tag) {
  return tag.split('-')[0] ?? '';
}

/**
 * Tags in lower case, and which languages stand in for them, best first. The service has the same table in `stand_ins.rs`.
 * @type {readonly (readonly [string, string])[]}
 */
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
 * The tags to look for, best first (RFC 4647, 3.4). Reads BCP 47 and the locales of POSIX (`pt_BR.UTF-8@latin`).
 * @param {string} wish
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
