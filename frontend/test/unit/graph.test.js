/** What the page loads: `index.html` asks for the whole graph at once, so that no module waits for another to be read. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { FILES } from '../../elements/dom.js';

const root = new URL('../../', import.meta.url);
const read = (/** @type {string} */ path) => readFileSync(new URL(path, root), 'utf8');

/** Paths of everything a module imports, itself first. @param {string} entry @param {Set<string>} [found] */
function graph(entry, found = new Set()) {
  if (found.has(entry)) return found;
  found.add(entry);
  const code = read(entry).replace(/\/\*[\s\S]*?\*\//g, '');
  for (const [, path = ''] of code.matchAll(/^(?:import|export)\b[^;]*?'(\.[^']+)';/gm)) graph(new URL(path, new URL(entry, root)).href.slice(root.href.length), found);
  return found;
}

/** @param {RegExp} pattern */
const asked = (pattern) => [...read('index.html').matchAll(pattern)].map(([, path]) => path ?? '');

test('A80: the page asks early for every module of the graph, and for no other', () => {
  const wanted = [...graph('main.js')].filter((path) => path !== 'main.js').sort();
  assert.ok(wanted.length > 10);
  assert.deepEqual(asked(/<link rel="modulepreload" href="([^"]+)">/g), wanted, `index.html should say:\n${wanted.map((path) => `  <link rel="modulepreload" href="${path}">`).join('\n')}`);
});

test('the steps after the first one are not among them, and are asked for as a whole', () => {
  const flow = 'elements/verification-flow/verification-flow.js';
  const [, listed = ''] = /LATER = \[([^\]]+)\]/.exec(read(flow)) ?? [];
  const later = [...listed.matchAll(/'([^']+)'/g)].map(([, path = '']) => new URL(path, new URL(flow, root)).href.slice(root.href.length));
  const first = graph('main.js');
  const needed = new Set(['code-form/code-form.js', 'outcomes.js', 'timed-buttons.js', '../state/progress.js'].flatMap((entry) => [...graph(new URL(entry, `${root}elements/`).href.slice(root.href.length))]));
  assert.deepEqual(later.sort(), [...needed].filter((path) => !first.has(path)).sort());
  assert.ok(later.length > 2);
});

test('no module is long, and a first visit takes few of them', () => {
  for (const path of [...graph('main.js'), ...graph('elements/code-form/code-form.js'), ...graph('elements/outcomes.js')]) assert.ok(read(path).split('\n').length <= 300, path);
  // One more brings the words.
  assert.ok(graph('main.js').size < 28, `${graph('main.js').size} modules`);
});

test('A80: and for every style sheet of the element', () => {
  assert.deepEqual(asked(/<link rel="preload" as="fetch" crossorigin href="([^/"][^"]*)">/g), [...FILES]);
});

test('the words of a language are in no static graph', () => {
  assert.deepEqual([...graph('main.js'), ...graph('phone-verification.js')].filter((path) => /^i18n\/[a-z]{2}(-[A-Z]{2})?\.js$/.test(path)), []);
});
