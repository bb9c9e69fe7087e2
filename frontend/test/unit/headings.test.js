/** What the heading of the code step says, for each way and each report of how the call fares. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { headingText } from '../../elements/verification-flow/headings.js';
import { en } from '../../i18n/en.js';
import { createTranslator } from '../../i18n/translator.js';
import { INITIAL } from '../../state/machine.js';
import { ATTEMPT, VERIFICATION } from './fixtures.js';

/** @import { Verification } from '../../api/types.js' */

const translator = createTranslator('en', en);

/** @param {Partial<Verification>} more @param {boolean} [entering] */
const heading = (more, entering = false) =>
  headingText(translator, { ...INITIAL, phase: 'code', entering, attempt: { ...ATTEMPT, verification: { ...VERIFICATION, ...more } } });

test('a call that asks for a key says so until the key was pressed', () => {
  assert.equal(heading({ press_key: true }), 'Press any key on your phone');
  assert.equal(heading({ press_key: true, delivery: { state: 'ringing' } }), 'Press any key on your phone');
  assert.equal(heading({ press_key: true, delivery: { state: 'answered' } }), 'Enter the code you hear');
  assert.equal(heading({ press_key: true, delivery: { state: 'voicemail' } }), 'Voicemail answered');
  assert.equal(heading({ press_key: true }, true), 'Enter the code you hear', 'who has a code is asked for it');
  assert.equal(heading({ delivery: { state: 'ringing' } }), 'Calling you now');
});
