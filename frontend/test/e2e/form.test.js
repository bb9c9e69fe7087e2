/** The element as a control of somebody else's form: what it submits, when it is valid, what the page around may set and is told. */

import assert from 'node:assert/strict';
import { nl } from '../../i18n/nl.js';
import { after } from 'node:test';
import { accessible } from './support/accessible.js';
import { Host, strictPolicy } from './support/host.js';
import { ask, button, CODE_HEADING, codeField, enter, numberField, open } from './support/steps.js';
import { focused, walks } from './support/walk.js';

/** @import { Page } from 'playwright-core' */
/** @import { Service } from './support/service.js' */

const host = await new Host().listen();
after(() => host.close());

const walk = walks({ GUARD_COOLDOWNS: '1s', HTTP_ALLOWED_ORIGINS: host.origin });
const HOSTED = { host: host.origin };

let pages = 0;

/** Puts a form with the element on the site, and opens it. @param {Page} page @param {Service} service @param {string} [attributes] @param {string} [form] attributes of the form @param {string} [inside] */
async function shop(page, service, attributes = '', form = 'method="post" action="/thanks"', inside = '') {
  const origin = new URL(service.page).origin;
  const html = `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>A shop</title><script type="module" src="${service.page}phone-verification.js" crossorigin></script></head><body><main><h1>Almost there</h1>
<form ${form}><label>Name <input name="name" value="Ada"></label>${inside}<phone-verification name="phone_receipt" locale="en" ${attributes}></phone-verification><button>Order</button><button type="reset">Clear</button></form></main></body></html>`;
  pages += 1;
  await open(page, host.put(`/order-${pages}`, { html, policy: strictPolicy(origin).replace("form-action 'none'", "form-action 'self'") }));
}

/** What the form would submit. @param {Page} page @returns {Promise<Record<string, string>>} */
const entries = (page) => page.evaluate(() => Object.fromEntries([...new FormData(document.forms[0])].map(([name, value]) => [name, String(value)])));

/** @param {Page} page */
const control = (page) => page.locator('phone-verification');

/** @param {Page} page */
const validity = (page) => control(page).evaluate((element) => {
  const { validity, validationMessage } = /** @type {HTMLInputElement} */ (/** @type {unknown} */ (element));
  return { valid: validity.valid, missing: validity.valueMissing, message: validationMessage, verified: element.matches(':state(verified)') };
});

/** @param {string} receipt @returns {Record<string, unknown>} */
const claims = (receipt) => JSON.parse(Buffer.from(receipt.split('.')[1] ?? '', 'base64url').toString());

/** Keeps every event of the element. @param {Page} page */
async function overhear(page) {
  await page.addInitScript(() => {
    const heard = /** @type {[string, unknown][]} */ ([]);
    Object.assign(window, { heard });
    for (const name of ['started', 'verified', 'failed', 'reset', 'expired', 'step']) document.addEventListener(`phone-verification-${name}`, (event) => heard.push([name, /** @type {CustomEvent} */ (event).detail]));
  });
  return () => page.evaluate(() => /** @type {{ heard: [string, Record<string, any>][] }} */ (/** @type {unknown} */ (window)).heard);
}

/** @param {Page} page @param {Service} service @param {string} number */
async function verify(page, service, number) {
  await ask(page, number);
  await codeField(page).waitFor();
  await enter(page, (await service.newest(number)).code);
  await page.getByRole('heading', { name: 'Number verified' }).waitFor();
}

walk('a form with nothing else in it submits the receipt under the name, with the nonce of the page', HOSTED, async ({ page, service, number }) => {
  await shop(page, service, 'required nonce="n-0S6_WzA2Mj" reference="order4711"');
  assert.deepEqual(await entries(page), { name: 'Ada' });
  await verify(page, service, number);
  assert.deepEqual(await validity(page), { valid: true, missing: false, message: '', verified: true });
  await accessible(page, 'in a form, verified');

  const posted = page.waitForRequest((request) => request.method() === 'POST' && request.url().endsWith('/thanks'));
  await button(page, 'Order').click();
  const body = new URLSearchParams((await posted).postData() ?? '');
  const receipt = body.get('phone_receipt') ?? '';
  const told = claims(receipt);
  assert.deepEqual([body.get('name'), told['phone_number'], told['nonce'], told['reference']], ['Ada', `+${number.replace(/\D/g, '')}`, 'n-0S6_WzA2Mj', 'order4711']);
  assert.ok(!page.url().includes(receipt));
});

