/**
 * Takes the pictures of every state from the real demo, to be looked at: `npm run gallery [folder]`. Those the README
 * shows go to `docs/gallery/`, made small with ImageMagick where it is installed.
 */

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { otherThan, Service } from './e2e/support/service.js';
import { ask, askAndArrive, button, codeField, complained, enter, headingOf, numberField, open, summary } from './e2e/support/steps.js';

/** @import { Page } from 'playwright-core' */

const FOLDER = process.argv[2] ?? '/tmp/gallery';

const VIEWS = /** @type {const} */ ([
  { name: 'phone', viewport: { width: 375, height: 812 } },
  { name: 'desktop', viewport: { width: 1280, height: 900 } },
]);

let used = 0;
const fresh = () => `+44 20 7946 00${String((used += 1)).padStart(2, '0')}`;

/** Each leads a fresh page into one state. @type {Record<string, (page: Page, service: Service) => Promise<unknown>>} */
const STATES = {
  number: async () => {},
  'number-faulty': async (page) => {
    await ask(page, '');
    await summary(page).waitFor();
  },
  code: (page) => askAndArrive(page, fresh()),
  'code-ringing': async (page) => {
    await askAndArrive(page, fresh());
    await page.locator('[data-delivery=ringing]').waitFor({ timeout: 8000 });
  },
  'code-message': async (page) => {
    await askAndArrive(page, fresh(), 'sms');
    await page.getByText('Didn’t get a message?').click();
  },
  'code-wrong': async (page, service) => {
    const number = fresh();
    await askAndArrive(page, number);
    await enter(page, otherThan((await service.newest(number)).code));
    await complained(page, /./);
  },
  ended: async (page, service) => {
    const number = fresh();
    await askAndArrive(page, number);
    const wrong = otherThan((await service.newest(number)).code);
    for (let left = 4; left >= 0; left -= 1) {
      await enter(page, wrong);
      if (left > 0) await codeField(page).waitFor();
    }
    await headingOf(page, 'That was the last try for this code').waitFor();
  },
  problem: async (page) => {
    await ask(page, '+44 20 7946 0096');
    await button(page, 'Try again').waitFor();
  },
  done: async (page, service) => {
    const number = fresh();
    await askAndArrive(page, number);
    await enter(page, (await service.newest(number)).code);
    await headingOf(page, 'Your number is verified').waitFor();
  },
};

void numberField;
const browser = await chromium.launch({ executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
const service = await Service.start({ GUARD_COOLDOWNS: '60s' });
const only = process.argv.slice(3);
try {
  await mkdir(FOLDER, { recursive: true });
  for (const { name, viewport } of VIEWS) {
    for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
      for (const [state, reach] of Object.entries(STATES)) {
        if (only.length > 0 && !only.includes(state)) continue;
        const context = await browser.newContext({ locale: 'en-GB', viewport, colorScheme, deviceScaleFactor: 2 });
        context.setDefaultTimeout(10_000);
        const page = await context.newPage();
        try {
          await open(page, service.page);
          await reach(page, service);
          await page.screenshot({ path: join(FOLDER, `${state}-${name}-${colorScheme}.png`), fullPage: true, animations: 'disabled' });
        } catch (cause) {
          console.error(`${state}, ${name}, ${colorScheme}: ${cause}`);
        } finally {
          await context.close();
        }
      }
    }
  }
} finally {
  await Promise.all([browser.close(), service.kill()]);
}
