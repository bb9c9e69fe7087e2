/**
 * The browser of the tests. Chromium does not start under libfaketime, so that with scripts/test-at it keeps the
 * machine's clock, and its pages are told the time of this process.
 */

import { chromium } from 'playwright-core';

/** @import { Browser, BrowserContext, BrowserContextOptions } from 'playwright-core' */

const EXECUTABLE = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** Waiting for the page is by its own events; this is only how long until a missing one is a failure, on a busy machine too. */
const EVENT_TIMEOUT_MS = 60_000;

/** @returns {Promise<Browser>} */
export function launch() {
  const { LD_PRELOAD: _, ...env } = process.env;
  return chromium.launch({ executablePath: EXECUTABLE, args: ['--no-sandbox'], env: /** @type {Record<string, string>} */ (env) });
}

/** A window of somebody else, on a telephone, at the time of this process. @param {Browser} browser @param {BrowserContextOptions} options @returns {Promise<BrowserContext>} */
export async function visitor(browser, options) {
  const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 390, height: 844 }, ...options });
  context.setDefaultTimeout(EVENT_TIMEOUT_MS);
  if (process.env['FAKETIME']) await context.clock.setSystemTime(Date.now());
  return context;
}
