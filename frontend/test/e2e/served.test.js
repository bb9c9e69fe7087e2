/** What is served is what was written, byte for byte; all but `index.html`, which the server fills in. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
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

test('every file is served as it was written', async () => {
  assert.ok(files.length > 60, `${files.length} files`);
  for (const name of files) {
    const served = await (await fetch(service.page + name)).arrayBuffer();
    assert.ok(readFileSync(new URL(name, root)).equals(Buffer.from(served)), name);
  }
});
