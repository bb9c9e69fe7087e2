/**
 * The page in any language: found by what does not change with it, and judged by what must hold in each.
 */

import assert from 'node:assert/strict';
import { LOADERS, pickLocale } from '../../../i18n/locales.js';
import { createTranslator } from '../../../i18n/translator.js';

/** @import { Page } from 'playwright-core' */

export const LOCALES = Object.keys(LOADERS);

/** @param {string} locale */
export async function wordsOf(locale) {
  const load = LOADERS[locale];
  assert.ok(load, locale);
  return createTranslator(locale, await load());
}

/** Waits until the page speaks the language. @param {Page} page @param {string} locale */
export async function speaks(page, locale) {
  await page.locator(`.root[lang="${locale}"] .heading`).waitFor();
}

/** Opens the page at an address that names a language. @param {Page} page @param {string} address @param {string} locale */
export async function openIn(page, address, locale) {
  await page.goto(`${address}?locale=${locale}`);
  await speaks(page, pickLocale([locale]));
}

/** Chooses a language as a person does. @param {Page} page @param {string} locale */
export async function choose(page, locale) {
  await page.locator('#language').selectOption(locale);
  await speaks(page, locale);
}

/** Asks for a call and arrives at the code. @param {Page} page @param {string} number */
export async function askForCode(page, number) {
  await page.locator('#phone-number').fill(number);
  await page.locator('button[type=submit]').click();
  await page.locator('#code').waitFor();
}

/** Nothing is cut off, and nothing stands out of the window. @param {Page} page @param {string} where */
export async function nothingCutOff(page, where) {
  const found = await page.evaluate(() => {
    const root = document.querySelector('phone-verification')?.shadowRoot;
    const room = document.documentElement.clientWidth;
    // A field shows part of a long value by design; what only a screen reader reads takes no room, and waves around a picture are no words.
    const parts = [...(root?.querySelectorAll('.root *') ?? [])].filter((part) => part.checkVisibility() && !part.closest('.visually-hidden, .mark, select, input'));
    const cut = parts.filter((part) => {
      const { left, right } = part.getBoundingClientRect();
      const clipped = getComputedStyle(part).display !== 'inline' && part.scrollWidth > part.clientWidth + 1;
      return clipped || left < -1 || right > room + 1;
    });
    return { sideways: document.documentElement.scrollWidth - room, cut: cut.map((part) => `${part.localName}.${part.className}: ${part.textContent?.slice(0, 80)}`), seen: parts.length };
  });
  assert.ok(found.seen > 10, `${where}: the page is there`);
  assert.deepEqual({ sideways: found.sideways, cut: found.cut }, { sideways: 0, cut: [] }, where);
}
