/** What must stand in none of the files that are served, whatever else they say. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Served files by path, comments left out. */
const FILES = Object.entries(Object.fromEntries(['index.html', 'main.js', 'phone-verification.js', ...['api', 'state', 'elements', 'i18n', 'styles', 'operators'].flatMap((folder) =>
  readdirSync(root + folder, { recursive: true }).map((name) => `${folder}/${name}`).filter((name) => /\.(js|css|html)$/.test(name)))]
  .map((name) => [name, readFileSync(root + name, 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')])));

/** @param {RegExp} pattern @param {RegExp} [among] */
function nowhere(pattern, among = /./) {
  const files = FILES.filter(([name]) => among.test(name));
  assert.ok(files.length > 0);
  for (const [name, text] of files) assert.doesNotMatch(text, pattern, name);
}

test('A6 A20 A22: no placeholder, no mask, no length or pattern that would cut a paste short, nothing that blocks one', () => {
  nowhere(/placeholder|maxlength|maxLength|\bpattern:|'paste'|onpaste|autocomplete: 'off'/, /^(elements|main|index)/);
});

test('A21: there is one field for the code', () => {
  const fields = FILES.flatMap(([, text]) => text.match(/one-time-code/g) ?? []);
  assert.equal(fields.length, 1);
});

test('A45: no text becomes markup', () => {
  nowhere(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment|\beval\b|new Function/);
});

test('A61: nothing asks a person to prove to be one', () => {
  nowhere(/captcha|turnstile|<canvas|'canvas'/i);
});

test('A77: no other origin, no cookie, no lasting storage', () => {
  nowhere(/https?:\/\/(?!www\.w3\.org)/);
  nowhere(/document\.cookie|localStorage|indexedDB|sendBeacon|serviceWorker/);
});

test('A72: no style knows left from right', () => {
  nowhere(/(?:^|[;{\s])(?:margin|padding|border)-(?:left|right)\b|(?:^|[;{\s])(?:left|right)\s*:|text-align:\s*(?:left|right)|float:\s*(?:left|right)/, /\.css$/);
});
