/** The element on somebody else's page: another origin, a strict policy, style that would ruin it, several at once. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { accessible } from './support/accessible.js';
import { Host, HOSTILE, strictPolicy } from './support/host.js';
import { arrivedAt, ask, button, CODE_HEADING, codeField, enter, fault, numberField, open, timed } from './support/steps.js';
import { walks } from './support/walk.js';

/** @import { Page } from 'playwright-core' */

const PRINT_INTEGRITY = fileURLToPath(new URL('../../../scripts/print-integrity', import.meta.url));

const host = await new Host().listen();
after(() => host.close());

const walk = walks({ GUARD_COOLDOWNS: '1s', HTTP_ALLOWED_ORIGINS: host.origin });

/** The two lines of the documentation. @param {string} api with a slash at its end @param {string} [attributes] */
const lines = (api, attributes = '') => `<script type="module" src="${api}phone-verification.js" crossorigin></script>
<phone-verification ${attributes}></phone-verification>`;

/** @param {string} body @param {string} [style] */
const html = (body, style = '') => `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>A shop</title><style nonce="host">${style}</style></head><body><main><h1>Almost there</h1>${body}</main></body></html>`;

/** Keeps what the page around is told. @param {Page} page */
async function overhear(page) {
  await page.addInitScript(() => {
    const heard = /** @type {[string, unknown][]} */ ([]);
    Object.assign(window, { heard });
    for (const name of ['started', 'verified', 'failed']) {
      document.addEventListener(`phone-verification-${name}`, (event) => heard.push([name, /** @type {CustomEvent} */ (event).detail]));
    }
  });
  return () => page.evaluate(() => /** @type {{ heard: [string, Record<string, unknown>][] }} */ (/** @type {unknown} */ (window)).heard);
}

walk('two lines on another origin, under a strict policy and hostile style, lead to a verified number', { host: host.origin }, async ({ page, service, number, requests }) => {
  const origin = new URL(service.page).origin;
  const heard = await overhear(page);
  await open(page, host.put('/shop', { html: html(lines(service.page, 'region="GB" reference="order4711" brand="The Shop"'), HOSTILE), policy: strictPolicy(origin) }));
  const before = await page.evaluate(() => history.length);
  await ask(page, number);
  await codeField(page).waitFor();
  await page.getByRole('heading', { level: 2, name: CODE_HEADING }).waitFor();
  const { code } = await service.newest(number);
  await enter(page, code);
  await arrivedAt(page, 'Number verified', 2);

  const [started, verified, ...more] = await heard();
  assert.deepEqual(more, []);
  assert.equal(started?.[0], 'started');
  assert.equal(verified?.[0], 'verified');
  const answer = await (await fetch(`${service.page}verifications/${verified?.[1]['id']}`)).json();
  for (const name of ['id', 'status', 'channel', 'reference', 'created_at']) assert.equal(verified?.[1][name], answer[name], name);
  assert.deepEqual([answer.status, answer.reference, started?.[1]['id']], ['verified', 'order4711', answer.id]);

  assert.ok(requests.every((request) => /^(GET|POST) \/(config|verifications)/.test(request)));
  assert.deepEqual(
    await page.evaluate(() => ({ title: document.title, lang: document.documentElement.lang, history: history.length, state: history.state, session: sessionStorage.length, local: localStorage.length })),
    { title: 'A shop', lang: 'en', history: before, state: null, session: 0, local: 0 },
  );
});

walk('nothing the page around says changes how it looks', { host: host.origin }, async ({ page, service }) => {
  const origin = new URL(service.page).origin;
  await open(page, host.put('/plain', { html: html(lines(service.page, 'locale="en"')), policy: strictPolicy(origin) }));
  const plain = await looks(page);
  await open(page, host.put('/hostile', { html: html(lines(service.page, 'locale="en"'), HOSTILE), policy: strictPolicy(origin) }));
  assert.deepEqual(await looks(page), plain);
});

