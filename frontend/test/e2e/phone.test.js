/** The simulator's phone page, the other half of the demo: rings, is answered, reads aloud, shows messages. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessible } from './support/accessible.js';
import { launch, visitor } from './support/browser.js';
import { Service } from './support/service.js';

/** @import { Browser, BrowserContextOptions, Page } from 'playwright-core' */

/** Nobody answers it for half a minute, so the person at the phone decides. */
const PATIENT = '+44 20 7946 0192';

/** @type {Browser} */
let browser;

before(async () => {
  browser = await launch();
});
after(() => browser?.close());

/**
 * One test with a phone of its own, on which nothing may go wrong unseen.
 * @param {string} name
 * @param {(walk: { page: Page, service: Service }) => Promise<void>} body
 * @param {BrowserContextOptions} [options]
 */
function phone(name, body, options = {}) {
  test(name, async () => {
    const service = await Service.start();
    const context = await visitor(browser, options);
    try {
      const page = await context.newPage();
      /** @type {string[]} */
      const complaints = [];
      page.on('console', (message) => complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(error.message));
      await page.addInitScript(() => {
        const Real = window.AudioContext;
        Object.assign(window, { rang: 0 });
        window.AudioContext = class extends Real {
          constructor() {
            super();
            /** @type {{ rang: number }} */ (/** @type {unknown} */ (window)).rang += 1;
          }
        };
      });
      await page.goto(service.phone);
      await page.getByText('Ready. Calls and messages arrive here live.').waitFor();
      await body({ page, service });
      assert.deepEqual(complaints, []);
    } finally {
      await context.close();
      await service.kill();
    }
  });
}

/** Asks the service for a call or a message. @param {Service} service @param {string} number @param {'voice' | 'sms'} [channel] @returns {Promise<string>} the verification's id */
async function start(service, number, channel = 'voice') {
  const response = await fetch(`${service.page}verifications`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ phone_number: number, channel, locale: 'en-GB' }),
  });
  assert.equal(response.status, 201);
  return /** @type {{ id: string }} */ (await response.json()).id;
}

/** How the call is faring, as the service tells it. @param {Service} service @param {string} id */
async function delivery(service, id) {
  const body = /** @type {{ delivery?: { state: string } }} */ (await (await fetch(`${service.page}verifications/${id}`)).json());
  return body.delivery?.state;
}

const news = (/** @type {Page} */ page) => page.getByRole('alert').innerText();
const rang = (/** @type {Page} */ page) => page.evaluate(() => /** @type {{ rang: number }} */ (/** @type {unknown} */ (window)).rang);

phone('a call is answered with the keyboard alone, and what it says stands there', async ({ page, service }) => {
  const id = await start(service, PATIENT);
  const answer = page.getByRole('button', { name: 'Answer the call to +442079460192' });
  await answer.waitFor();
  assert.equal(await news(page), 'Incoming call to +442079460192');
  assert.match(await page.title(), /Incoming call/);
  for (let tabs = 0; tabs < 6 && !(await answer.evaluate((element) => element === document.activeElement)); tabs += 1) await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  const { code } = await service.newest(PATIENT);
  await page.getByText([...code].join(', ')).first().waitFor();
  assert.equal(await news(page), 'Call answered');
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), '+442079460192', 'the focus stays with the call');
  assert.equal(await delivery(service, id), 'answered');
});

phone('a declined call is busy to the service', async ({ page, service }) => {
  const id = await start(service, PATIENT);
  await page.getByRole('button', { name: /^Decline/ }).click();
  await page.getByText('Busy or declined').waitFor();
  assert.equal(await delivery(service, id), 'busy');
});

phone('a message is shown and said', async ({ page, service }) => {
  await start(service, '+44 20 7946 0001', 'sms');
  const { text } = await service.newest('+44 20 7946 0001');
  await page.locator('#entries').getByText(text).waitFor();
  assert.equal(await news(page), `New message to +442079460001: ${text}`);
});

phone('it makes no sound before it is touched, and rings when it was', async ({ page, service }) => {
  await start(service, PATIENT);
  await page.getByRole('button', { name: /^Answer/ }).waitFor();
  assert.equal(await rang(page), 0);
  await page.getByRole('button', { name: 'Sound' }).click();
  assert.equal(await rang(page), 1);
});

phone('the newest call covers what lies below, which cannot be reached meanwhile', async ({ page, service }) => {
  await start(service, PATIENT);
  await page.getByRole('button', { name: /^Answer/ }).waitFor();
  await start(service, '+44 20 7946 0292');
  const decline = page.getByRole('button', { name: 'Decline the call to +442079460292' });
  await decline.waitFor();
  assert.equal(await page.locator('li:not([inert])').count(), 1);
  await decline.click();
  await page.getByRole('button', { name: 'Answer the call to +442079460192' }).waitFor();
});

for (const width of [390, 1280]) {
  phone(`axe finds nothing in any state, ${width} px wide`, async ({ page, service }) => {
    await accessible(page, 'empty');
    await start(service, PATIENT);
    await page.getByRole('button', { name: /^Answer/ }).waitFor();
    await accessible(page, 'ringing');
    await page.getByRole('button', { name: /^Answer/ }).click();
    await start(service, '+44 20 7946 0001', 'sms');
    await page.locator('li').nth(1).waitFor();
    await accessible(page, 'answered');
    await start(service, '+44 20 7946 0292');
    await page.getByRole('button', { name: /^Decline/ }).click();
    await page.getByText('Busy or declined').waitFor();
    await accessible(page, 'declined');
  }, { viewport: { width, height: 800 } });
}

phone('a small screen needs no sideways scrolling, and nothing moves for those who do not want it', async ({ page, service }) => {
  await start(service, PATIENT);
  await page.getByRole('button', { name: /^Answer/ }).waitFor();
  assert.equal(await page.evaluate(() => document.getAnimations().length), 0);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= 320));
}, { viewport: { width: 320, height: 480 }, reducedMotion: 'reduce' });
