/**
 * Takes pictures from the real demo.
 *   npm run gallery                     the few that README and docs/theming.md show, small, into docs/gallery/
 *   npm run gallery -- FOLDER           every state in every look, to be looked at before a change of style goes out
 *   npm run gallery -- FOLDER busy ja   only the states and languages that are named
 */

import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { DOCUMENTS, STATES } from './gallery-states.js';
import { Host, themed } from './e2e/support/host.js';
import { Service } from './e2e/support/service.js';

/** @import { Browser, BrowserContextOptions, Page } from 'playwright-core' */

const SHOWN = fileURLToPath(new URL('../../docs/gallery', import.meta.url));
const LANGUAGES = ['en-GB', 'de', 'ar', 'ja', 'ta'];
const SIZES = { phone: { width: 375, height: 667 }, desktop: { width: 1280, height: 800 } };
const SCHEMES = /** @type {const} */ (['light', 'dark']);

/**
 * Leads a page into a state and hands it over.
 * @param {Browser} browser @param {Service} service @param {BrowserContextOptions} look
 * @param {string} state @param {(page: Page) => Promise<void>} take @param {string} [address] of a page that holds the form
 */
async function at(browser, service, look, state, take, address = service.page) {
  const context = await browser.newContext({ deviceScaleFactor: 2, locale: 'en-GB', viewport: SIZES.phone, ...look });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  try {
    await page.goto(address);
    await page.waitForSelector('#phone-number');
    await STATES[state]?.(page, service);
    // Nothing under the pointer.
    await page.mouse.move(0, 0);
    await take(page);
  } catch (error) {
    console.error(`${state}: the page says`, await page.locator('.root').innerText({ timeout: 1000 }).catch(() => 'nothing'));
    throw error;
  } finally {
    await context.close();
  }
}

/** Both schemes and sizes of what stands there. @param {Page} page @param {string} name @param {boolean} whole */
async function everyLook(page, name, whole) {
  for (const [size, viewport] of Object.entries(SIZES)) {
    for (const colorScheme of SCHEMES) {
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: `${name}-${size}-${colorScheme}.png`, fullPage: whole, animations: 'disabled' });
    }
  }
}

/** @param {Browser} browser @param {Service} service @param {string} folder @param {(name: string) => boolean} wanted */
async function everything(browser, service, folder, wanted) {
  for (const locale of LANGUAGES.filter(wanted)) {
    for (const state of Object.keys(STATES).filter(wanted)) {
      const began = Date.now();
      await at(browser, service, { locale }, state, (page) => everyLook(page, `${folder}/${state}-${locale.slice(0, 2)}`, true)).catch((error) => console.error(`${state} ${locale}: ${error}`));
      console.log(`${state} ${locale} ${Date.now() - began} ms`);
    }
  }
  for (const name of Object.keys(DOCUMENTS).filter(wanted)) {
    const context = await browser.newContext({ deviceScaleFactor: 1, locale: 'en-GB', extraHTTPHeaders: { Accept: 'text/html' } });
    const page = await context.newPage();
    await DOCUMENTS[name]?.(page, service);
    await everyLook(page, `${folder}/${name}`, false);
    await context.close();
  }
}

/** @param {Browser} browser @param {Service} service @param {Host} host */
async function shownInDocuments(browser, service, host) {
  for (const colorScheme of SCHEMES) {
    for (const [state, locale] of /** @type {const} */ ([['number', 'en-GB'], ['ringing', 'en-GB'], ['done', 'en-GB'], ['number', 'ar']])) {
      const path = `${SHOWN}/${state}-${locale.slice(0, 2)}-${colorScheme}.png`;
      await at(browser, service, { colorScheme, locale }, state, async (page) => void (await page.screenshot({ path, animations: 'disabled' })));
      shrink(path);
    }
    const path = `${SHOWN}/theme-${colorScheme}.png`;
    const look = { colorScheme, viewport: { width: 560, height: 690 } };
    await at(browser, service, look, 'code', async (page) => void (await page.screenshot({ path, animations: 'disabled' })), host.put('/', themed(service.page)));
    shrink(path);
  }
}

/** Few colours are enough for what is mostly flat. @param {string} path */
function shrink(path) {
  execFileSync('convert', [path, '+dither', '-colors', '64', '-strip', `png8:${path}`]);
}

const [folder, ...names] = process.argv.slice(2);
const named = { languages: LANGUAGES.filter((name) => names.includes(name)), states: names.filter((name) => !LANGUAGES.includes(name)) };
/** @param {string} name */
const wanted = (name) => {
  const among = LANGUAGES.includes(name) ? named.languages : named.states;
  return among.length === 0 || among.includes(name);
};
const browser = await chromium.launch({ executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
const host = await new Host().listen();
const service = await Service.start({ GUARD_COOLDOWNS: '60s', HTTP_ALLOWED_ORIGINS: host.origin });
try {
  mkdirSync(folder ?? SHOWN, { recursive: true });
  if (folder) await everything(browser, service, folder, wanted);
  else await shownInDocuments(browser, service, host);
} finally {
  host.close();
  await Promise.all([browser.close(), service.kill()]);
}