walk('its knobs and parts can be turned from outside, and it follows the scheme of the page', { host: host.origin, colorScheme: 'dark' }, async ({ page, service, number }) => {
  const origin = new URL(service.page).origin;
  const style = 'phone-verification { --pv-accent: rgb(0, 100, 0); --pv-radius: 3px; } phone-verification::part(heading) { text-decoration: underline; }';
  await open(page, host.put('/styled', { html: html(lines(service.page), style), policy: strictPolicy(origin) }));
  const submit = button(page, 'Call me now');
  assert.deepEqual(await submit.evaluate((element) => [getComputedStyle(element).backgroundColor, getComputedStyle(element).borderRadius]), ['rgb(0, 100, 0)', '3px']);
  assert.match(await page.getByRole('heading', { level: 2 }).first().evaluate((element) => getComputedStyle(element).textDecorationLine), /underline/);
  // The page says nothing of schemes, so it is light, and so is what stands in it.
  assert.equal(await page.locator('.card').evaluate((element) => getComputedStyle(element).backgroundColor), 'rgb(255, 255, 255)');
  await accessible(page, 'embedded, phone');
  await ask(page, number);
  await codeField(page).waitFor();
  await page.getByRole('heading', { level: 2, name: CODE_HEADING }).waitFor();
  await enter(page, '1');
  await fault(page).waitFor();
  await accessible(page, 'embedded, code with a fault');
  await enter(page, (await service.newest(number)).code);
  await arrivedAt(page, 'Number verified', 2);
  await accessible(page, 'embedded, done');
});

walk('a policy by nonce is enough', { host: host.origin }, async ({ page, service }) => {
  const origin = new URL(service.page).origin;
  const text = html(lines(service.page).replace('<script', '<script nonce="once"'));
  await open(page, host.put('/nonce', { html: text, policy: strictPolicy(origin, "'nonce-once'") }));
});

for (const [what, change] of /** @type {const} */ ([['holds', (/** @type {string} */ text) => text], ['notices a module that differs', (/** @type {string} */ text) => text.replace(/(flow\.js": "sha384-)(.)/, (_, start, first) => start + (first === 'A' ? 'B' : 'A'))]])) {
  walk(`the printed integrity ${what}`, { host: host.origin, forgive: /integrity|subresource/i }, async ({ page, service }) => {
    const origin = new URL(service.page).origin;
    const { stdout } = await promisify(execFile)(PRINT_INTEGRITY, [origin]);
    const text = html(change(stdout).replaceAll('<script', '<script nonce="once"') + '<phone-verification locale="en"></phone-verification>');
    const noticed = what === 'holds' ? null : page.waitForEvent('console', (message) => /integrity/i.test(message.text()));
    await page.goto(host.put('/pinned', { html: text, policy: strictPolicy(origin, "'nonce-once'") }));
    if (what === 'holds') await numberField(page).waitFor();
    else await noticed;
    assert.equal(await page.evaluate(() => customElements.get('phone-verification') !== undefined), what === 'holds');
  });
}

walk('attributes take effect when they change; what was typed stays', { host: host.origin }, async ({ page, service, number }) => {
  const origin = new URL(service.page).origin;
  await open(page, host.put('/attributes', { html: html(lines(service.page, 'region="FR" channel="sms" locale="en"')), policy: strictPolicy(origin) }));
  const element = page.locator('phone-verification');
  assert.equal(await page.getByLabel('Country').inputValue(), 'FR');
  assert.ok(await page.getByLabel('Text', { exact: true }).isChecked());
  await numberField(page).fill(number);
  await numberField(page).focus();
  await element.evaluate((node) => node.setAttribute('locale', 'nl'));
  const dutch = page.locator('.root[lang=nl] #phone-number');
  await dutch.waitFor();
  assert.equal(await dutch.inputValue(), number);
  assert.ok(await dutch.evaluate((field) => field.matches(':focus')));
  assert.ok(await page.locator('#channel-sms').isChecked());
  await element.evaluate((node) => Object.assign(node, { locale: 'ar', brand: 'Shop' }));
  await page.locator('.root[lang=ar][dir=rtl]').waitFor();
  await page.getByText('Shop', { exact: true }).waitFor();
  await element.evaluate((node) => Object.assign(node, { locale: 'en', region: 'US', channel: 'voice' }));
  await page.locator('.root[lang=en]').waitFor();
  await button(page, 'Call me now').waitFor();
  assert.equal(await page.getByLabel('Country').inputValue(), 'US');
  assert.deepEqual(await element.evaluate((node) => ['region', 'channel', 'locale', 'brand', 'reference'].map((name) => [Reflect.get(node, name), node.getAttribute(name)])), [['US', 'US'], ['voice', 'voice'], ['en', 'en'], ['Shop', 'Shop'], ['', null]]);
});

