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
/** @param {Page} page @param {string} name */
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
  if (channel === 'sms') await page.getByLabel('Text me').check();
  await button(page, channel === 'sms' ? 'Text me a code' : 'Call me with a code').click();
}

/** Asks and arrives at the code. @param {Page} page @param {string} number @param {'voice' | 'sms'} [channel] */
export async function askAndArrive(page, number, channel = 'voice') {
  await ask(page, number, channel);
  await arrived(page, 'Enter the code');
}

/** Types a code and has it checked. @param {Page} page @param {string} code */
export async function enter(page, code) {
  await codeField(page).fill(code);
  await button(page, 'Check the code').click();
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

/** The summary is there with its words, has the focus, and the title says that there is an error (A40). @param {Page} page @param {string | RegExp} words */
export async function complained(page, words) {
  await summary(page).waitFor();
  const text = (await summary(page).innerText()).replace(/\s+/g, ' ');
  if (typeof words === 'string') assert.ok(text.includes(words), `"${text}" says "${words}"`);
  else assert.match(text, words);
  assert.match((await focused(page)).class, /\bsummary\b/);
  assert.match(await page.title(), /^Error: /);
}

/** @param {{ tag: string, text: string }} element */
function pick({ tag, text }) {
  return { tag, text };
}
