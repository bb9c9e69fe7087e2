/**
 * Four journeys with the keyboard alone, written down as a screen reader meets them: every stop of the Tab key,
 * what a step holds when it appears, what is said meanwhile. The transcripts are golden files to be read aloud;
 * `UPDATE_TRANSCRIPTS=1` writes them anew.
 */

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { faulted, headingOf, open } from './support/steps.js';
import { listen, walks } from './support/walk.js';

/** @import { Locator, Page } from 'playwright-core' */

const walk = walks({ GUARD_ALLOWED_REGIONS: 'GB,NL' });

/** They ring until somebody at the phone decides. */
const PATIENT = ['+44 20 7946 0392', '+44 20 7946 0492'];

/** One journey on its way to paper. */
class Transcript {
  /** @type {string[]} */
  #lines = [];

  /** @param {Page} page @param {() => Promise<string[]>} said */
  constructor(page, said) {
    this.page = page;
    this.said = said;
  }

  /** What the page holds now, in reading order. @param {string} moment */
  async read(moment) {
    this.#lines.push('', `## ${moment}`, '', `Title: ${await this.page.title()}`, '', closed(await this.page.locator('body').ariaSnapshot()), '');
  }

  /** Presses Tab until something has the focus, and notes each stop. @param {Locator} target */
  async tabTo(target) {
    for (let stops = 0; stops < 20; stops += 1) {
      await this.page.keyboard.press('Tab');
      this.#lines.push(`Tab → ${await this.#focused()}`);
      if (await isFocused(target)) return;
    }
    assert.fail('the Tab key does not lead there');
  }

  /** @param {string} text */
  async type(text) {
    await this.page.keyboard.type(text);
    this.#lines.push(`Types ${text}`);
  }

  /** @param {string} key */
  async press(key) {
    await this.page.keyboard.press(key);
    this.#lines.push(`Presses ${key}`);
  }

  /** Where the focus is without anything pressed. */
  async noteFocus() {
    this.#lines.push(`Focus: ${await this.#focused()}`);
  }

  /** Holds what was written down to the golden file. @param {string} name @param {Record<string, string>} unsteady text → what stands for it */
  async compare(name, unsteady) {
    const said = (await this.said()).filter((text) => text !== '').map((text) => `- ${text}`);
    let text = [`# ${name}`, ...this.#lines, '', '## Said meanwhile', '', ...said, ''].join('\n').replace(/\n{3,}/g, '\n\n');
    for (const [from, to] of Object.entries(unsteady)) text = text.replaceAll(from, to);
    text = text.replace(/\b\d{1,2}:\d{2}\b( [ap]m)?/g, '<time>');
    const file = new URL(`transcripts/${name.toLowerCase().replaceAll(' ', '-')}.md`, import.meta.url);
    if (process.env['UPDATE_TRANSCRIPTS']) writeFileSync(file, text);
    assert.equal(text, readFileSync(file, 'utf8'));
  }

  async #focused() {
    const name = await this.page.locator(':focus').last().ariaSnapshot();
    return name.replace(/^- /, '').split('\n')[0]?.replace(/:$/, '') ?? '';
  }
}

/** A list that is closed says only what is chosen in it. @param {string} snapshot */
function closed(snapshot) {
  return snapshot.replace(/\n *- option (?!.*\[selected\]).*/g, '');
}

/** @param {Locator} target */
function isFocused(target) {
  return target.evaluate((element) => /** @type {Document | ShadowRoot} */ (element.getRootNode()).activeElement === element);
}

/** The first step, up to the ringing phone. @param {Page} page @param {string} address @param {string} number */
async function untilItRings(page, address, number) {
  await open(page, address);
  const transcript = new Transcript(page, await listen(page));
  await transcript.read('The page opens');
  await transcript.tabTo(page.getByLabel('Phone number', { exact: true }));
  await transcript.type(number);
  await transcript.press('Enter');
  await page.getByRole('status').getByText('Calling you now').waitFor();
  await transcript.read('The phone rings');
  await transcript.noteFocus();
  return transcript;
}

walk('A54, A62: the whole way by keyboard reads well aloud', async ({ page, service }) => {
  const [number = ''] = PATIENT;
  const transcript = await untilItRings(page, service.page, number);
  await service.answer(number);
  await page.getByRole('status').getByText('Enter the code you hear').waitFor();
  await transcript.noteFocus();
  const { code } = await service.newest(number);
  await transcript.type(code);
  await transcript.press('Enter');
  await headingOf(page, 'Number verified').waitFor();
  await transcript.read('The number is verified');
  await transcript.noteFocus();
  await transcript.compare('The happy path', { [code]: '<code>' });
});

walk('A54, A62: a wrong code by keyboard reads well aloud', async ({ page, service }) => {
  const [, number = ''] = PATIENT;
  const transcript = await untilItRings(page, service.page, number);
  await transcript.noteFocus();
  const { code } = await service.newest(number);
  const wrong = code === '111111' ? '222222' : '111111';
  await transcript.type(wrong);
  await transcript.press('Enter');
  await faulted(page, 'code', 'Not the right code');
  await transcript.read('The code was wrong');
  await transcript.noteFocus();
  await transcript.type(code);
  await transcript.press('Enter');
  await headingOf(page, 'Number verified').waitFor();
  await transcript.read('The number is verified');
  await transcript.compare('A wrong code', { [code]: '<code>', [wrong]: '<wrong code>' });
});

walk('A54, A62: a busy line by keyboard reads well aloud', async ({ page, service }) => {
  const transcript = await untilItRings(page, service.page, '+44 20 7946 0591');
  await service.advance(3);
  await headingOf(page, 'The line was busy').waitFor();
  await transcript.read('The line was busy');
  await transcript.noteFocus();
  await transcript.tabTo(page.getByRole('button', { name: 'I have a code' }));
  await transcript.press('Enter');
  await page.locator('#code').waitFor();
  await transcript.read('A code is at hand');
  await transcript.noteFocus();
  await transcript.compare('A busy line', {});
});

walk('A54, A62: a problem by keyboard reads well aloud', async ({ page, service }) => {
  await open(page, service.page);
  const transcript = new Transcript(page, await listen(page));
  await transcript.tabTo(page.getByLabel('Phone number', { exact: true }));
  await transcript.press('Enter');
  await faulted(page, 'phone-number', 'Enter a phone number');
  await transcript.read('No number was entered');
  await transcript.noteFocus();
  await transcript.type('+44 20 7946 0596');
  await transcript.press('Enter');
  await headingOf(page, 'This does not work right now').waitFor();
  const reference = await page.locator('.reference-short').innerText();
  await transcript.read('The call could not be placed');
  await transcript.noteFocus();
  await transcript.tabTo(page.getByRole('button', { name: 'Copy' }));
  await transcript.compare('A problem', { [reference]: '<reference>' });
});
