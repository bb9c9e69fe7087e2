/** One word for one thing: `docs/glossary.md` against the words of the page and the texts that are spoken and sent. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { LOADERS } from '../../i18n/locales.js';

/** @import { Messages } from '../../i18n/types.js' */

/** @typedef {{ voice: string, voice_with_brand: string, sms: string, sms_with_brand: string }} Texts */

const read = (/** @type {string} */ path) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

/** @type {Record<string, Texts>} */
const TEMPLATES = JSON.parse(read('backend/templates.json'));

/** The cells of each row of the table, by language. @type {Map<string, string[]>} */
const ROWS = new Map(read('docs/glossary.md').split('\n').filter((line) => /^\| \S+ \|/.test(line) && !line.startsWith('| language')).map((line) => {
  const [language = '', ...cells] = line.split('|').slice(1, -1).map((cell) => cell.trim());
  return [language, cells];
}));

/** Where each term has to be said. @type {Readonly<Record<'code' | 'verify' | 'call' | 'text', readonly string[]>>} */
const SAID = {
  code: ['code.have', 'field.code.code_empty', 'problem.verification_expired.title', 'problem.attempts_exhausted.title', 'problem.paused.title'],
  verify: ['phone.heading', 'code.submit', 'done.heading', 'done.again', 'problem.verification_not_found.title', 'problem.caller_required.title'],
  call: ['help.summary_voice', 'problem.capacity_reached.detail', 'problem.paused.detail', 'problem.provider_error.detail'],
  text: ['phone.submit_sms', 'help.summary_sms', 'progress.failed_sms', 'problem.capacity_reached.detail', 'field.channel.landline'],
};

/** @param {string} cell */
const terms = (cell) => (cell === '—' ? [] : cell.split(' / ').map((term) => term.toLowerCase()));

/** @param {Messages[string] | undefined} entry */
const textsOf = (entry) => (typeof entry === 'string' ? [entry] : Object.values(entry ?? {}));

/** The texts of a call or message in a language of the page. @param {string} language */
const templatesOf = (language) => {
  const varieties = { 'es-419': ['es-MX', 'es-US'], es: ['es-ES'], pt: ['pt-PT'], 'pt-BR': ['pt-BR'], 'zh-CN': ['zh-CN'], 'zh-HK': ['zh-HK'], 'zh-TW': [] };
  const own = varieties[/** @type {keyof typeof varieties} */ (language)] ?? Object.keys(TEMPLATES).filter((tag) => tag.split('-')[0] === language);
  return own.map((tag) => ({ tag, texts: /** @type {Texts} */ (TEMPLATES[tag]) }));
};

test('the glossary has every language of the page, and no other', () => {
  assert.deepEqual([...ROWS.keys()].sort(), Object.keys(LOADERS).sort());
  for (const [language, cells] of ROWS) assert.equal(cells.length, 6, language);
});

for (const [language, load] of Object.entries(LOADERS)) {
  const [code = '', verify = '', call = '', text = '', not = '', nobody = ''] = ROWS.get(language) ?? [];
  const spoken = templatesOf(language);

  test(`${language}: each thing is called by its word`, async () => {
    const messages = await load();
    for (const [term, keys] of Object.entries(SAID)) {
      const allowed = terms({ code, verify, call, text }[term] ?? '');
      assert.ok(allowed.length > 0, term);
      for (const key of keys) {
        for (const said of textsOf(messages[key])) assert.ok(allowed.some((word) => said.toLowerCase().includes(word)), `${key} says ${term} otherwise: ${said}`);
      }
    }
    for (const { tag, texts } of spoken) {
      for (const said of Object.values(texts)) assert.ok(terms(code).some((word) => said.toLowerCase().includes(word)), `${tag}: ${said}`);
    }
  });

  test(`${language}: words that were replaced stay away`, async () => {
    const all = [...Object.values(await load()).flatMap(textsOf), ...spoken.flatMap(({ texts }) => Object.values(texts))];
    // Capitals tell some of them from other words.
    for (const word of not === '—' ? [] : not.split(' / ')) for (const said of all) assert.ok(!said.includes(word), `${word}: ${said}`);
  });

  test(`${language}: a call ends by saying that the code is for nobody else`, () => {
    assert.equal(spoken.length === 0, nobody === '—');
    for (const { tag, texts: { voice, voice_with_brand: branded } } of spoken) {
      for (const said of [voice, branded]) {
        const last = said.replace(/[.。]$/, '').split(/[.。]/).at(-1) ?? '';
        assert.ok(last.includes(nobody), `${tag}: ${last}`);
      }
    }
  });
}

test('digits are of one kind in every sentence: those that countdowns, counts and codes are written in', async () => {
  for (const [language, load] of Object.entries(LOADERS)) {
    for (const said of Object.values(await load()).flatMap(textsOf)) assert.doesNotMatch(said.replace(/[0-9]/g, ''), /\p{Nd}/u, language);
  }
});
