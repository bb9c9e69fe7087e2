/** The helpers of the phone step. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { channelsFor, firstRegion, namedRegions, regionOf } from '../../elements/phone-form/countries.js';
import { insteadOfText, missing, readable, readingsOf } from '../../elements/phone-form/number.js';

/** @import { Config, Region } from '../../api/types.js' */

/** @type {Region[]} */
const REGIONS = [
  { region: 'NL', calling_code: '+31', channels: ['voice', 'sms'] },
  { region: 'GB', calling_code: '+44', channels: ['voice', 'sms'] },
  { region: 'JE', calling_code: '+44', channels: ['voice'] },
  { region: 'US', calling_code: '+1', channels: ['sms'] },
  { region: 'CA', calling_code: '+1', channels: ['voice', 'sms'] },
  { region: 'FR', calling_code: '+33', channels: ['voice'] },
];

/** @type {Config} */
const CONFIG = { channels: ['voice', 'sms'], regions: REGIONS, locales: ['en-GB'], default_locale: 'en-GB', code_length: 6, default_region: null, brand: null };

test('A10: the list follows a number that names its country', () => {
  assert.equal(regionOf('+33 1 99 00 00 01', REGIONS, 'NL'), 'FR');
  assert.equal(regionOf('0033 1 99 00 00 01', REGIONS, ''), 'FR');
});

test('A10: among countries that share a calling code the chosen one stays', () => {
  assert.equal(regionOf('+44 20 7946 0000', REGIONS, 'JE'), 'JE');
  assert.equal(regionOf('+1 202 555 0100', REGIONS, 'CA'), 'CA');
  assert.equal(regionOf('+44 20 7946 0000', REGIONS, 'NL'), 'GB');
  assert.equal(regionOf('+1 202 555 0100', REGIONS, ''), 'US');
});

test('a national number, and one of a country that is not open, leave the list alone', () => {
  assert.equal(regionOf('020 7946 0000', REGIONS, 'GB'), 'GB');
  assert.equal(regionOf('+999 1', REGIONS, 'GB'), 'GB');
  assert.equal(regionOf('+', REGIONS, 'GB'), 'GB');
});

test('A14: the ways on offer are those of the chosen country', () => {
  assert.deepEqual(channelsFor(CONFIG, 'US'), ['sms']);
  assert.deepEqual(channelsFor(CONFIG, 'NL'), ['voice', 'sms']);
  assert.deepEqual(channelsFor(CONFIG, ''), ['voice', 'sms']);
  assert.deepEqual(channelsFor({ ...CONFIG, channels: ['voice'] }, 'NL'), ['voice']);
});

test('A8: what is missing is named, and only that', () => {
  const form = { phoneNumber: '', region: 'GB', channel: /** @type {const} */ ('voice') };
  assert.deepEqual(missing(form).map(({ field }) => field), ['phone_number']);
  assert.deepEqual(missing({ ...form, phoneNumber: '020 7946 0000', region: '' }).map(({ field }) => field), ['region']);
  assert.deepEqual(missing({ ...form, phoneNumber: '+44 20 7946 0000', region: '' }), []);
  assert.deepEqual(missing({ ...form, phoneNumber: '020 7946 0000' }), []);
  assert.deepEqual(missing({ ...form, phoneNumber: ' (\u200E) ' }).map(({ field }) => field), ['phone_number']);
  // What is wrong with these, the service says better.
  for (const phoneNumber of ['+', 'x', '020 7946 0000 ext. 9']) assert.deepEqual(missing({ ...form, phoneNumber, region: '' }), [], phoneNumber);
});

test('A13: the first country is the default, else the one of the browser language, else none', () => {
  assert.equal(firstRegion({ ...CONFIG, default_region: 'FR' }, ['nl-NL']), 'FR');
  assert.equal(firstRegion({ ...CONFIG, default_region: 'DE' }, ['de', 'nl-NL']), 'NL');
  assert.equal(firstRegion(CONFIG, ['nl']), 'NL', 'a language that names no country is spoken somewhere');
  assert.equal(firstRegion(CONFIG, ['de-DE']), '');
  assert.equal(firstRegion(CONFIG, ['not a tag', 'en-GB-x-wls']), 'GB');
});

test('A12: countries are named and sorted in the language of the page', () => {
  const names = (/** @type {string} */ locale) => namedRegions(REGIONS, locale).map(({ name }) => name);
  assert.deepEqual(names('en'), ['Canada', 'France', 'Jersey', 'Netherlands', 'United Kingdom', 'United States']);
  assert.deepEqual(names('de'), ['Frankreich', 'Jersey', 'Kanada', 'Niederlande', 'Vereinigte Staaten', 'Vereinigtes Königreich']);
  for (const locale of ['en', 'de', 'sv', 'ja', 'ar']) {
    const list = names(locale);
    assert.deepEqual(list, [...list].sort(new Intl.Collator(locale).compare));
  }
});

test('names are missing rather than fatal where Intl knows nothing', () => {
  assert.deepEqual(namedRegions([{ region: '!!', calling_code: '+0', channels: [] }], 'en'), [{ region: '!!', name: '!!', callingCode: '+0' }]);
  assert.deepEqual(namedRegions(REGIONS, 'no such locale').map(({ name }) => name), ['CA', 'FR', 'GB', 'JE', 'NL', 'US']);
});

test('digits that may be two numbers give both to choose from', () => {
  const fault = { field: /** @type {const} */ ('phone_number'), code: 'ambiguous', detail: '', readings: ['+442079460000', '+44442079460000'] };
  assert.deepEqual(readingsOf([fault], REGIONS), [
    { phoneNumber: '+442079460000', shown: '+44 207 946 0000' }, { phoneNumber: '+44442079460000', shown: '+44 442 079 460 000' },
  ]);
  assert.deepEqual(readingsOf([{ ...fault, code: 'too_short' }], REGIONS), []);
  assert.deepEqual(readingsOf([], REGIONS), []);
});

test('a message that cannot reach a landline becomes a call where calls are open', () => {
  const fault = { field: /** @type {const} */ ('channel'), code: 'landline', detail: '' };
  assert.equal(insteadOfText([fault], ['voice', 'sms']), 'voice');
  assert.equal(insteadOfText([fault], ['sms']), null);
  assert.equal(insteadOfText([{ ...fault, code: 'not_offered' }], ['voice', 'sms']), null);
});

test('a number is grouped for reading', () => {
  assert.deepEqual(readable('+33199000001', REGIONS), { whole: '+33 199 000 001' });
  assert.deepEqual(readable('+442079460000', REGIONS), { whole: '+44 207 946 0000' });
  assert.deepEqual(readable('+12025550100', REGIONS), { whole: '+1 202 555 0100' });
});

test('A7: the grouping of the person is kept when it is the same number', () => {
  assert.deepEqual(readable('+442079460000', REGIONS, '+44 20 7946 0000'), { whole: '+44 20 7946 0000' });
  assert.deepEqual(readable('+442079460000', REGIONS, '020 7946 0000'), { whole: '+44 207 946 0000' });
  assert.deepEqual(readable('+442079460000', REGIONS, '+44 20 7946 0001'), { whole: '+44 207 946 0000' });
});

test('a masked number gives its last digits', () => {
  assert.deepEqual(readable('+442******00', REGIONS), { lastDigits: '00' });
});
