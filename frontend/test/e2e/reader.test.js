/** The API's reader: ours in look, for a telephone, a keyboard and both schemes; what it tries it does. */

import assert from 'node:assert/strict';
import { accessible } from './support/accessible.js';
import { walks } from './support/walk.js';

/** @import { Page } from 'playwright-core' */

const walk = walks();

/** Swagger UI leaves out a level of headings, and has a button and a link inside of the button of an operation. */
const THEIRS = ['heading-order', 'nested-interactive'];

/** Where something is tried, it names neither the field of the body nor the buttons that copy. */
const THEIRS_TRIED = [...THEIRS, 'button-name', 'label'];

/** @param {Page} page @param {string} address */
async function read(page, address) {
  await page.goto(`${address}docs`);
  await page.locator('.opblock').first().waitFor();
}

/** The first operation, opened by the keyboard alone. @param {Page} page */
async function openByKeyboard(page) {
  const first = page.locator('.opblock-summary-control').first();
  for (let presses = 0; presses < 12 && !(await first.evaluate((element) => element === document.activeElement)); presses += 1) await page.keyboard.press('Tab');
  const outline = await first.evaluate((element) => getComputedStyle(element).outlineWidth);
  assert.equal(outline, '3px', 'where the keyboard is can be seen');
  await page.keyboard.press('Enter');
  await page.locator('.opblock-body').waitFor();
}

walk('the reader is opened by the keyboard, has no fault that a machine can find, and tries what it shows', async ({ page, service, number }) => {
  await read(page, service.page);
  await openByKeyboard(page);
  await accessible(page, 'reader', THEIRS);
  await page.getByRole('button', { name: 'Try it out' }).click();
  await page.locator('textarea.body-param__text').fill(JSON.stringify({ phone_number: number, channel: 'voice' }));
  await page.getByRole('button', { name: 'Execute' }).click();
  await page.locator('.live-responses-table .response-col_status', { hasText: '201' }).waitFor();
  await accessible(page, 'reader, tried', THEIRS_TRIED);
});

walk('on a small telephone the reader is as wide as the screen, with all of an operation open', { viewport: { width: 375, height: 667 } }, async ({ page, service }) => {
  await read(page, service.page);
  await openByKeyboard(page);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 375);
});

walk('the reader has our letters and colours, in both schemes', async ({ page, service }) => {
  await read(page, service.page);
  for (const [colorScheme, ink, ground] of /** @type {const} */ ([['light', 'rgb(20, 21, 26)', 'rgb(255, 255, 255)'], ['dark', 'rgb(243, 243, 246)', 'rgb(22, 23, 29)']])) {
    await page.emulateMedia({ colorScheme });
    for (const part of ['.info .title', '.info .description p', '.opblock-tag', '.opblock-summary-path a', '.btn']) {
      const look = await page.locator(part).first().evaluate((element) => ({ font: getComputedStyle(element).fontFamily, ink: getComputedStyle(element).color }));
      assert.match(look.font, /^(system-ui|ui-monospace),/, part);
      if (part !== '.btn') assert.equal(look.ink, ink, `${part}, ${colorScheme}`);
    }
    assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), ground);
  }
});