walk('what happens is told in events: the steps, the start, the receipt', HOSTED, async ({ page, service, number }) => {
  const heard = await overhear(page);
  await shop(page, service);
  await verify(page, service, number);
  const all = await heard();
  assert.deepEqual(all.map(([name, detail]) => (name === 'step' ? `step ${detail['step']}` : name)), ['step phone', 'step code', 'started', 'step done', 'verified']);
  assert.equal(all.at(-1)?.[1]['receipt'], (await entries(page))['phone_receipt']);
  assert.equal(await control(page).evaluate((element) => /** @type {HTMLInputElement} */ (/** @type {unknown} */ (element)).value), all.at(-1)?.[1]['receipt']);
});

walk('a required one that is missing stops the form, says so in the language of the page, and leads to the open field', HOSTED, async ({ page, service, number }) => {
  await shop(page, service, 'required');
  assert.deepEqual(await validity(page), { valid: false, missing: true, message: 'Verify your phone number', verified: false });
  await button(page, 'Order').click();
  assert.equal((await focused(page)).id, 'phone-number');
  assert.match(page.url(), /order-\d+$/);
  await control(page).evaluate((element) => element.setAttribute('locale', 'nl'));
  await page.locator('.root[lang=nl]').waitFor();
  assert.equal((await validity(page)).message, nl['phone.heading']);
  await control(page).evaluate((element) => element.setAttribute('locale', 'en'));
  await page.locator('.root[lang=en]').waitFor();
  await ask(page, number);
  await codeField(page).waitFor();
  await page.getByLabel('Name').focus();
  await button(page, 'Order').click();
  assert.equal((await focused(page)).id, 'code');
  await control(page).evaluate((element) => element.removeAttribute('required'));
  assert.equal((await validity(page)).valid, true);
});

walk('a form by GET gets nothing, for a receipt does not belong into an address, and the console says why', { ...HOSTED, forgive: /would put the receipt into the address/ }, async ({ page, service, number }) => {
  const said = page.waitForEvent('console', (message) => /use method="post"/.test(message.text()));
  await shop(page, service, '', 'method="get" action="/thanks"');
  await verify(page, service, number);
  await said;
  assert.deepEqual(await entries(page), { name: 'Ada' });
  // Nor does a button of a form by POST that would send it by GET.
  await shop(page, service, '', 'method="post" action="/thanks"', '<button id="by-get" formmethod="get">Look</button>');
  await verify(page, service, number.replace(/\d$/, '9'));
  const got = page.waitForRequest((request) => request.url().includes('/thanks?'));
  await page.locator('#by-get').click();
  assert.doesNotMatch((await got).url(), /receipt/);
});

walk('nor does a form by GET that has a field named method', { ...HOSTED, forgive: /would put the receipt into the address/ }, async ({ page, service, number }) => {
  await shop(page, service, '', 'action="/thanks"', '<input type="hidden" name="method" value="post">');
  await verify(page, service, number);
  assert.equal('phone_receipt' in (await entries(page)), false);
  const got = page.waitForRequest((request) => request.url().includes('/thanks?'));
  await button(page, 'Order').click();
  assert.doesNotMatch((await got).url(), /receipt/);
});

walk('nor does a button of no known method, which is one by GET, and a field named method stops no form by POST', { ...HOSTED, forgive: /would put the receipt into the address/ }, async ({ page, service, number }) => {
  await shop(page, service, '', 'method="POST" action="/thanks"', '<input type="hidden" name="method" value="get"><button id="by-get" formmethod="put">Look</button>');
  await verify(page, service, number);
  assert.ok('phone_receipt' in (await entries(page)));
  const looked = page.waitForRequest((request) => request.url().includes('/thanks?'));
  await page.locator('#by-get').click();
  assert.doesNotMatch((await looked).url(), /receipt/);
});

