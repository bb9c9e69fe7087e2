/**
 * What a person does and sees on the page, by the names a person would use.
 */

import assert from 'node:assert/strict';
import { focused } from './walk.js';

/** @import { Page } from 'playwright-core' */

/** @param {Page} page */
export const numberField = (page) => page.getByLabel('Phone number', { exact: true });
/** @param {Page} page */
export const countryField = (page) => page.getByLabel('Country', { exact: true });
/** @param {Page} page */
export const codeField = (page) => page.getByLabel('6-digit code', { exact: true });
/** @param {Page} page @param {string} name */
export const button = (page, name) => page.getByRole('button', { name, exact: true });
/** A button that says its wait beside its words. @param {Page} page @param {string} name */
export const timed = (page, name) => page.getByRole('button', { name: new RegExp(`^${name}( [\\d:]+)?$`) });
/** A button as soon as it may be pressed. @param {Page} page @param {string} name */
export const ready = (page, name) => button(page, name).and(page.locator(':not([aria-disabled])'));
/** @param {Page} page @param {string | RegExp} name */
export const headingOf = (page, name) => page.getByRole('heading', { level: 1, name, exact: true });
/** @param {Page} page */
export const summary = (page) => page.locator('.summary');

/**
 * Opens the page and waits until it can be used. With its clock stopped, its time passes only by
 * `page.clock.runFor`, so that no countdown depends on how long the machine takes; axe needs it to be resumed.
 * @param {Page} page @param {string} address @param {{ clock?: 'stopped' }} [options]
 */
export async function open(page, address, { clock } = {}) {
  const now = Date.now();
  if (clock) await page.clock.install({ time: now });
  await page.goto(address);
  await numberField(page).waitFor();
  // Later than any machine takes to load the page: a clock cannot be stopped at a moment that has passed.
  if (clock) await page.clock.pauseAt(now + 3_600_000);
}

/** Asks for a call, or for a message. @param {Page} page @param {string} number @param {'voice' | 'sms'} [channel] */
export async function ask(page, number, channel = 'voice') {
  await numberField(page).fill(number);
  if (channel === 'sms') await page.getByLabel('Text', { exact: true }).check();
  await button(page, channel === 'sms' ? 'Text me a code' : 'Call me now').click();
}

/** Asks and arrives at the code. @param {Page} page @param {string} number @param {'voice' | 'sms'} [channel] */
export async function askAndArrive(page, number, channel = 'voice') {
  await ask(page, number, channel);
  await atCode(page);
}

/** Types a code, key by key and in the place of what was there, and has it checked. @param {Page} page @param {string} code */
export async function enter(page, code) {
  await typeCode(page, code);
  await button(page, 'Verify').click();
}

/** @param {Page} page @param {string} code */
export async function typeCode(page, code) {
  await codeField(page).fill('');
  await codeField(page).pressSequentially(code);
}

/** Asks for another code and has it. @param {Page} page @param {string} name of the button */
export async function askAgain(page, name) {
  const answer = page.waitForResponse('**/resend');
  await ready(page, name).click();
  assert.equal((await answer).status(), 201);
  await page.locator('.stage[aria-busy=false]').waitFor();
}

/** What the code step is called, by how the call fares. */
export const CODE_HEADING = /^(Calling you now|Press any key on your phone|Enter the code you hear|Enter the code we sent you)$/;

/** The code step is there, its field has the focus (A42), and the title says the same as the heading. @param {Page} page */
export async function atCode(page) {
  await headingOf(page, CODE_HEADING).waitFor();
  assert.equal((await focused(page)).id, 'code');
  assert.match((await page.title()).replace(/ – Ringproof$/, ''), CODE_HEADING);
}

/** A step is there and its heading has the focus (A42). @param {Page} page @param {string} heading @param {1 | 2} level */
export async function arrivedAt(page, heading, level) {
  await page.getByRole('heading', { level, name: heading, exact: true }).waitFor();
  assert.deepEqual(pick(await focused(page)), { tag: `h${level}`, text: heading });
}

/** A step of our own page is there, and the title says the same (A42). @param {Page} page @param {string} heading */
export async function arrived(page, heading) {
  await arrivedAt(page, heading, 1);
  assert.equal(await page.title(), `${heading} – Ringproof`);
}

/** What failed is said below the button, and the title says that something did; the focus stays where it was. @param {Page} page @param {string | RegExp} words */
export async function complained(page, words) {
  await summary(page).waitFor();
  says(await summary(page).innerText(), words);
  assert.match(await page.title(), /^Error: /);
}

/** What is wrong with a field, as it stands below it. @param {Page} page */
export const fault = (page) => page.locator('p.field-error:visible');

/** The one fault stands at its field (A41), which has the focus with what is in it selected. @param {Page} page @param {'phone-number' | 'region' | 'code'} field @param {string | RegExp} words */
export async function faulted(page, field, words) {
  await fault(page).filter({ hasText: words }).waitFor();
  assert.equal(await summary(page).count(), 0, 'said once');
  assert.match(await page.title(), /^Error: /);
  assert.equal((await focused(page)).id, field);
  const control = page.locator(`#${field}`);
  assert.equal(await control.getAttribute('aria-invalid'), 'true');
  const described = (await control.getAttribute('aria-describedby')) ?? '';
  assert.ok(described.split(' ').includes((await fault(page).getAttribute('id')) ?? ''), described);
  if (field !== 'region') assert.deepEqual(await control.evaluate((input) => [/** @type {HTMLInputElement} */ (input).selectionStart, /** @type {HTMLInputElement} */ (input).selectionEnd]), [0, (await control.inputValue()).length]);
}

/** @param {string} text @param {string | RegExp} words */
function says(text, words) {
  const plain = text.replace(/\s+/g, ' ');
  if (typeof words === 'string') assert.ok(plain.includes(words), `"${plain}" says "${words}"`);
  else assert.match(plain, words);
}

/** @param {{ tag: string, text: string }} element */
function pick({ tag, text }) {
  return { tag, text };
}
