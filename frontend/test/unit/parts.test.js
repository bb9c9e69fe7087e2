/** What may be styled from outside: `docs/embedding.md` names the parts there are, and no other. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
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