walk('it is reset with its form', HOSTED, async ({ page, service, number }) => {
  const heard = await overhear(page);
  await shop(page, service, 'required');
  await verify(page, service, number);
  await button(page, 'Clear').click();
  await numberField(page).waitFor();
  assert.equal(await numberField(page).inputValue(), '');
  assert.deepEqual([(await validity(page)).valid, await entries(page)], [false, { name: 'Ada' }]);
  assert.deepEqual((await heard()).filter(([name]) => name === 'reset').length, 1);
});

walk('what is disabled, by itself or with its fieldset, submits nothing and takes nothing', HOSTED, async ({ page, service, number }) => {
  await shop(page, service, 'required');
  await verify(page, service, number);
  await control(page).evaluate((element) => Object.assign(element, { disabled: true }));
  assert.deepEqual(await entries(page), { name: 'Ada' });
  assert.equal(await page.locator('.root').evaluate((root) => /** @type {HTMLElement} */ (root).inert), true);
  await control(page).evaluate((element) => Object.assign(element, { disabled: false }));
  assert.ok('phone_receipt' in (await entries(page)));
  await control(page).evaluate((element) => {
    const set = document.createElement('fieldset');
    set.disabled = true;
    element.before(set);
    set.append(element);
  });
  assert.deepEqual(await entries(page), { name: 'Ada' });
  assert.equal(await page.locator('.root').evaluate((root) => /** @type {HTMLElement} */ (root).inert), true);
});

walk('at the end of the receipt it is invalid again, says so, and asks for the number anew', HOSTED, async ({ page, service, number }) => {
  const heard = await overhear(page);
  await page.clock.install();
  await shop(page, service, 'required');
  await verify(page, service, number);
  await page.clock.fastForward(1_790_000);
  assert.equal((await validity(page)).valid, true);
  await page.clock.fastForward(11_000);
  await numberField(page).waitFor();
  assert.deepEqual([(await validity(page)).valid, await entries(page)], [false, { name: 'Ada' }]);
  assert.equal(await numberField(page).inputValue(), number);
  assert.equal((await heard()).filter(([name]) => name === 'expired').length, 1);
});

walk('leaving the page and coming back finds the proof', HOSTED, async ({ page, service, number }) => {
  await shop(page, service, 'required');
  await verify(page, service, number);
  const { phone_receipt: receipt } = await entries(page);
  await page.goto('about:blank');
  await page.goBack();
  await page.getByRole('heading', { name: 'Number verified' }).waitFor();
  assert.deepEqual([(await validity(page)).valid, (await entries(page))['phone_receipt']], [true, receipt]);
});

walk('the proof that was kept belongs to its own verification, and is gone with a reset', HOSTED, async ({ page, service, number }) => {
  await shop(page, service, 'required');
  await verify(page, service, number);
  await page.goto('about:blank');
  await page.goBack();
  await page.getByRole('heading', { name: 'Number verified' }).waitFor();
  // Another one, whose code was typed elsewhere: verified, and its proof is not here.
  const post = async (/** @type {string} */ path, /** @type {object} */ body) => /** @type {Promise<{ id: string }>} */ ((await fetch(service.page + path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })).json());
  const other = number.replace(/\d(?=\d\d$)/, '7');
  const { id } = await post('verifications', { phone_number: other });
  await post(`verifications/${id}/check`, { code: (await service.newest(other)).code });
  const read = page.waitForResponse((response) => response.url().endsWith(id));
  await control(page).evaluate((element, wanted) => element.setAttribute('verification', wanted), id);
  await read;
  await page.getByRole('heading', { name: 'Number verified' }).waitFor();
  assert.deepEqual(await entries(page), { name: 'Ada' });

  await control(page).evaluate((element) => element.removeAttribute('verification'));
  await control(page).evaluate((element) => /** @type {any} */ (element).reset());
  await numberField(page).waitFor();
  const step = await control(page).evaluate((element, api) => new Promise((resolve) => {
    element.addEventListener('phone-verification-step', (event) => resolve(/** @type {CustomEvent} */ (event).detail.step), { once: true });
    element.setAttribute('api', api);
  }), service.page);
  assert.deepEqual([step, await entries(page)], ['phone', { name: 'Ada' }]);
});

