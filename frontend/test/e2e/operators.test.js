/** The operators' page, on the listener that only operators reach: its figures after real traffic, and its levers. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessible } from './support/accessible.js';
import { launch, visitor } from './support/browser.js';
import { Host } from './support/host.js';
import { Service } from './support/service.js';

/** @import { Browser, BrowserContextOptions, Page } from 'playwright-core' */

const TOKEN = 'a token of the operators';
const DESK = { viewport: { width: 1440, height: 900 } };
const PHONE = { viewport: { width: 390, height: 844 } };

/** @type {Browser} */
let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

/**
 * One test with a service of its own, for they share one memory; nothing may be complained of on the way.
 * @param {string} name @param {{ settings?: Record<string, string>, options?: BrowserContextOptions, forgive?: RegExp }} how
 * @param {(given: { page: Page, service: Service }) => Promise<void>} body
 */
function watch(name, { settings = {}, options = DESK, forgive }, body) {
  test(name, async () => {
    const service = await Service.start(settings);
    const context = await visitor(browser, options);
    const page = await context.newPage();
    /** @type {string[]} */
    const complaints = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' && !forgive?.test(message.text())) complaints.push(message.text());
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(service.operators)) complaints.push(`asked ${request.url()}`);
      if (request.url().includes(encodeURIComponent(TOKEN))) complaints.push('the token is in an address');
    });
    try {
      await body({ page, service });
      assert.deepEqual(complaints, []);
      assert.deepEqual(await context.cookies(), []);
    } catch (error) {
      console.error(`${name}: the page says`, await page.locator('body').innerText({ timeout: 1000 }).catch(() => 'nothing'));
      throw error;
    } finally {
      await context.close();
      await service.kill();
    }
  });
}

/** @param {Service} service @param {string} path @param {object} body */
const post = (service, path, body) => fetch(service.page + path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });

/** Asks for a call. @param {Service} service @param {string} number @returns {Promise<{ status: number, id: string, code: string }>} `code` of the problem */
async function start(service, number) {
  const response = await post(service, 'verifications', { phone_number: number });
  return { ...(await response.json()), status: response.status };
}

/** @param {Service} service @param {string} number */
async function verify(service, number) {
  const { id } = await start(service, number);
  const { code } = await service.newest(number);
  assert.equal((await post(service, `verifications/${id}/check`, { code })).status, 200);
}

/** @param {Page} page @param {'asked' | 'placed' | 'answered' | 'verified'} stage @param {number} count */
const total = (page, stage, count) => page.locator(`.total.key-${stage} .sum`).getByText(String(count), { exact: true }).waitFor();

/** @param {Page} page @param {string} words */
const state = (page, words) => page.locator('#state').getByText(words).waitFor();

/** @param {Page} page @param {string} name */
const button = (page, name) => page.getByRole('button', { name, exact: true });

const focusedName = (/** @type {Page} */ page) => page.evaluate(() => document.activeElement?.id || document.activeElement?.getAttribute('aria-label') || document.activeElement?.textContent);

watch('real calls stand in the funnel within seconds, and a row narrows it', {}, async ({ page, service }) => {
  await page.goto(service.operators);
  await state(page, 'Calls go out');
  await page.getByText('No call or message was asked for within the hour.').waitFor();
  await verify(service, '+442079460001');
  await start(service, '+442079460002');
  await start(service, '+442079460002');
  await start(service, '+12025550130');
  await total(page, 'asked', 4);
  await total(page, 'placed', 3);
  await total(page, 'answered', 1);
  await total(page, 'verified', 1);
  await page.locator('#refused').getByText('One number, too often').waitFor();
  await page.locator('#caps').getByText('3 of 2,000').waitFor();
  const britain = page.getByRole('button', { name: /^United Kingdom/ });
  await britain.click();
  await total(page, 'asked', 3);
  assert.equal(await britain.getAttribute('aria-pressed'), 'true');
  await button(page, 'Show all').click();
  await total(page, 'asked', 4);
  // The bars say what the sums do.
  const bars = await page.locator('.bar-asked').evaluateAll((all) => all.filter((bar) => Number(bar.getAttribute('height')) > 0).length);
  assert.ok(bars >= 1 && bars <= 2, `${bars} minutes`);
});

watch('a pause by button refuses the next start as paused, and is ended by button; the focus is never lost', {}, async ({ page, service }) => {
  await page.goto(service.operators);
  await state(page, 'Calls go out');
  await button(page, 'Pause calls…').focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Pause calls?' });
  await dialog.waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  assert.equal(await focusedName(page), 'pause', 'back where it was');
  assert.equal((await start(service, '+442079460003')).status, 201, 'nothing was done');

  await page.keyboard.press('Enter');
  await dialog.getByLabel('For').selectOption('15 minutes');
  await dialog.getByLabel('Why').fill('a test');
  await page.keyboard.press('Enter');
  await state(page, 'Calls and messages are paused');
  assert.equal(await focusedName(page), 'pause');
  const refused = await start(service, '+442079460004');
  assert.deepEqual([refused.status, refused.code], [503, 'paused']);
  await page.locator('#stopped-list').getByText('Everywhere, for another 15 min').waitFor();

  await button(page, 'Resume Calls and messages paused').click();
  await button(page, 'Resume').click();
  await state(page, 'Calls go out');
  assert.equal(await focusedName(page), 'stopped-title', 'its button is gone');
  assert.equal((await start(service, '+442079460004')).status, 201);
});

