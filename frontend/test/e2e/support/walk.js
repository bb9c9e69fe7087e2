/**
 * One walk through the page in a browser of its own, watched from beginning to end: nothing on the console,
 * nothing blocked by the page's policy, nothing asked of another origin, no cookie (A77).
 */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, visitor } from './browser.js';
import { Service } from './service.js';

/** @import { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core' */

/**
 * @typedef {object} Walk
 * @property {Page} page
 * @property {BrowserContext} context
 * @property {Service} service
 * @property {string} number of nobody else, in a range reserved for fiction: a landline
 * @property {string} mobile the same, but of a phone that may get messages
 * @property {string[]} requests `METHOD /path`, of the API only
 */

/** @typedef {BrowserContextOptions & { own?: Record<string, string>, forgive?: RegExp, host?: string }} WalkOptions */

/**
 * Sets up one browser and one service for the walks of a file.
 * @param {Record<string, string>} [settings] of the service
 */
export function walks(settings = {}) {
  /** @type {Browser} */
  let browser;
  /** @type {Service} */
  let shared;
  let used = 0;

  before(async () => {
    // One after the other: what has started must be known to `after` when the next one fails.
    browser = await launch();
    shared = await Service.start(settings);
  });
  after(async () => {
    await Promise.all([browser?.close(), shared?.kill()]);
  });

  /**
   * One test. `own` starts a service of its own, for walks that stop it; `forgive` names complaints
   * that belong to the walk; `host` is the origin of a page that embeds ours.
   * @param {string} name
   * @param {WalkOptions | ((walk: Walk) => Promise<void>)} optionsOrBody
   * @param {(walk: Walk) => Promise<void>} [maybeBody]
   */
  return function walk(name, optionsOrBody, maybeBody) {
    const [{ own, forgive, host, ...options }, body] = typeof optionsOrBody === 'function' ? [/** @type {WalkOptions} */ ({}), optionsOrBody] : [optionsOrBody, maybeBody];
    test(name, async () => {
      assert.ok(body);
      const service = own ? await Service.start({ ...settings, ...own }) : shared;
      const context = await visitor(browser, options);
      const page = await context.newPage();
      const watch = await watchOver(page, [new URL(service.page).origin, host], forgive);
      // The last two digits stay below those that mean something to the simulator.
      const number = `+44 20 7946 0${String(Math.floor(used / 90)).padStart(1, '0')}${String(used % 90).padStart(2, '0')}`;
      const mobile = `+1 202 555 01${String(used % 90).padStart(2, '0')}`;
      used += 1;
      try {
        await body({ page, context, service, number, mobile, requests: watch.requests });
        assert.deepEqual(await context.cookies(), [], 'no cookie');
        assert.deepEqual(watch.complaints, [], 'nothing to complain about');
      } catch (error) {
        // What a person would have seen says more than what was waited for.
        console.error(`${name}: the page says`, (await page.locator('.root').allInnerTexts().catch(() => [])).join('\n') || 'nothing');
        throw error;
      } finally {
        await context.close();
        if (own) await service.kill();
      }
    });
  };
}

/** @param {Page} page @param {(string | undefined)[]} origins @param {RegExp} [forgive] */
async function watchOver(page, origins, forgive) {
  /** @type {string[]} */
  const complaints = [];
  /** @type {string[]} */
  const requests = [];
  const complain = (/** @type {string} */ text) => {
    if (!forgive?.test(text)) complaints.push(text);
  };
  page.on('console', (message) => {
    const text = message.text();
    // The browser notes every 4xx and 5xx; which of them belong here is the walk's business.
    const expected = text.startsWith('Failed to load resource: the server responded with a status of');
    if (!expected) complain(`console ${message.type()}: ${text}`);
  });
  page.on('pageerror', (error) => complain(`page error: ${error.message}`));
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (!origins.includes(url.origin)) complain(`request to ${request.url()}`);
    if (/^\/(verifications|config)/.test(url.pathname)) requests.push(`${request.method()} ${url.pathname.replace(/^(\/verifications\/)[^/]+/, '$1{id}')}`);
  });
  await page.exposeFunction('reportViolation', (/** @type {string} */ text) => complain(`policy: ${text}`));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      // @ts-expect-error put there by the lines above
      window.reportViolation(`${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  return { complaints, requests };
}

/** What has the focus, as its tag, id and text. @param {Page} page */
export function focused(page) {
  return page.evaluate(() => {
    let element = document.activeElement;
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    return { tag: element?.localName ?? '', id: element?.id ?? '', class: element?.className ?? '', text: element?.textContent?.trim().replace(/\s+/g, ' ') ?? '' };
  });
}

/** What the live region said, in order, from now on. @param {Page} page */
export async function listen(page) {
  await page.getByRole('status').evaluate((region) => {
    const said = /** @type {string[]} */ ([]);
    Object.assign(window, { said });
    new MutationObserver(() => said.push((region.textContent ?? '').replace('\u200B', ''))).observe(region, { childList: true, characterData: true, subtree: true });
  });
  return () => page.evaluate(() => /** @type {{ said: string[] }} */ (/** @type {unknown} */ (window)).said);
}
