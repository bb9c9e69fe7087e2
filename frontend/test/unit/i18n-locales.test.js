/** Which language is picked, loaded and asked to be spoken. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { en } from '../../i18n/en.js';
import { languageName, loadWords, LOADERS, otherVoice, pickLocale, spokenLocale } from '../../i18n/locales.js';

test('A36: the page picks the first language it speaks: exact, then by its main variety, then English', () => {
  for (const [wanted, picked] of /** @type {[string, string][]} */ ([
    ['nl-NL', 'nl'], ['en-AU', 'en'], ['pt-BR', 'pt-BR'], ['pt-br', 'pt-BR'], ['pt_BR', 'pt-BR'], ['pt', 'pt'], ['pt-AO', 'pt'], ['es-419', 'es'],
    ['no', 'nb'], ['nn-NO', 'nb'], ['nb-NO', 'nb'], ['iw', 'he'], ['iw-IL', 'he'], ['in', 'id'], ['fi,sv', 'sv'], ['fi', 'en'], ['', 'en'], ['C,not a tag,da', 'da'],
    ['zh', 'zh-CN'], ['zh-Hans', 'zh-CN'], ['zh-SG', 'zh-CN'], ['zh-Hans-HK', 'zh-CN'], ['zh-TW', 'zh-HK'], ['zh-Hant', 'zh-HK'], ['zh-MO', 'zh-HK'], ['zh-HK', 'zh-HK'], ['yue', 'zh-HK'],
  ])) assert.equal(pickLocale(wanted.split(',')), picked, wanted);
  assert.equal(pickLocale([]), 'en');
});

test('A36: a call is spoken in the person’s variety of the language of the page', () => {
  assert.equal(spokenLocale('en', ['nl-NL', 'en-AU']), 'en-AU');
  assert.equal(spokenLocale('en', ['nl-NL']), 'en');
  assert.equal(spokenLocale('fr', ['fr-CA', 'en']), 'fr-CA');
  assert.equal(spokenLocale('pt', ['pt-BR']), 'pt', 'not the variety that is a language of its own here');
  assert.equal(spokenLocale('zh-HK', ['zh-CN', 'zh-TW']), 'zh-TW');
  assert.equal(spokenLocale('nb', ['nn-NO']), 'nb', 'a name the voice may not know');
});

test('A36: what the voice cannot speak is found out beforehand', () => {
  const config = { locales: ['en-GB', 'nb-NO', 'pt-PT', 'zh-CN'], default_locale: 'en-GB' };
  for (const spoken of ['en', 'en-AU', 'nb', 'nn-NO', 'pt', 'pt-BR', 'zh-HK']) assert.equal(otherVoice(config, spoken), null, spoken);
  for (const spoken of ['ar', 'he', 'fa-IR', 'hi']) assert.equal(otherVoice(config, spoken), 'en-GB', spoken);
});

test('a language is called by its own name in the list, and by ours in a sentence', () => {
  const own = Object.fromEntries(Object.keys(LOADERS).map((locale) => [locale, languageName(locale, locale)]));
  assert.deepEqual([own['cy'], own['pt'], own['pt-BR'], own['zh-CN'], own['zh-HK'], own['he']], ['Cymraeg', 'português (Portugal)', 'português (Brasil)', '简体中文', '繁體中文', 'עברית']);
  assert.equal(new Set(Object.values(own)).size, Object.keys(LOADERS).length);
  assert.equal(languageName('en', 'ar'), 'الإنجليزية');
  assert.equal(languageName('en', 'not a locale'), 'en');
});

test('words that cannot be loaded are English ones, and without those there are none', async () => {
  const fails = () => Promise.reject(new Error('no network'));
  assert.deepEqual(await loadWords('nl', { ...LOADERS, nl: fails }), { locale: 'en', messages: en });
  assert.deepEqual((await loadWords('nl'))?.locale, 'nl');
  assert.deepEqual((await loadWords('tlh'))?.locale, 'en');
  assert.equal(await loadWords('nl', { nl: fails, en: fails }), null);
});