watch('a region is closed from its row, and a number blocked and unblocked that the page never shows', { forgive: /404 \(Not Found\)/ }, async ({ page, service }) => {
  await page.goto(service.operators);
  await verify(service, '+442079460005');
  await button(page, 'Close United Kingdom').click();
  await button(page, 'Close').click();
  await state(page, 'United Kingdom is closed');
  assert.equal((await start(service, '+442079460006')).code, 'destination_not_allowed');
  await page.locator('#regions').getByRole('button', { name: 'Open United Kingdom' }).click();
  await button(page, 'Open').click();
  await state(page, 'Calls go out');

  await button(page, 'Block a number…').click();
  await button(page, 'Block').click();
  await page.getByRole('alert').getByText('Name a number or its beginning').waitFor();
  await page.getByLabel('Number or its beginning').fill('+44 20 7946-0006');
  await button(page, 'Block').click();
  await page.locator('#stopped-list .title').getByText('+442*******06').waitFor();
  assert.equal((await start(service, '+442079460006')).code, 'destination_not_allowed');
  assert.doesNotMatch(await page.content(), /79460006/);
  await button(page, 'Unblock +442*******06').click();
  await button(page, 'Unblock').click();
  await page.getByText('Nothing. Calls go out wherever they are allowed.').waitFor();
  assert.equal((await start(service, '+442079460006')).status, 201);

  // What the service refuses is said where it was asked.
  await button(page, 'Close a region…').click();
  await page.getByLabel('Region', { exact: true }).fill('Britain');
  await button(page, 'Close').click();
  await page.getByRole('alert').getByText('Name a region by two letters').waitFor();
});

watch('it asks for the token where there is one, and keeps it in this tab alone', { settings: { OPS_TOKEN: TOKEN }, forgive: /401 \(Unauthorized\)/ }, async ({ page, service }) => {
  await page.goto(service.operators);
  await page.getByRole('heading', { name: 'This listener has a token' }).waitFor();
  await accessible(page, 'the token');
  await page.getByLabel('Token', { exact: true }).fill('another');
  await page.keyboard.press('Enter');
  await page.getByText('That is not the token.').waitFor();
  await page.getByLabel('Token', { exact: true }).fill(TOKEN);
  await page.keyboard.press('Enter');
  await state(page, 'Calls go out');
  await button(page, 'Pause calls…').click();
  await button(page, 'Pause').click();
  await state(page, 'Calls and messages are paused');
  assert.equal(new URL(page.url()).href, service.operators);
  await page.reload();
  await state(page, 'Calls and messages are paused');
  assert.equal(await page.evaluate(() => localStorage.length), 0);
  await button(page, 'Forget the token').click();
  await page.getByRole('heading', { name: 'This listener has a token' }).waitFor();
  assert.equal(await page.evaluate(() => sessionStorage.length), 0);
  assert.equal(await page.locator('#board').isVisible(), false);
});

watch('it outlives the service, says how old its figures are, and goes on when it is back', { forgive: /net::ERR_/ }, async ({ page, service }) => {
  await page.goto(service.operators);
  await start(service, '+442079460007');
  await total(page, 'asked', 1);
  await service.kill();
  await state(page, 'The service does not answer');
  await page.locator('#age').getByText(/^Figures of \d\d:\d\d:\d\d, \d+ s ago$/).waitFor();
  await total(page, 'asked', 1);
  await button(page, 'Pause calls…').click();
  await button(page, 'Pause').click();
  await page.getByRole('alert').getByText('The service did not answer.').waitFor();
  await button(page, 'Leave it').click();
  const restarted = await Service.start({}, { like: service });
  try {
    await state(page, 'Calls go out');
    await page.locator('#age').getByText('Live').waitFor();
    await total(page, 'asked', 0);
  } finally {
    await restarted.kill();
  }
});

