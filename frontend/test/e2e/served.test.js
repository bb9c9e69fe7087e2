/** What is served is what was written, but for comments. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import ts from 'typescript';
import { Service } from './support/service.js';

const root = new URL('../../', import.meta.url);
const FOLDERS = ['api', 'elements', 'i18n', 'state', 'styles'];

const files = [
  'main.js',
  'phone-verification.js',
  ...FOLDERS.flatMap((folder) => readdirSync(new URL(folder, root), { recursive: true }).map((name) => `${folder}/${String(name)}`)),
].filter((name) => /\.(js|css)$/.test(name));

/** @type {Service} */
let service;
before(async () => {
  service = await Service.start();
});
after(() => service?.kill());

/** Every leaf of the syntax tree with its line: comments and white space are no part of it. @param {string} code */
function tokens(code) {
  const file = ts.createSourceFile('a.js', code, ts.ScriptTarget.Latest, true, ts.ScriptKind.JS);
  /** @type {string[]} */
  const found = [];
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (ts.isJSDoc(node)) return;
    const children = node.getChildren(file);
    if (children.length === 0) found.push(`${file.getLineAndCharacterOfPosition(node.getStart(file)).line}: ${node.getText(file)}`);
    children.forEach(visit);
  };
  visit(file);
  return found;
}

/** @param {string} code */
const rules = (code) => code.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\s+/g, ' ').trim();

test('scripts and styles lose comments, and nothing else', async () => {
  assert.ok(files.length > 80, `${files.length} files`);
  for (const name of files) {
    const written = readFileSync(new URL(name, root), 'utf8');
    const served = await (await fetch(service.page + name)).text();
    const essence = name.endsWith('.css') ? rules : tokens;
    assert.deepEqual(essence(served), essence(written), name);
    assert.equal(served.split('\n').length, written.split('\n').length, name);
    if (name === 'main.js') assert.ok(served.length < written.length);
  }
});
