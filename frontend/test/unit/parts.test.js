/** What may be styled from outside: `docs/embedding.md` names the parts and properties there are, and no other. */

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { PART_OF } from '../../elements/dom.js';

const folder = new URL('../../elements/', import.meta.url);
const sources = readdirSync(folder, { recursive: true }).map(String).filter((name) => name.endsWith('.js')).map((name) => readFileSync(new URL(name, folder), 'utf8')).join('\n');
const [, listed = ''] = /^Parts: (.*)$/m.exec(readFileSync(new URL('../../../docs/embedding.md', import.meta.url), 'utf8')) ?? [];

test('the document lists the parts', () => {
  const parts = [...Object.values(PART_OF).flatMap((names) => names.split(' ')), ...[...sources.matchAll(/part: '(\w+)'/g)].map(([, name]) => name)];
  assert.deepEqual([...listed.matchAll(/`(\w+)`/g)].map(([, name]) => name).sort(), [...new Set(parts)].sort());
});

test('each part is one of an element', () => {
  const classes = [...sources.matchAll(/class(?:: |', )[^}\n]*/g)].flatMap(([said]) => said.match(/[\w-]+/g) ?? []);
  for (const name of Object.keys(PART_OF)) assert.ok(classes.includes(name), name);
});

const styles = ['tokens.css', 'base.css', 'controls.css', 'steps.css'].flatMap((name) => (existsSync(new URL(`../../styles/${name}`, import.meta.url)) ? [readFileSync(new URL(`../../styles/${name}`, import.meta.url), 'utf8')] : [])).join('\n');
const read = (/** @type {string} */ name) => readFileSync(new URL(`../../../docs/${name}`, import.meta.url), 'utf8');

test('the document lists the properties with their defaults, and the theme sets each of them', () => {
  const known = [...new Set([...styles.matchAll(/var\((--pv-[\w-]+)/g)].map(([, name = '']) => name))].sort();
  const table = read('embedding.md').split('\n').filter((line) => line.startsWith('| `--pv-'));
  const named = (/** @type {string} */ text) => [...new Set([...text.matchAll(/--pv-[\w-]+/g)].map(([name]) => name))].sort();
  assert.deepEqual(named(table.join('\n')), known);
  assert.deepEqual(named(/```css\n([^]*?)```/.exec(read('theming.md'))?.[1] ?? ''), known);
  for (const [, name = '', light = '', dark = ''] of styles.matchAll(/var\((--pv-[\w-]+), light-dark\((#\w+), (#\w+)\)\)/g)) {
    const row = table.find((line) => line.includes(`\`${name}\``)) ?? '';
    assert.ok(row.includes(`\`${light}\`, \`${dark}\``), `${name}: ${light}, ${dark}`);
  }
});
