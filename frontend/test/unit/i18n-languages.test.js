/** Every language: complete, with its own plural forms, in its own script and tone, and nothing left in English. */

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { en } from '../../i18n/en.js';
import { LOADERS } from '../../i18n/locales.js';

/** @import { Messages } from '../../i18n/types.js' */

/** Modules of `i18n/` that hold no words. */
const CODE = ['locales.js', 'translator.js', 'types.js'];

const WANTED = 'en nl de fr es es-419 it pt pt-BR pl sv da nb is ro el tr ru id ms vi th ja ko zh-CN zh-HK zh-TW cy ta hi ar he fa'.split(' ');

/** The script a language is written in, where it is not Latin. @type {Readonly<Record<string, RegExp>>} */
const SCRIPTS = {
  ar: /\p{Script=Arabic}/u, fa: /\p{Script=Arabic}/u, he: /\p{Script=Hebrew}/u, el: /\p{Script=Greek}/u, ru: /\p{Script=Cyrillic}/u, hi: /\p{Script=Devanagari}/u,
  ta: /\p{Script=Tamil}/u, th: /\p{Script=Thai}/u, ja: /\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Han}/u, ko: /\p{Script=Hangul}/u,
  'zh-CN': /\p{Script=Han}/u, 'zh-HK': /\p{Script=Han}/u, 'zh-TW': /\p{Script=Han}/u,
};

/** What is the same in every language, and what happens to be the same in one. @type {Readonly<Record<string, readonly string[]>>} */
const SAME = { it: ['privacy.summary'], nl: ['privacy.summary'], all: ['page.brand', 'page.title', 'phone.country_option'], da: ['error.reference'], es: ['page.title_error', 'error.prefix'], 'es-419': ['page.title_error', 'error.prefix'] };

/** "Invalid", "please", "sorry", "unfortunately": blame and begging, as each language says them (A8). @type {Readonly<Record<string, RegExp>>} */
const UNWANTED = {
  ar: /غير صالح|من فضلك|يرجى|عذر|آسف|للأسف/, cy: /annilys|os gwelwch yn dda|drwg gennym|yn anffodus/i, da: /ugyldig|venligst|beklager|desværre/i,
  de: /ungültig|\bbitte\b|leider|entschuldig/i, el: /άκυρ|παρακαλ|συγγνώμη|δυστυχώς/i, es: /inválid|no válid|por favor|lo sentimos|disculpe/i, 'es-419': /inválid|no válid|por favor|lo sentimos|disculpe/i,
  fa: /نامعتبر|لطف|متأسف|ببخشید/, fr: /invalide|veuillez|désolé|s’il vous plaît|malheureusement/i, he: /לא חוקי|לא תקין|בבקשה|סליחה|מצטער|לצערנו/,
  hi: /अमान्य|कृपया|क्षमा|खेद/, id: /tidak valid|mohon|silakan|maaf|sayangnya/i, is: /ógild|vinsamleg|því miður|afsak/i,
  it: /non valid|per favore|spiacent|purtroppo/i, ja: /無効|申し訳|恐れ入り|残念/, ko: /죄송|유효하지|잘못된|유감/,
  ms: /tidak sah|\bsila\b|maaf|malangnya/i, nb: /ugyldig|vennligst|beklager|dessverre/i, nl: /ongeldig|alstublieft|helaas|sorry/i,
  pl: /nieprawidłow|niestety|przepraszamy/i, pt: /inválid|por favor|desculpe|lamentamos|infelizmente/i, 'pt-BR': /inválid|por favor|desculpe|lamentamos|infelizmente/i,
  ro: /invalid|vă rugăm|ne pare rău|din păcate/i, ru: /недействит|неверн|пожалуйста|извините|к сожалению/i, sv: /ogiltig|vänligen|tyvärr|förlåt/i,
  ta: /தவறான|தயவு|மன்னி/, th: /ขออภัย|กรุณา|โปรด|เสียใจ/, tr: /geçersiz|lütfen|üzgün|maalesef/i, vi: /không hợp lệ|vui lòng|xin lỗi|rất tiếc/i,
  'zh-CN': /无效|抱歉|对不起|遗憾/, 'zh-HK': /無效|抱歉|對不起|遺憾/, 'zh-TW': /無效|抱歉|對不起|遺憾/,
};

/** @type {Map<string, Messages>} */
const languages = new Map();
for (const [locale, load] of Object.entries(LOADERS)) languages.set(locale, await load());

/** Each text of a language, by key and plural form. @param {Messages} messages @returns {{ key: string, form: string, text: string }[]} */
const textsOf = (messages) => Object.entries(messages).flatMap(([key, entry]) =>
  typeof entry === 'string' ? [{ key, form: '', text: entry }] : Object.entries(entry).map(([form, text]) => ({ key, form, text })));

/** @param {string} text */
const placeholders = (text) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();

/** @param {string} key */
const english = (key) => {
  const entry = en[key];
  return typeof entry === 'object' ? entry.other : (entry ?? '');
};

test('the page speaks every language it is meant to, and each file of words is loaded by its name', () => {
  assert.deepEqual(Object.keys(LOADERS).sort(), [...WANTED].sort());
  const files = readdirSync(new URL('../../i18n/', import.meta.url)).filter((name) => !CODE.includes(name));
  assert.deepEqual(files.map((name) => name.replace(/\.js$/, '')).sort(), [...WANTED].sort());
  assert.equal(new Set(languages.values()).size, WANTED.length, 'each loader its own words');
});

