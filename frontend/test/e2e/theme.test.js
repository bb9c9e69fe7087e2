/** The theme that `docs/theming.md` shows, on somebody else's page: what it sets is seen, and each step stays readable in both schemes. */

import assert from 'node:assert/strict';
import { after } from 'node:test';
import { accessible } from './support/accessible.js';
import { Host, themed } from './support/host.js';
import { otherThan } from './support/service.js';
import { open } from './support/steps.js';
import { walks } from './support/walk.js';

const host = await new Host().listen();
after(() => host.close());

const walk = walks({ HTTP_ALLOWED_ORIGINS: host.origin });

walk('the theme of the documentation reaches every step, and axe finds nothing in any', { host: host.origin }, async ({ page, service, number }) => {
  await page.emulateMedia({ colorScheme: 'light' });
  await open(page, host.put('/theme', themed(service.page)));
  const style = (/** @type {string} */ selector, /** @type {string} */ name) => page.locator(selector).first().evaluate((element, property) => getComputedStyle(element).getPropertyValue(property), name);
  const submit = 'button[type=submit]';
  assert.deepEqual(await Promise.all(['background-color', 'color', 'border-radius', 'min-height', 'letter-spacing'].map((name) => style(submit, name))), ['rgb(11, 110, 79)', 'rgb(255, 255, 255)', '4px', '52px', '0.34px']);
  assert.deepEqual(await Promise.all(['background-color', 'padding-left', 'border-radius'].map((name) => style('.card', name))), ['rgb(251, 248, 241)', '32px', '4px']);
  assert.equal(await style('.number-row', 'border-color'), 'rgb(138, 129, 113)');
  assert.match(await style('.heading', 'font-family'), /^Georgia/);
  await accessible(page, 'number');
  await page.locator('#phone-number').fill('');
  await page.locator(submit).click();
  assert.equal(await style('p.field-error:visible', 'color'), 'rgb(163, 39, 28)');
  await accessible(page, 'fault');
  await page.locator('#phone-number').fill(number);
  await page.locator(submit).click();
  await page.locator('#code').waitFor();
  assert.equal(await style('.mark', 'border-radius'), '12px');
  await accessible(page, 'code');
  const { code } = await service.newest(number);
  const answered = page.waitForResponse('**/check');
  await page.locator('#code').fill(otherThan(code));
  await answered;
  await page.locator('#code[aria-invalid]').waitFor();
  await accessible(page, 'wrong code');
  await page.locator('#code').fill('');
  await page.locator('#code').fill(code);
  await page.locator('.mark-done').waitFor();
  assert.equal(await style('.mark-done', 'background-color'), 'rgb(11, 110, 79)');
  await accessible(page, 'success');
});

walk('what the page around says itself is left out where it says so', { host: host.origin }, async ({ page, service }) => {
  const { policy, html } = themed(service.page);
  const about = (/** @type {string} */ attributes) => html.replace('hide-privacy', attributes);
  const there = async () => Object.fromEntries(await Promise.all(['.privacy', '#language', '.own-brand'].map(async (selector) => [selector, await page.locator(selector).isVisible()])));
  await open(page, host.put('/all', { policy, html: about('') }));
  assert.deepEqual(await there(), { '.privacy': true, '#language': true, '.own-brand': true });
  assert.equal(await page.locator('#region option:not([value=""])').count() > 2, true);
  await open(page, host.put('/less', { policy, html: about('hide-privacy hide-language countries="nl, BE"') }));
  assert.deepEqual(await there(), { '.privacy': false, '#language': false, '.own-brand': true });
  assert.deepEqual(await page.locator('#region option:not([value=""])').evaluateAll((options) => options.map((option) => /** @type {HTMLOptionElement} */ (option).value).sort()), ['BE', 'NL']);
  const card = async () => page.locator('.card').evaluate((element) => [getComputedStyle(element).paddingLeft, getComputedStyle(element).boxShadow === 'none', element.clientHeight]);
  const [, , tall] = await card();
  await open(page, host.put('/compact', { policy, html: about('compact hide-privacy hide-language') }));
  const [padding, flat, low] = await card();
  assert.deepEqual([padding, flat], ['0px', true]);
  assert.ok(Number(low) < Number(tall), `${low} is less than ${tall}`);
  await accessible(page, 'compact');
});
