/**
 * Takes pictures from the real demo.
 *   npm run gallery             the few that the README shows, small, into docs/gallery/
 *   npm run gallery -- FOLDER   every state in every look, to be looked at before a change of style goes out
 */

import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { otherThan, Service } from './e2e/support/service.js';

/** @import { Browser, BrowserContextOptions, Page } from 'playwright-core' */

const SHOWN = fileURLToPath(new URL('../../docs/gallery', import.meta.url));

let used = 0;

/** Leads a page into a state. Goes by ids, since words differ. @typedef {(page: Page, service: Service) => Promise<void>} Way */

/** @type {Way} */
const ask = async (page) => {
  used += 1;
  await page.fill('#phone-number', `+44 20 7946 00${String(used).padStart(2, '0')}`);
  await page.click('[type=submit]');
  await page.waitForSelector('#code');
};

/** @param {Page} page @param {Service} service @param {(code: string) => string} change */
const answer = async (page, service, change) => {
  // Put in at once, a whole code is checked at once.
  await page.fill('#code', change((await service.newest(await page.locator('.number').first().innerText())).code));
};

/** @type {Readonly<Record<string, Way>>} */
const STATES = {
  number: async () => {},
  'number-missing': async (page) => {
    await page.click('[type=submit]');
    await page.waitForSelector('#phone-number[aria-invalid]');
  },
  ringing: async (page, service) => {
    await ask(page, service);
    await page.waitForSelector('[data-delivery="ringing"], [data-delivery="answered"]');
  },
  message: async (page, service) => {
    await page.check('#channel-sms');
    await ask(page, service);
    await page.click('details.help summary, .help summary');
  },
  wrong: async (page, service) => {
    await ask(page, service);
    await answer(page, service, otherThan);
    await page.waitForSelector('#code[aria-invalid]');
  },
  ended: async (page, service) => {
    await ask(page, service);
    for (let left = 5; left > 0; left -= 1) {
      const answered = page.waitForResponse('**/check');
      await answer(page, service, otherThan);
      await answered;
      if (left > 1) await page.waitForSelector('.stage[aria-busy=false] #code[aria-invalid]');
    }
    await page.waitForSelector('.mark-ended');
  },
  problem: async (page) => {
    await page.fill('#phone-number', '+44 20 7946 0090');
    await page.click('[type=submit]');
    await page.waitForSelector('.mark-alert');
  },
  done: async (page, service) => {
    await ask(page, service);
    await answer(page, service, String);
    await page.waitForSelector('.mark-done');
  },
};

/**
 * @param {Browser} browser @param {Service} service @param {BrowserContextOptions} look
 * @param {string} state @param {{ path: string, fullPage: boolean }} picture
 */
async function take(browser, service, look, state, picture) {
  const context = await browser.newContext({ deviceScaleFactor: 2, locale: 'en-GB', ...look });
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  await page.goto(service.page);
  await page.waitForSelector('#phone-number');
  await STATES[state]?.(page, service);
  // Nothing under the pointer.
  await page.mouse.move(0, 0);
  await page.screenshot({ ...picture, animations: 'disabled' });
  await context.close();
}

const [folder] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
const service = await Service.start();
try {
  mkdirSync(folder ?? SHOWN, { recursive: true });
  for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
    if (folder) {
      for (const [size, viewport] of /** @type {const} */ ([['phone', { width: 375, height: 760 }], ['desktop', { width: 1280, height: 860 }]])) {
        for (const locale of ['en-GB', 'ar']) {
          for (const state of Object.keys(STATES)) {
            await take(browser, service, { viewport, colorScheme, locale }, state, { path: `${folder}/${state}-${size}-${colorScheme}-${locale}.png`, fullPage: true });
          }
        }
      }
    } else {
      for (const [state, locale] of /** @type {const} */ ([['number', 'en-GB'], ['ringing', 'en-GB'], ['done', 'en-GB'], ['number', 'ar']])) {
        const path = `${SHOWN}/${state}-${locale.slice(0, 2)}-${colorScheme}.png`;
        await take(browser, service, { viewport: { width: 375, height: 667 }, colorScheme, locale }, state, { path, fullPage: false });
        // Few colours are enough for what is mostly flat.
        execFileSync('convert', [path, '+dither', '-colors', '64', '-strip', `png8:${path}`]);
      }
    }
  }
} finally {
  await Promise.all([browser.close(), service.kill()]);
}
