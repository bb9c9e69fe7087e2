/** What the page around the element asks for by its attributes. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wishesOf } from '../../elements/phone-verification/wishes.js';

/** An element with these attributes. @param {Record<string, string>} attributes */
const element = (attributes) => /** @type {HTMLElement} */ (/** @type {unknown} */ ({
  nonce: '', getAttribute: (/** @type {string} */ name) => attributes[name] ?? null, hasAttribute: (/** @type {string} */ name) => name in attributes,
}));

test('countries are read in any case, and UK is GB', () => {
  assert.equal(wishesOf(element({ region: 'uk' })).region, 'GB');
  assert.equal(wishesOf(element({ region: 'ua' })).region, 'UA');
  assert.equal(wishesOf(element({})).region, '');
  assert.deepEqual(wishesOf(element({ countries: 'uk, fr DE' })).countries, ['GB', 'FR', 'DE']);
});