walk('what is set before the element is defined counts', { host: host.origin }, async ({ page, service }) => {
  const origin = new URL(service.page).origin;
  /** @type {(value?: unknown) => void} */
  let go = () => {};
  const held = new Promise((resolve) => (go = resolve));
  await page.route('**/phone-verification.js', async (route) => {
    await held;
    await route.continue();
  });
  await page.goto(host.put('/early', { html: html(lines(service.page)), policy: strictPolicy(origin) }), { waitUntil: 'commit' });
  await page.locator('phone-verification').evaluate((node) => Object.assign(node, { locale: 'nl', region: 'FR' }));
  go();
  await page.locator('.root[lang=nl]').waitFor();
  assert.equal(await page.locator('#region').inputValue(), 'FR');
});

walk('several on one page keep apart, can be moved and taken away, and leave nothing running', { host: host.origin }, async ({ page, service, number }) => {
  const origin = new URL(service.page).origin;
  await page.addInitScript(() => {
    const running = new Set();
    const [begin, end] = [window.setInterval, window.clearInterval];
    Object.assign(window, {
      running,
      setInterval: (/** @type {Parameters<typeof begin>} */ ...args) => (running.add(begin(...args)), [...running].at(-1)),
      clearInterval: (/** @type {number} */ id) => (running.delete(id), end(id)),
    });
  });
  const text = html(`${lines(service.page, 'id="one" locale="en"')}<phone-verification id="two" locale="en"></phone-verification><aside></aside>`);
  await page.goto(host.put('/several', { html: text, policy: strictPolicy(origin) }));
  const one = page.locator('#one');
  await one.getByLabel('Phone number', { exact: true }).fill(number);
  await page.locator('#two').getByLabel('Phone number', { exact: true }).fill('12');
  await one.getByRole('button', { name: 'Call me now' }).click();
  await one.getByLabel('6-digit code').waitFor();
  assert.equal(await page.locator('#two').getByLabel('Phone number', { exact: true }).inputValue(), '12');

  await one.getByLabel('6-digit code').fill('12');
  await one.evaluate((node) => document.querySelector('aside')?.append(node));
  const moved = page.locator('aside #one');
  assert.equal(await moved.getByLabel('6-digit code').inputValue(), '12');
  await moved.getByLabel('6-digit code').fill((await service.newest(number)).code);
  await moved.getByRole('heading', { name: 'Number verified' }).waitFor();

  const running = await page.evaluate(() => {
    for (const node of document.querySelectorAll('phone-verification')) node.remove();
    return /** @type {{ running: Set<number> }} */ (/** @type {unknown} */ (window)).running.size;
  });
  assert.equal(running, 0);
});

walk('a refusal is told to the page around', { host: host.origin }, async ({ page, service }) => {
  const origin = new URL(service.page).origin;
  const heard = await overhear(page);
  await open(page, host.put('/refused', { html: html(lines(service.page, 'locale="en"')), policy: strictPolicy(origin) }));
  await ask(page, '+44 20 7946 0090');
  await timed(page, 'Try again').waitFor();
  const [[name, detail] = []] = await heard();
  assert.deepEqual([name, detail?.['code'], detail?.['status']], ['failed', 'temporarily_unavailable', 503]);
});

walk('an origin that is not listed gets nothing, and keeps what it put inside', { own: { HTTP_ALLOWED_ORIGINS: 'https://else.example' }, host: host.origin, forgive: /CORS policy|net::ERR_FAILED/ }, async ({ page, service }) => {
  const origin = new URL(service.page).origin;
  const text = html(lines(service.page).replace('></phone-verification>', '><p>Call us instead.</p></phone-verification>'));
  const failed = page.waitForEvent('requestfailed');
  await page.goto(host.put('/unlisted', { html: text, policy: strictPolicy(origin) }));
  await failed;
  assert.ok(await page.getByText('Call us instead.').isVisible());
  assert.equal(await page.evaluate(() => customElements.get('phone-verification')), undefined);
});

/** How what stands in the element is drawn, but for what depends on its width. @param {Page} page */
function looks(page) {
  return page.locator('.root').evaluate((root) => {
    const told = ['display', 'color', 'background-color', 'font-family', 'font-style', 'font-weight', 'line-height', 'letter-spacing', 'word-spacing', 'text-transform', 'text-align', 'text-indent', 'white-space', 'direction', 'cursor', 'pointer-events', 'user-select', 'margin', 'border', 'border-radius', 'box-sizing', 'visibility'];
    return [...root.querySelectorAll('*')].filter((element) => !element.closest('.heading, svg, option')).map((element) => {
      const style = getComputedStyle(element);
      return [`${element.localName}.${element.className}`, ...told.map((name) => `${name}: ${style.getPropertyValue(name)}`)];
    });
  });
}
