/** The simulator's phone page, the other half of the demo: rings, is answered, reads aloud, shows messages. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
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
    const service = await Service.start({ PROVIDERS: 'messagebird,twilio' });
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
  const answer = page.getByRole('button', { name: 'Answer the call to +44 20 7946 0192' });
  await answer.waitFor();
  assert.equal(await news(page), 'Incoming call to +44 20 7946 0192');
  assert.match(await page.title(), /Incoming call/);
  for (let tabs = 0; tabs < 6 && !(await answer.evaluate((element) => element === document.activeElement)); tabs += 1) await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  const { code } = await service.newest(PATIENT);
  await page.getByText([...code].join(', ')).first().waitFor();
  assert.equal(await news(page), 'Call answered');
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), '+44 20 7946 0192', 'the focus stays with the call');
  assert.equal(await delivery(service, id), 'answered');
});

phone('a declined call is busy to the service', async ({ page, service }) => {
  const id = await start(service, PATIENT);
  await page.getByRole('button', { name: /^Decline/ }).click();
  await page.getByText('Busy or declined').waitFor();
  assert.equal(await delivery(service, id), 'busy');
});

phone('a message is shown and said', async ({ page, service }) => {
  await start(service, '+1 202 555 0101', 'sms');
  const { text } = await service.newest('+1 202 555 0101');
  await page.locator('#entries').getByText(text).waitFor();
  assert.equal(await news(page), `New message to +1 202 555 0101: ${text}`);
});

phone('it makes no sound before it is touched, and rings when it was', async ({ page, service }) => {
  await start(service, PATIENT);
  await page.getByRole('button', { name: /^Answer/ }).waitFor();
  assert.equal(await rang(page), 0);
  await page.getByRole('button', { name: 'Turn sound on' }).click();
  assert.equal(await rang(page), 1);
  await page.getByRole('button', { name: 'Turn sound off' }).waitFor();
});

phone('the newest call covers what lies below, which cannot be reached meanwhile', async ({ page, service }) => {
  await start(service, PATIENT);
  await page.getByRole('button', { name: /^Answer/ }).waitFor();
  await start(service, '+44 20 7946 0292');
  const decline = page.getByRole('button', { name: 'Decline the call to +44 20 7946 0292' });
  await decline.waitFor();
  assert.equal(await page.locator('#entries li:not([inert])').count(), 1);
  await decline.click();
  await page.getByRole('button', { name: 'Answer the call to +44 20 7946 0192' }).waitFor();
});

phone('the code is there large, once, and can be copied', async ({ page, service }) => {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await start(service, '+1 202 555 0101', 'sms');
  const { code } = await service.newest('+1 202 555 0101');
  assert.equal((await page.locator('.digits').innerText()).replaceAll(' ', ''), code);
  await page.getByRole('button', { name: 'Copy' }).click();
  await page.getByRole('button', { name: 'Copied' }).waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), code);
  assert.equal(await news(page), 'Copied');
});

phone('it names every number that misbehaves, copies one, and leads to the page', async ({ page, service }) => {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  const numbers = await page.locator('.number').allInnerTexts();
  assert.deepEqual(numbers.slice(1).map((number) => number.slice(-2)), ['90', '91', '92', '93', '94', '95', '96', '97', '98', '99']);
  await page.getByRole('button', { name: '+44 20 7946 0191' }).click();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), '+44 20 7946 0191');
  assert.equal(await page.getByRole('link', { name: 'Open the page that has you called' }).getAttribute('href'), service.page);
});

phone('a carrier is taken down and up again', async ({ page, service }) => {
  await start(service, '+1 202 555 0101', 'sms');
  await page.getByText('via MessageBird').waitFor();
  const down = page.getByRole('switch', { name: 'MessageBird: Down' });
  await down.click();
  await page.locator('[role="switch"][aria-checked="true"]').waitFor();
  const asked = async () => (await fetch(`${new URL(service.phone).origin}/verify/any`, { headers: { Authorization: 'AccessKey any' } })).status;
  assert.equal(await asked(), 429);
  await page.reload();
  await page.locator('[role="switch"][aria-checked="true"]').waitFor();
  await start(service, '+44 20 7946 0001');
  await page.getByRole('button', { name: /^Answer/ }).click();
  await page.getByText('via Twilio').waitFor();
  await down.click();
  await page.locator('[role="switch"][aria-checked="true"]').waitFor({ state: 'detached' });
  assert.equal(await asked(), 404);
  assert.deepEqual(await page.locator('#carrier-list .count').allInnerTexts(), ['rang once', 'rang once']);
});

/** Has the other carrier call with a document that asks for a key, and answers the key with a code. @param {Service} service @param {(action: string) => string} document */
async function keyed(service, document) {
  /** @type {string[]} */
  const pressed = [];
  const site = createServer(async (request, response) => {
    let form = '';
    for await (const part of request) form += part;
    pressed.push(new URLSearchParams(form).get('Digits') ?? '');
    response.end('<Response><Say language="en-GB" loop="2">Your code is: 0, 4, 2, 6, 1, 7.</Say></Response>');
  });
  site.listen(0, '127.0.0.1');
  await once(site, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (site.address());
  const placed = await fetch(`${new URL(service.phone).origin}/2010-04-01/Accounts/AC1/Calls.json`, {
    method: 'POST',
    headers: { Authorization: `Basic ${btoa('SK1:secret')}` },
    body: new URLSearchParams({ To: '+442079460192', From: '+31201234567', Twiml: document(`http://127.0.0.1:${port}/`) }),
  });
  assert.equal(placed.status, 201);
  return { pressed, end: () => { site.close(); site.closeAllConnections(); } };
}

/** @param {string} action */
const prompt = (action) => `<Response><Gather numDigits="1" finishOnKey="" timeout="60" action="${action}"><Say language="en-GB">Press any key.</Say></Gather><Hangup/></Response>`;

phone('a call that asks for a key has a keypad, and says the code once it was pressed', async ({ page, service }) => {
  const { pressed, end } = await keyed(service, prompt);
  try {
    await page.getByRole('button', { name: /^Answer/ }).click();
    await page.getByRole('group', { name: 'Keypad' }).waitFor();
    assert.equal(await news(page), 'Call answered. Press any key.');
    assert.equal(await page.locator('.code:visible').count(), 0);
    await page.getByRole('button', { name: '5', exact: true }).click();
    await page.locator('.digits', { hasText: '042 617' }).waitFor();
    assert.deepEqual(pressed, ['5']);
    assert.equal(await page.getByRole('group', { name: 'Keypad' }).count(), 0);
    assert.equal(await news(page), 'Your code is: 0, 4, 2, 6, 1, 7.');
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), '+44 20 7946 0192', 'the focus stays with the call');
    await page.getByText('via Twilio').waitFor();
  } finally {
    end();
  }
});