for (const [locale, messages] of languages) {
  const texts = textsOf(messages);
  const { pluralCategories } = new Intl.PluralRules(locale).resolvedOptions();
  const numbersOf = formsOfOneNumber(locale, pluralCategories);

  test(`${locale}: the same keys as English, in the same order`, () => {
    assert.deepEqual(Object.keys(messages), Object.keys(en));
    for (const key of Object.keys(en)) assert.equal(typeof messages[key], typeof en[key], key);
  });

  test(`${locale}: exactly the plural forms of the language`, () => {
    for (const [key, entry] of Object.entries(messages)) if (typeof entry === 'object') assert.deepEqual(Object.keys(entry).sort(), [...pluralCategories].sort(), key);
  });

  test(`${locale}: the same placeholders as English`, () => {
    for (const { key, form, text } of texts) {
      const wanted = placeholders(english(key));
      const found = placeholders(text);
      // A form that stands for one number only may say that number as a word, or not at all.
      const inWords = numbersOf.has(form) ? wanted.filter((name) => name !== '{count}') : wanted;
      if (found.length !== inWords.length) assert.deepEqual(found, wanted, `${key} ${form}`);
      else assert.deepEqual(found, inWords, `${key} ${form}`);
    }
  });

  test(`${locale}: no slips of the keyboard, no example number, no exclamation`, () => {
    for (const { key, text } of texts) {
      assert.doesNotMatch(text, /["'`´]|\.\.\.| {2}|^\s|\s$|[!！]|\d{4,}|\s[.,]/, `${key}: ${text}`);
      if (locale === 'fr') assert.doesNotMatch(text, /(?<![\u00A0\u202F])[?:;»]|«(?!\u00A0)/, `${key}: ${text}`);
      assert.equal(text.endsWith('…'), english(key).endsWith('…'), key);
      if (locale !== 'th') assert.equal(/[.。।]$/.test(text), english(key).endsWith('.'), `${key}: ${text}`);
    }
  });

  if (locale === 'en') continue;

  test(`${locale}: nothing is left in English`, () => {
    const same = new Set([...(SAME['all'] ?? []), ...(SAME[locale] ?? [])]);
    const own = SCRIPTS[locale];
    for (const { key, text } of texts) {
      assert.ok(text !== english(key) || same.has(key), `${key}: ${text}`);
      if (!own || same.has(key)) continue;
      const words = text.replace(/\{\w+\}|SMS/g, '');
      assert.doesNotMatch(words, /\p{Script=Latin}/u, `${key}: ${text}`);
      assert.match(words, own, `${key}: ${text}`);
    }
  });

  test(`${locale}: what an operator has paused is not told as what is used up`, () => {
    const said = (/** @type {string} */ part) => languages.get(locale)?.[part];
    for (const part of ['title', 'detail']) assert.notEqual(said(`problem.paused.${part}`), said(`problem.capacity_reached.${part}`), part);
  });

  test(`${locale}: A8: no blame, no begging`, () => {
    const unwanted = UNWANTED[locale];
    assert.ok(unwanted);
    for (const { key, text } of texts) assert.doesNotMatch(text, unwanted, `${key}: ${text}`);
  });
}

test('varieties of one language are different varieties', () => {
  for (const [one, other, share] of /** @type {const} */ ([['pt', 'pt-BR', 0.6], ['zh-CN', 'zh-HK', 0.9], ['zh-HK', 'zh-TW', 0.6], ['es', 'es-419', 0.3]])) {
    const [first, second] = [languages.get(one) ?? {}, languages.get(other) ?? {}];
    const differing = Object.keys(en).filter((key) => JSON.stringify(first[key]) !== JSON.stringify(second[key]));
    assert.ok(differing.length > share * Object.keys(en).length, `${one} and ${other} differ in ${differing.length} entries`);
  }
  assert.doesNotMatch(JSON.stringify(languages.get('zh-CN')), /[驗碼號話國電請發無這個會]/);
  assert.doesNotMatch(JSON.stringify(languages.get('zh-HK')), /[验码号话国电请发无这个会]/);
  assert.doesNotMatch(JSON.stringify(languages.get('zh-TW')), /[验码号话国电请发无这个会]|手提電話|短訊|致電|毋須|掛線|私隱|索取/);
  assert.doesNotMatch(JSON.stringify(languages.get('es-419')), /móvil|[Ii]ntroduz|cobertura|[Pp]ulse\b|\b(?:ha|he|hemos) \w+[adi]do\b/);
  assert.doesNotMatch(JSON.stringify(languages.get('pt')), /\bvocê|celular|caixa postal|digite/i);
  assert.doesNotMatch(JSON.stringify(languages.get('pt-BR')), /telemóvel|correio de voz|introduz/i);
});

test('A72: a countdown keeps its direction inside a sentence that runs the other way', () => {
  for (const locale of ['ar', 'fa', 'he']) {
    for (const { key, text } of textsOf(languages.get(locale) ?? {})) {
      if (/\{(countdown|caller)\}/.test(text)) assert.match(text, /[\u2066\u2068]\{(countdown|caller)\}\u2069/, `${locale} ${key}`);
    }
  }
});

/**
 * Plural forms that are used for one whole number only, such as Arabic's dual.
 * @param {string} locale @param {readonly string[]} categories
 */
function formsOfOneNumber(locale, categories) {
  const rules = new Intl.PluralRules(locale);
  const used = Array.from({ length: 200 }, (_, count) => rules.select(count));
  return new Set(categories.filter((category) => used.filter((form) => form === category).length === 1));
}
