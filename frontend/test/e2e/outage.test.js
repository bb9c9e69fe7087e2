/** What a person sees when the service, the provider or the line in between fails. Nothing typed is ever lost. */

import assert from 'node:assert/strict';
import { accessible } from './support/accessible.js';
import { Service } from './support/service.js';
import { arrived, ask, askAndArrive, atCode, button, codeField, complained, enter, faulted, headingOf, numberField, open, ready, timed } from './support/steps.js';
import { walks } from './support/walk.js';

/** @import { Page } from 'playwright-core' */

const walk = walks({ GUARD_COOLDOWNS: '1s' });

/** What the browser notes when nobody listens any more. */
const GONE = { own: {}, forgive: /net::ERR_(CONNECTION_|EMPTY_RESPONSE|INCOMPLETE_CHUNKED_ENCODING|SOCKET|INTERNET_DISCONNECTED)/ };

walk('the service stops before the start: the number stays, and the same button works when it is back', GONE, async ({ page, service, number, requests }) => {
  await open(page, service.page);
  // Whatever the page still loads would break half way.
  await page.waitForLoadState('networkidle');
  await service.kill();
  await ask(page, number);
  await complained(page, 'The service cannot be reached');
  await accessible(page, 'service stopped, phone');
  assert.equal(await numberField(page).inputValue(), number);

  const restarted = await Service.start({ GUARD_COOLDOWNS: '1s' }, { like: service });
  try {
    await button(page, 'Call me now').click();
    await atCode(page);
    await enter(page, (await restarted.newest(number)).code);
    await arrived(page, 'Number verified');
    assert.equal(requests.filter((request) => request === 'POST /verifications').length, 2);
  } finally {
    await restarted.kill();
  }
});

walk('the service stops in the code step: the code stays, and so does the step after a reload', GONE, async ({ page, service, number }) => {
  await open(page, service.page);
  await askAndArrive(page, number);
  await service.kill();
  await enter(page, '123456');
  await complained(page, 'The service cannot be reached');
  await accessible(page, 'service stopped, code');
  assert.equal(await codeField(page).inputValue(), '123456');
  await ready(page, 'Call me again').click();
  await complained(page, 'The service cannot be reached');
  assert.ok(await page.evaluate(() => sessionStorage.getItem('ringproof.verification')));
});

walk('the service is not there when the page begins: a page of its own, and a way on', GONE, async ({ page, service, number }) => {
  await page.route('**/config', (route) => route.abort('connectionrefused'));
  await page.goto(service.page);
  await headingOf(page, 'The service cannot be reached').waitFor();
  await page.getByText('Check your connection, then try again.').waitFor();
  await accessible(page, 'problem at the beginning');
  await page.unroute('**/config');
  await ready(page, 'Try again').click();
  await arrived(page, 'Verify your phone number');
  await askAndArrive(page, number);
});

walk('A75: offline is called offline, and pressing again works when the line is back', GONE, async ({ page, context, service, number }) => {
  await open(page, service.page);
  await context.setOffline(true);
  await ask(page, number);
  await complained(page, 'You are offline');
  await accessible(page, 'offline, phone');
  assert.equal(await numberField(page).inputValue(), number);
  await context.setOffline(false);
  await button(page, 'Call me now').click();
  await atCode(page);
});

walk('A74: a broken connection is tried again under the same key, and only one call is placed', GONE, async ({ page, service, number }) => {
  /** @type {(string | undefined)[]} */
  const keys = [];
  let broken = true;
  await page.route('**/verifications', async (route) => {
    keys.push(route.request().headers()['idempotency-key']);
    // The service does its work, and the answer is lost on the way.
    const response = await route.fetch();
    if (broken) await route.abort('connectionreset');
    else await route.fulfill({ response });
  });
  await open(page, service.page);
  await ask(page, number);
  await complained(page, 'The service cannot be reached');
  broken = false;
  await button(page, 'Call me now').click();
  await atCode(page);
  assert.match(keys[0] ?? '', /^[0-9a-f]{32}$/);
  assert.equal(keys[0], keys[1]);
  assert.equal((await service.messages(number)).length, 1);
  await enter(page, (await service.newest(number)).code);
  await arrived(page, 'Number verified');
});

walk('A74: a slow answer shows at once that it is under way, and a second press sends nothing', GONE, async ({ page, service, number, requests }) => {
  const releaseConfig = await hold(page, '**/config');
  const releaseStart = await hold(page, '**/verifications');
  await page.goto(service.page);
  const loading = page.locator('.loading');
  assert.equal(await loading.innerText(), 'Loading…');
  await loading.evaluate((element) => Promise.all(element.getAnimations().map(({ finished }) => finished)));
  await accessible(page, 'loading');
  releaseConfig();
  await ask(page, number);
  // The words stay, and a spinner stands beside them.
  const busy = button(page, 'Call me now').and(page.locator('.busy'));
  await busy.waitFor();
  assert.equal(await busy.getAttribute('aria-disabled'), 'true');
  await accessible(page, 'starting');
  await busy.click({ force: true });
  await numberField(page).press('Enter');
  releaseStart();
  await atCode(page);
  assert.equal(requests.filter((request) => request === 'POST /verifications').length, 1);

  const releaseResend = await hold(page, '**/resend');
  await ready(page, 'Call me again').click();
  await timed(page, 'Call me again').and(page.locator('.busy')).waitFor();
  await accessible(page, 'asking for another call');
  releaseResend();
  await page.locator('.stage[aria-busy=false]').waitFor();

  const releaseCheck = await hold(page, '**/check');
  await enter(page, (await service.newest(number)).code);
  await button(page, 'Verify').and(page.locator('.busy')).waitFor();
  await accessible(page, 'checking');
  releaseCheck();
  await arrived(page, 'Number verified');
});