for (const width of [390, 1280]) {
  phone(`axe finds nothing in any state, ${width} px wide`, async ({ page, service }) => {
    await accessible(page, 'empty');
    await start(service, PATIENT);
    await page.getByRole('button', { name: /^Answer/ }).waitFor();
    await accessible(page, 'ringing');
    await page.getByRole('button', { name: /^Answer/ }).click();
    await start(service, '+1 202 555 0101', 'sms');
    await page.locator('#entries li').nth(1).waitFor();
    await accessible(page, 'answered');
    await start(service, '+44 20 7946 0292');
    await page.getByRole('button', { name: /^Decline/ }).click();
    await page.getByText('Busy or declined').waitFor();
    await accessible(page, 'declined');
    const { end } = await keyed(service, prompt);
    await page.getByRole('button', { name: /^Answer/ }).click();
    await page.getByRole('group', { name: 'Keypad' }).waitFor();
    await page.getByRole('switch', { name: 'MessageBird: Down' }).click();
    await page.locator('[role="switch"][aria-checked="true"]').waitFor();
    await accessible(page, 'keypad, and a carrier down');
    end();
  }, { viewport: { width, height: 800 } });
}

phone('a small screen needs no sideways scrolling, and nothing moves for those who do not want it', async ({ page, service }) => {
  await start(service, PATIENT);
  await page.getByRole('button', { name: /^Answer/ }).waitFor();
  assert.equal(await page.evaluate(() => document.getAnimations().length), 0);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= 320));
}, { viewport: { width: 320, height: 480 }, reducedMotion: 'reduce' });
