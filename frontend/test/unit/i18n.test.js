/** The words in English and how they are filled in: every key the page asks for exists, none is left over, and their tone. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { en } from '../../i18n/en.js';
import { LOADERS } from '../../i18n/locales.js';
import { countdown, createTranslator, faultText, problemText } from '../../i18n/translator.js';
import { problem } from './fixtures.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const translator = createTranslator('en', en);

/** Source of every served module but the words themselves. */
const sources = ['main.js', ...['api', 'state', 'elements', 'i18n'].flatMap((folder) =>
  readdirSync(root + folder, { recursive: true }).map(String).filter((name) => name.endsWith('.js')).map((name) => `${folder}/${name}`))]
  .filter((name) => !(name.slice('i18n/'.length, -'.js'.length) in LOADERS))
  .map((name) => readFileSync(root + name, 'utf8'))
  .join('\n');

/** Keys as they stand in the code, each `${…}` standing for any word. */
const asked = [...sources.matchAll(/'([^'\s]+)'|`([^`\s]*(?:\$\{[^}]*\}[^`\s]*)*)`/g)]
  .map((match) => match[1] ?? match[2] ?? '')
  .filter((literal) => /^(page|phone|code|progress|ended|resend|help|done|privacy|error|field|action|problem)\.|^\$\{[^}]*\}\.\w+$/.test(literal) && !literal.endsWith('.js'))
  .map((literal) => new RegExp(`^${literal.replace(/\$\{[^}]*\}/g, '\u0000').replaceAll('.', '\\.').replaceAll('\u0000', '[a-z_]+')}$`));

test('every key that is asked for has words', () => {
  assert.ok(asked.length > 50, `found ${asked.length}`);
  for (const pattern of asked) assert.ok(Object.keys(en).some((key) => pattern.test(key)), String(pattern));
});

test('no words are left over', () => {
  for (const key of Object.keys(en)) assert.ok(asked.some((pattern) => pattern.test(key)) || /^field\..*_left$|^problem\.network\.detail_load$|^problem\..*_check$/.test(key), key);
});

test('A8: no blame, no begging, no machine words', () => {
  for (const [key, entry] of Object.entries(en)) {
    for (const text of typeof entry === 'string' ? [entry] : Object.values(entry)) {
      assert.doesNotMatch(text, /\b(invalid|please|sorry|oops|illegal|forbidden|technical difficulties|\d{3} error|PIN)\b/i, key);
    }
  }
});

test('A9: no example number stands in the words', () => {
  for (const entry of Object.values(en)) assert.doesNotMatch(JSON.stringify(entry), /\d{5,}/);
});

test('every problem code has a title when it has a detail of its own', () => {
  for (const key of Object.keys(en)) {
    const found = /^problem\.(\w+)\.detail$/.exec(key);
    if (found) assert.ok(`problem.${found[1]}.title` in en, key);
  }
});

test('plural forms follow the count', () => {
  const { t } = translator;
  assert.match(t('field.code.code_incorrect_left', { count: 1 }), /1 try left$/);
  assert.match(t('field.code.code_incorrect_left', { count: 2 }), /2 tries left$/);
});

test('all placeholders are filled, and what is filled in is not read again', () => {
  assert.equal(translator.t('page.title', { heading: '{brand}', brand: 'B' }), '{brand} – B');
  assert.equal(translator.t('no.such.key'), 'no.such.key');
});

test('A26: the tries left are said with the fault', () => {
  const fault = { field: /** @type {const} */ ('code'), code: 'code_incorrect', detail: 'd' };
  assert.equal(faultText(translator, { ...fault, attemptsRemaining: 4 }, 6), 'Not the right code. 4 tries left');
  assert.equal(faultText(translator, { ...fault, attemptsRemaining: 3 }, 6), 'Not the right code. 3 tries left');
});

test('a fault without words of ours shows the sentence of the service', () => {
  assert.equal(faultText(translator, { field: 'phone_number', code: 'too_odd', detail: 'The number is too odd.' }, 6), 'The number is too odd.');
});

test('our words for a problem win; else the service speaks; else something general is said', () => {
  assert.equal(problemText(translator, problem(410, 'verification_expired')).title, 'The code has expired');
  const { title, detail } = problemText(translator, problem(409, 'of_tomorrow'));
  assert.deepEqual([title, detail], ['title of of_tomorrow', 'detail of of_tomorrow']);
  assert.equal(problemText(translator, problem(500, 'new_code', { title: '', detail: '' })).title, 'Something went wrong');
});

test('a limit of the number says so, a limit of the client says no more than that there is one', () => {
  assert.match(problemText(translator, problem(429, 'rate_limited', { scope: 'number' })).detail, /^We called or texted this number/);
  assert.match(problemText(translator, problem(429, 'rate_limited', { scope: 'client' })).detail, /^There were many tries/);
});

test('what failed before anything was entered says nothing of what was entered', () => {
  for (const code of ['network', 'offline', 'timeout']) assert.equal(problemText(translator, problem(0, code), { loading: true }).detail, 'Check your connection, then try again.');
  assert.match(problemText(translator, problem(0, 'network')).detail, /^What you entered is still here/);
});

test('A46: a reference is shown for what nobody expects, and only then', () => {
  const instance = 'urn:uuid:0193b5a0-1111-7000-8000-000000000001';
  assert.equal(problemText(translator, problem(500, 'internal_error', { instance })).reference, '0193b5a0-1111-7000-8000-000000000001');
  assert.equal(problemText(translator, problem(429, 'rate_limited', { instance })).reference, '');
  assert.equal(problemText(translator, problem(500, 'internal_error')).reference, '');
});

test('a countdown rounds up and never goes below zero', () => {
  assert.deepEqual([60_000, 46_001, 999, 0, -5, 86_340_000].map(countdown), ['1:00', '0:47', '0:01', '0:00', '0:00', '23:59:00']);
});

test('a locale Intl does not know still gives words', () => {
  const odd = createTranslator('not a locale', en);
  assert.equal(odd.t('field.code.code_incorrect_left', { count: 1 }), 'Not the right code. 1 tries left');
});
