/** Which language is picked, loaded and asked to be spoken. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { en } from '../../i18n/en.js';
import { languageName, LOADERS, loadWords, otherVoice, OWN_NAMES, pickLocale, spokenLocale, STAND_INS } from '../../i18n/locales.js';

/** Wishes and what serves them, the same for the service. @type {{ stand_ins: [string, string][], wishes: { wish: string, read: string }[] }} */
const LOOKUP = JSON.parse(readFileSync(new URL('../../../backend/crates/verification/fixtures/languages.json', import.meta.url), 'utf8'));

test('A36: a wish is looked up as the service looks it up', () => {
  assert.deepEqual(STAND_INS, LOOKUP.stand_ins);
  assert.ok(LOOKUP.wishes.length > 60);
  for (const { wish, read } of LOOKUP.wishes) assert.equal(pickLocale([wish]), read, wish);
});

test('A36: the page picks the first language it speaks, else English', () => {
  for (const [wanted, picked] of /** @type {[string, string][]} */ ([
    ['fi,sv', 'sv'], ['fi', 'en'], ['', 'en'], ['C,not a tag,da', 'da'], ['iw', 'he'],
  ])) assert.equal(pickLocale(wanted.split(',')), picked, wanted);
  assert.equal(pickLocale([]), 'en');
});

test('a wish without an end is looked up in no time', () => {
  assert.equal(pickLocale([`pt-BR-${'a1-'.repeat(100_000)}`]), 'pt-BR');
});

test('A36: a call is spoken in the person’s variety of the language of the page', () => {
  assert.equal(spokenLocale('en', ['nl-NL', 'en-AU']), 'en-AU');
  assert.equal(spokenLocale('en', ['nl-NL']), 'en');
  assert.equal(spokenLocale('fr', ['fr-CA', 'en']), 'fr-CA');
  assert.equal(spokenLocale('pt', ['pt-BR']), 'pt', 'not the variety that is a language of its own here');
  assert.equal(spokenLocale('zh-TW', ['zh-CN', 'zh-Hant-TW']), 'zh-Hant-TW');
  assert.equal(spokenLocale('es-419', ['es', 'es-AR']), 'es-AR');
  assert.equal(spokenLocale('nb', ['nn-NO']), 'nb', 'a name the voice may not know');
});

test('A36: what the voice cannot speak is found out beforehand', () => {
  const config = { locales: ['en-GB', 'nb-NO', 'pt-PT', 'zh-CN'], default_locale: 'en-GB' };
  for (const spoken of ['en', 'en-AU', 'nb', 'nn-NO', 'pt', 'pt-BR', 'zh-HK']) assert.equal(otherVoice(config, spoken), null, spoken);
  for (const spoken of ['ar', 'he', 'fa-IR', 'hi']) assert.equal(otherVoice(config, spoken), 'en-GB', spoken);
});

test('a language is called by its own name in the list, and by ours in a sentence', () => {
  assert.deepEqual(Object.keys(OWN_NAMES).sort(), Object.keys(LOADERS).sort());
  const names = Object.values(OWN_NAMES);
  assert.equal(new Set(names).size, names.length);
  assert.deepEqual(names, names.toSorted(new Intl.Collator('en').compare), 'in an order that does not depend on the present language');
  // Those that browsers know are as they write them, too.
  for (const locale of ['da', 'fa', 'ta', 'el', 'nb']) assert.equal(OWN_NAMES[locale], languageName(locale, locale));
  assert.equal(languageName('en', 'ar'), 'الإنجليزية');
  assert.equal(languageName('en', 'not a locale'), 'en');
  assert.equal(languageName('pt', 'en'), 'Portuguese', 'the voice may be of either side of the ocean');
});

test('words that cannot be loaded are English ones, and without those there are none', async () => {
  const fails = () => Promise.reject(new Error('no network'));
  assert.deepEqual(await loadWords('nl', { ...LOADERS, nl: fails }), { locale: 'en', messages: en });
  assert.deepEqual((await loadWords('nl'))?.locale, 'nl');
  assert.deepEqual((await loadWords('tlh'))?.locale, 'en');
  assert.equal(await loadWords('nl', { nl: fails, en: fails }), null);
});