walk('a number that the page brings is filled in, and kept where it is locked', HOSTED, async ({ page, service, number }) => {
  await shop(page, service, `phone-number="${number}" locked`);
  assert.equal(await numberField(page).inputValue(), number);
  assert.equal(await numberField(page).getAttribute('readonly'), '');
  await control(page).evaluate((element) => /** @type {any} */ (element).start());
  await codeField(page).waitFor();
  assert.equal(await button(page, 'Change').count(), 0);
  await control(page).evaluate((element) => /** @type {any} */ (element).reset());
  await numberField(page).waitFor();
  assert.equal(await numberField(page).inputValue(), number);
});

walk('a verification that the site’s own server started begins at its code', HOSTED, async ({ page, service, number, requests }) => {
  const started = await fetch(`${service.page}verifications`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ phone_number: number }) });
  const { id } = /** @type {{ id: string }} */ (await started.json());
  const origin = new URL(service.page).origin;
  const html = `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>A shop</title><script type="module" src="${service.page}phone-verification.js" crossorigin></script></head><body><form method="post"><phone-verification name="r" locale="en" verification="${id}"></phone-verification></form></body></html>`;
  await page.goto(host.put('/attached', { html, policy: strictPolicy(origin) }));
  await page.getByRole('heading', { level: 2, name: CODE_HEADING }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement === document.body), true, 'it takes no focus that nobody gave it');
  await enter(page, (await service.newest(number)).code);
  await page.getByRole('heading', { name: 'Number verified' }).waitFor();
  assert.equal(claims((await entries(page))['r'] ?? '')['phone_number'], `+${number.replace(/\D/g, '')}`);
  assert.equal(requests.filter((request) => request === 'POST /verifications').length, 0);
});

walk('properties that are set late never wipe what was typed', HOSTED, async ({ page, service, number, requests }) => {
  await shop(page, service);
  await numberField(page).pressSequentially(number);
  await control(page).evaluate((element) => Object.assign(element, { reference: 'order9', region: 'FR', channel: 'sms', nonce: 'n-0S6_WzA2Mj', phoneNumber: '+1 202 555 0100' }));
  assert.equal(await numberField(page).inputValue(), number);
  assert.ok(await page.getByLabel('Text', { exact: true }).isChecked(), 'what nobody touched follows');
  await page.getByLabel('Call', { exact: true }).check();
  await control(page).evaluate((element) => Object.assign(element, { channel: 'sms' }));
  await control(page).evaluate((element) => Object.assign(element, { channel: 'voice', region: 'US' }));
  assert.ok(await page.getByLabel('Call', { exact: true }).isChecked());
  await verify(page, service, number);
  const told = claims((await entries(page))['phone_receipt'] ?? '');
  assert.deepEqual([told['reference'], told['nonce']], ['order9', 'n-0S6_WzA2Mj']);
  assert.equal(requests.filter((request) => request === 'GET /config').length, 1);
});

walk('a host may leave out what it says itself, and offer fewer countries', HOSTED, async ({ page, service }) => {
  await shop(page, service, 'countries="NL, BE" hide-language hide-privacy compact');
  assert.deepEqual(await page.locator('#region option').evaluateAll((options) => options.map((option) => option.getAttribute('value')).filter(Boolean).sort()), ['BE', 'NL']);
  assert.ok(await page.locator('#language').isHidden());
  assert.ok(await page.locator('details.privacy').isHidden());
  await accessible(page, 'compact');
});
