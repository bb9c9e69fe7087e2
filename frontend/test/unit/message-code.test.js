/** Which pages may take over the code of a text message. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mayReceive } from '../../elements/code-form/code-field.js';

/** @param {string} address */
const page = (address) => new URL(address);

test('our own page, and pages of the domain that messages name', () => {
  const ours = 'https://verify.example';
  assert.ok(mayReceive(undefined, page('https://verify.example/'), ours));
  assert.ok(mayReceive('shop.example', page('https://shop.example/sign-up'), ours));
  assert.ok(mayReceive('shop.example', page('https://www.shop.example/'), ours));
  for (const other of ['https://blog.example/', 'https://notshop.example/', 'https://shop.example.net/']) {
    assert.ok(!mayReceive('shop.example', page(other), ours), other);
    assert.ok(!mayReceive(undefined, page(other), ours), other);
  }
});