test('no page of another site pulls a lever or reads a figure, whatever it sends', async () => {
  const [service, host] = [await Service.start(), await new Host().listen()];
  const context = await visitor(browser, DESK);
  try {
    const page = await context.newPage();
    await page.goto(host.put('/evil', { html: '<!DOCTYPE html><title>evil</title>', policy: 'default-src *' }));
    const tried = await page.evaluate(async (ops) => {
      const attempt = (/** @type {string} */ path, /** @type {RequestInit} */ how) => fetch(ops + path, how).then((answer) => answer.type, () => 'failed');
      const text = { 'Content-Type': 'text/plain' };
      return {
        json: await attempt('pause', { method: 'PUT', headers: { 'Content-Type': 'application/json' }, body: '{}' }),
        text: await attempt('pause', { method: 'PUT', headers: text, body: '{}' }),
        read: await attempt('overview', {}),
        // Sent, and nothing of its answer is shown.
        blind: await attempt('demo/traffic', { method: 'POST', mode: 'no-cors', headers: text, body: '{"kind":"people"}' }),
      };
    }, service.operators);
    assert.deepEqual(tried, { json: 'failed', text: 'failed', read: 'failed', blind: 'opaque' });
    const told = await (await fetch(`${service.operators}overview`)).json();
    assert.deepEqual([told.stopped, told.demo], [[], { running: null }]);
  } finally {
    await context.close();
    host.close();
    await service.kill();
  }
});

for (const [where, options] of /** @type {const} */ ([['desk', DESK], ['telephone', PHONE]])) {
  watch(`nothing moves when a number does, and nothing stands out: ${where}`, { options }, async ({ page, service }) => {
    await page.addInitScript(() => {
      const shifts = /** @type {{ value: number, hadRecentInput: boolean }[]} */ ([]);
      Object.assign(window, { shifts });
      new PerformanceObserver((list) => shifts.push(.../** @type {typeof shifts} */ (/** @type {unknown} */ (list.getEntries())))).observe({ type: 'layout-shift', buffered: true });
    });
    await page.goto(service.operators);
    await state(page, 'Calls go out');
    // From here on only figures change.
    await page.evaluate(() => /** @type {unknown[]} */ (Reflect.get(window, 'shifts')).splice(0));
    await verify(service, '+442079460008');
    await start(service, '+442079460008');
    await total(page, 'verified', 1);
    const moved = await page.evaluate(() => /** @type {{ value: number, hadRecentInput: boolean }[]} */ (Reflect.get(window, 'shifts')).reduce((sum, { value }) => sum + value, 0));
    assert.ok(moved < 0.1, `moved by ${moved}`);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), 0, 'sideways');
  });

  watch(`nothing is amiss for assistive technology: ${where}`, { options }, async ({ page, service }) => {
    await page.goto(service.operators);
    await state(page, 'Calls go out');
    await accessible(page, `empty, ${where}`);
    await verify(service, '+442079460008');
    await start(service, '+442079460008');
    await total(page, 'verified', 1);
    await accessible(page, `figures, ${where}`);
    await button(page, 'Pause calls…').click();
    await accessible(page, `question, ${where}`);
    await button(page, 'Pause').click();
    await state(page, 'Calls and messages are paused');
    await accessible(page, `paused, ${where}`);
  });
}

watch('arrow keys read single minutes', {}, async ({ page, service }) => {
  await page.goto(service.operators);
  await start(service, '+442079460009');
  await total(page, 'asked', 1);
  const minute = page.getByRole('slider', { name: 'Minute' });
  await minute.focus();
  await page.keyboard.press('Home');
  assert.match((await minute.getAttribute('aria-valuetext')) ?? '', /^\d\d:\d\d, 0 asked for, 0 placed, 0 answered, 0 verified$/);
  await page.keyboard.press('End');
  assert.equal(await minute.getAttribute('aria-valuenow'), '59');
  await page.locator('.readout').getByText('Verified').waitFor();
});

watch('the demo has traffic at the press of a button', {}, async ({ page, service }) => {
  await page.goto(service.operators);
  await button(page, 'Let somebody pump').click();
  await page.getByText('Somebody asks for calls that nobody verifies.').waitFor();
  await page.locator('#regions .title').getByText('France').waitFor();
  await button(page, 'Let people verify').click();
  await page.getByText('Fictional people verify their numbers.').waitFor();
  await page.locator('.total.key-verified .sum:not(:text-is("0"))').waitFor();
  await button(page, 'Stop').click();
  await page.getByText('No traffic.').waitFor();
});

for (const [size, options] of /** @type {const} */ ([['a desk', DESK], ['a telephone', PHONE]])) {
  watch(`the figures stand below the names of their columns, on ${size}`, { options }, async ({ page, service }) => {
    await verify(service, '+442079460007');
    await page.goto(service.operators);
    await total(page, 'verified', 1);
    for (const table of ['#regions', '#carriers']) {
      const [names = [], figures = []] = await Promise.all(['.head', '.body .row:first-child'].map((row) => page.locator(`${table} ${row} .cell:not(.name, .lever)`).evaluateAll((cells) => cells.map((cell) => {
        // Where the words end, whatever room is beside them.
        const words = document.createRange();
        words.selectNodeContents(cell.querySelector('.asked, .verified, .percent') ?? cell);
        return Math.round(words.getBoundingClientRect().right);
      }))));
      assert.equal(figures.length, 3);
      assert.deepEqual(figures, names, table);
    }
  });
}
