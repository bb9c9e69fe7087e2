/** `test/A-ROWS.md` tells the truth: every row is there, and every test it names. */

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const frontend = new URL('../../', import.meta.url);
const tests = fileURLToPath(new URL('test', frontend));

/** First and last of each run of rows. */
const RUNS = /** @type {const} */ ([[1, 17], [20, 46], [50, 62], [70, 82]]);
const WANTED = RUNS.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, index) => `A${first + index}`));

const TITLES = new Set(readdirSync(tests, { recursive: true })
  .map(String)
  .filter((name) => name.endsWith('.test.js'))
  .flatMap((name) => [...readFileSync(`${tests}/${name}`, 'utf8').matchAll(/\b(?:walk|test)\(\s*(['"`])((?:(?!\1).)+)\1/g)])
  .map(([, , title = '']) => title.replace(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, '…')));

const rows = readFileSync(new URL('test/A-ROWS.md', frontend), 'utf8')
  .split('\n')
  .flatMap((line) => {
    const [, row, held] = /^\| (A\d+) \|[^|]*\| (.*) \|$/.exec(line) ?? [];
    return row && held ? [{ row, held }] : [];
  });

test('every row is there once, in order', () => {
  assert.deepEqual(rows.map(({ row }) => row), WANTED);
});

for (const { row, held } of rows) {
  test(`${row} is held by tests that exist and begin with it, or by a reason`, () => {
    const [named = '', reason = ''] = held.split('Reason: ');
    const titles = [...named.matchAll(/`([^`]+)`/g)].map(([, title = '']) => title);
    assert.ok(titles.length > 0 || reason.length > 20, 'neither a test nor a reason');
    for (const title of titles) {
      const [, path, name] = /^(backend\/\S+\.rs): (\w+)$/.exec(title) ?? [];
      if (path && name) {
        const file = new URL(`../${path}`, frontend);
        assert.ok(existsSync(file) && readFileSync(file, 'utf8').includes(`fn ${name}(`), title);
      } else {
        assert.ok(TITLES.has(title), `no test is called: ${title}`);
        assert.match(title, new RegExp(`^[^:]*\\b${row}\\b`), title);
      }
    }
  });
}
