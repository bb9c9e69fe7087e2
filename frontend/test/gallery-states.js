/**
 * The states that the gallery shows, and how each is reached from the first step of the real demo. Goes by ids, since words differ.
 */

import { otherThan } from './e2e/support/service.js';

/** @import { Page } from 'playwright-core' */
/** @import { Service } from './e2e/support/service.js' */

/** @typedef {(page: Page, service: Service) => Promise<void>} Way */

let used = 0;

/** A number of nobody else whose last two digits mean nothing to the simulator. */
function anybody() {
  used += 1;
  return `+44 20 7946 0${Math.floor(used / 90)}${String(used % 90).padStart(2, '0')}`;
}

/** How many numbers of each ending were used. @type {Record<string, number>} */
const endings = {};

/** The same, but one that the simulator treats in a way of its own; ten for each ending. @param {string} ending */
function somebody(ending) {
  endings[ending] = (endings[ending] ?? -1) + 1;
  return `+44 20 7946 0${endings[ending]}${ending}`;
}

/** @param {Page} page @param {string} [number] */
async function ask(page, number = anybody()) {
  await page.fill('#phone-number', number);
  await page.click('[type=submit]');
  await page.waitForSelector('#code', { state: 'attached' });
}

/** Nothing is heard of the call any more, so that a state stays for as long as it is looked at. @param {Page} page */
const freeze = (page) => page.route(/\/verifications\/[^/]+$/, () => {});

/** @param {Page} page @param {Service} service */
const codeOf = async (page, service) => (await service.newest(await page.locator('.number').first().innerText())).code;

/** Put in at once, a whole code is checked at once. @param {Page} page @param {Service} service */
const enterWrong = async (page, service) => page.fill('#code', otherThan(await codeOf(page, service)));

/** A call that comes to nothing. @param {string} ending @param {number} seconds @returns {Way} */
const inVain = (ending, seconds) => async (page, service) => {
  await ask(page, somebody(ending));
  await service.advance(seconds);
  await page.waitForSelector('.in-vain');
  await freeze(page);
};

/** @type {Readonly<Record<string, Way>>} */
export const STATES = {
  number: async () => {},
  'number-dialled': async (page) => page.fill('#phone-number', '+44 20 7946 0001'),
  'number-text': async (page) => page.check('#channel-sms'),
  'number-missing': async (page) => {
    await page.click('[type=submit]');
    await page.waitForSelector('#phone-number[aria-invalid]');
  },
  'number-short': async (page) => {
    await page.fill('#phone-number', '020 7946');
    await page.click('[type=submit]');
    await page.waitForSelector('#phone-number[aria-invalid]');
  },
  'number-privacy': async (page) => page.click('.privacy summary'),
  'number-offline': async (page) => {
    await page.route('**/verifications', (route) => route.abort());
    await page.fill('#phone-number', '+44 20 7946 0001');
    await page.click('[type=submit]');
    await page.waitForSelector('.summary');
  },
  starting: async (page) => {
    await page.route('**/verifications', () => {});
    await page.fill('#phone-number', '+44 20 7946 0001');
    await page.click('[type=submit]');
    await page.waitForSelector('.busy');
  },
  calling: async (page) => {
    await ask(page, somebody('94'));
    await page.waitForSelector('[data-delivery="ringing"]');
    await freeze(page);
  },
  code: async (page, service) => {
    const number = somebody('94');
    await ask(page, number);
    await service.answer(number);
    await page.waitForSelector('[data-delivery="answered"]');
    await freeze(page);
    await page.locator('#code').pressSequentially('402');
  },
  'code-text': async (page) => {
    await page.check('#channel-sms');
    used += 1;
    await ask(page, `+1 202 555 01${String(used % 90).padStart(2, '0')}`);
    await freeze(page);
  },
  help: async (page) => {
    await ask(page);
    await page.click('.help summary');
  },
  checking: async (page) => {
    await ask(page);
    await page.route('**/check', () => {});
    await page.fill('#code', '402184');
    await page.waitForSelector('.busy');
  },
  wrong: async (page, service) => {
    await ask(page);
    await enterWrong(page, service);
    await page.waitForSelector('#code[aria-invalid]');
  },
  'code-offline': async (page) => {
    await ask(page);
    await page.route('**/check', (route) => route.abort());
    await page.fill('#code', '402184');
    await page.waitForSelector('.summary');
  },
  'new-code': async (page) => {
    await page.clock.install();
    await page.reload();
    await page.waitForSelector('#phone-number');
    await ask(page);
    await freeze(page);
    await page.clock.runFor(61_000);
  },
  resending: async (page) => {
    await STATES['new-code']?.(page, /** @type {Service} */ (/** @type {unknown} */ (null)));
    await page.route('**/resend', () => {});
    await page.click('.quiet .button-link');
    await page.waitForSelector('.busy');
  },
  expiring: async (page) => {
    await page.clock.install();
    await page.reload();
    await page.waitForSelector('#phone-number');
    await ask(page);
    await freeze(page);
    await page.clock.runFor(500_000);
  },
  busy: inVain('91', 3),
  'no-answer': inVain('92', 31),
  voicemail: inVain('93', 7),
  'number-again': async (page) => {
    await ask(page);
    await page.click('[data-change]');
    await page.waitForSelector('#phone-number');
  },
  ended: async (page, service) => {
    await ask(page);
    for (let left = 5; left > 0; left -= 1) {
      const answered = page.waitForResponse('**/check');
      await page.fill('#code', '');
      await enterWrong(page, service);
      await answered;
      if (left > 1) await page.waitForSelector('.stage[aria-busy=false] #code[aria-invalid]');
    }
    await page.waitForSelector('.mark-ended');
  },
  problem: async (page) => {
    await page.fill('#phone-number', somebody('96'));
    await page.click('[type=submit]');
    await page.waitForSelector('.mark-alert');
  },
  'problem-wait': async (page) => {
    await page.fill('#phone-number', somebody('97'));
    await page.click('[type=submit]');
    await page.waitForSelector('.mark-alert');
  },
  'problem-closed': async (page) => {
    await page.fill('#phone-number', '+44 909 879 0000');
    await page.click('[type=submit]');
    await page.waitForSelector('.mark-alert');
  },
  'load-failed': async (page) => {
    await page.route('**/config', (route) => route.abort());
    await page.reload();
    await page.waitForSelector('.mark-alert');
  },
  done: async (page, service) => {
    await ask(page);
    await page.fill('#code', await codeOf(page, service));
    await page.waitForSelector('.mark-done');
  },
  ringing: async (page) => {
    await ask(page);
    await page.waitForSelector('[data-delivery="ringing"], [data-delivery="answered"]');
  },
};

/** The pages beside the flow. @type {Readonly<Record<string, Way>>} */
export const DOCUMENTS = {
  docs: async (page, service) => {
    await page.goto(`${service.page}docs`);
    await page.waitForSelector('.opblock');
  },
  problems: async (page, service) => void (await page.goto(`${service.page}problems`)),
  'problem-page': async (page, service) => void (await page.goto(`${service.page}problems/rate_limited`)),
  'not-found': async (page, service) => void (await page.goto(`${service.page}nowhere`)),
  phone: async (page, service) => void (await page.goto(service.phone)),
};
