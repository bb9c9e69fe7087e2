/** The time of day as the page writes it: at every hour, on any day, in any zone, whatever the machine's own are. */

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { en } from '../../i18n/en.js';
import { LOADERS } from '../../i18n/locales.js';
import { createTranslator } from '../../i18n/translator.js';

const machine = process.env['TZ'];
afterEach(() => {
  if (machine === undefined) delete process.env['TZ'];
  else process.env['TZ'] = machine;
});

/** A moment in a zone → how English writes it in Britain and in the United States. */
const WRITTEN = /** @type {const} */ ([
  ['UTC', '2026-11-26T02:13:00Z', '2:13', '2:13 AM'],
  ['UTC', '2026-11-26T14:26:59Z', '14:26', '2:26 PM'],
  ['UTC', '2026-12-31T23:59:59Z', '23:59', '11:59 PM'],
  ['UTC', '2027-01-01T00:00:00Z', '0:00', '12:00 AM'],
  ['Europe/Amsterdam', '2028-02-29T11:00:00Z', '12:00', '12:00 PM'],
  // Twice in one night: before and after the clocks go back.
  ['Europe/Amsterdam', '2026-10-25T00:30:00Z', '2:30', '2:30 AM'],
  ['Europe/Amsterdam', '2026-10-25T01:30:00Z', '2:30', '2:30 AM'],
  ['Asia/Kathmandu', '2026-11-25T20:28:00Z', '2:13', '2:13 AM'],
  ['Pacific/Apia', '2028-02-29T10:59:00Z', '23:59', '11:59 PM'],
]);

/** The same whether one digit or two stand for the hours before ten, and whatever space goes before AM: that is Intl's to know. @param {string} text */
const plain = (text) => text.replace(/^0(?=\d:)/, '').replace(/\s/g, ' ').replace(/am|pm/, (word) => word.toUpperCase());

for (const [zone, moment, british, american] of WRITTEN) {
  test(`${moment} in ${zone} is ${british}`, () => {
    process.env['TZ'] = zone;
    assert.equal(plain(createTranslator('en', en, 'en-GB').clock(Date.parse(moment))), british);
    assert.equal(plain(createTranslator('en', en, 'en-US').clock(Date.parse(moment))), american);
    // No locale that Intl knows: the 24-hour clock, always with four digits.
    assert.equal(createTranslator('not a locale', en).clock(Date.parse(moment)), british.padStart(5, '0'));
  });
}

test('every language writes every hour of the day, each in its own way', () => {
  process.env['TZ'] = 'Asia/Kathmandu';
  for (const locale of Object.keys(LOADERS)) {
    const { clock } = createTranslator(locale, en);
    const hours = Array.from({ length: 24 }, (_, hour) => clock(Date.UTC(2028, 1, 29, hour, 13)));
    assert.equal(new Set(hours).size, 24, `${locale}: ${hours.join(', ')}`);
    for (const text of hours) assert.match(text, /(?<!\p{Nd})\p{Nd}{1,2}[:.]\p{Nd}{2}(?!\p{Nd})/u, locale);
  }
});