walk('A44 A46: nobody knows whether the call was placed: a page of its own, with a reference and the service’s wait', { own: {} }, async ({ page, service, number }) => {
  await open(page, service.page);
  await service.fault({ operation: 'create', fault: 'http_500', times: 1 });
  await ask(page, number);
  await arrived(page, 'We could not confirm the call or message');
  await accessible(page, 'delivery unknown');
  const words = await page.locator('.root').innerText();
  assert.match(words, /that code will not work here/);
  // Short enough to be read out, in its own direction; copied whole.
  assert.match(words, /Reference: [0-9a-f]{8}\s/);
  const reference = page.locator('.reference bdi[dir=ltr]');
  assert.match(await reference.innerText(), /^[0-9a-f]{8}$/);
  await button(page, 'Copy').click();
  await page.getByRole('status').getByText('Copied').waitFor();
  const place = await page.evaluateHandle(() => document.body.appendChild(document.createElement('textarea')));
  await place.asElement()?.focus();
  await page.keyboard.press('ControlOrMeta+v');
  assert.match(await place.evaluate((element) => element.value), new RegExp(`^${await reference.innerText()}[0-9a-f-]{28}$`));
  await ready(page, 'Try again').click();
  await atCode(page);
  await enter(page, (await service.newest(number)).code);
  await arrived(page, 'Number verified');
});

walk('a check nobody answered keeps the code, and the same code may be sent again', { own: {} }, async ({ page, service, number }) => {
  await open(page, service.page);
  await askAndArrive(page, number);
  const { code } = await service.newest(number);
  await service.fault({ operation: 'any', fault: 'http_500', times: 3 });
  await enter(page, code);
  await complained(page, 'We could not check the code');
  assert.equal(await codeField(page).inputValue(), code);
  await accessible(page, 'check unknown');
  await fetch(`${service.phone}/faults`, { method: 'DELETE' });
  await button(page, 'Verify').click();
  await arrived(page, 'Number verified');
});

walk('a number the provider refuses is a fault of the field', async ({ page, service }) => {
  await open(page, service.page);
  await ask(page, '+44 20 7946 0095');
  await faulted(page, 'phone-number', 'This number cannot be reached. Use another one');
  await accessible(page, 'refused number');
});

walk('A44: a number that is closed here is a page of its own, and another number the way on', { own: { GUARD_ALLOWED_REGIONS: 'GB,US:sms' } }, async ({ page, service, number }) => {
  await open(page, service.page);
  assert.deepEqual(await page.locator('#region option').evaluateAll((options) => options.map((option) => option.getAttribute('value'))), ['', 'GB', 'US']);
  assert.equal(await page.locator('#region').inputValue(), 'GB');
  await ask(page, '+33 1 99 00 00 01');
  await headingOf(page, 'This number cannot be called').waitFor();
  await accessible(page, 'closed number');
  assert.equal(await timed(page, 'Try again').count(), 0);
  await button(page, 'Use a different number').click();
  await arrived(page, 'Verify your phone number');
  assert.equal(await numberField(page).inputValue(), '+33 1 99 00 00 01');
  // A country that is open for messages only offers no call.
  await page.getByLabel('Country').selectOption('US');
  await button(page, 'Text me a code').waitFor();
  assert.ok(await page.getByLabel('Call', { exact: true }).isDisabled());
  await page.getByLabel('Country').selectOption('GB');
  await page.getByLabel('Call', { exact: true }).check();
  await askAndArrive(page, number);
});

walk('A44: a provider without balance is a page of its own, and says nothing of balances', { own: {} }, async ({ page, service }) => {
  await open(page, service.page);
  await ask(page, '+44 20 7946 0096');
  await timed(page, 'Try again').waitFor();
  const words = await page.locator('.root').innerText();
  assert.match(words, /No call was placed/);
  assert.doesNotMatch(words, /balance|MessageBird|503/i);
  await accessible(page, 'unavailable');
});

walk('a verification nobody knows any more leads back to the number', async ({ page, service }) => {
  await open(page, service.page);
  await page.evaluate(() => {
    sessionStorage.setItem('ringproof.verification', 'unknown');
    history.replaceState(null, '');
  });
  await page.reload();
  await complained(page, 'The earlier code can no longer be used');
  await accessible(page, 'start again');
  await numberField(page).waitFor();
  assert.equal(await page.evaluate(() => sessionStorage.length), 0);
});

/** Lets no such request through before it is told to. @param {Page} page @param {string} address @returns {Promise<() => void>} what tells it */
async function hold(page, address) {
  /** @type {() => void} */
  let release = () => {};
  const released = new Promise((resolve) => (release = () => resolve(undefined)));
  await page.route(address, async (route) => {
    await released;
    await route.continue();
  });
  return release;
}
