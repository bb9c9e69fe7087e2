/** Entering the code: what is pasted, what is handed over by the browser, what the keys do. Nothing is ever sent by itself. */

import assert from 'node:assert/strict';
import { arrived, askAndArrive, button, codeField, complained, enter, numberField, open } from './support/steps.js';
import { walks } from './support/walk.js';

/** @import { Page } from 'playwright-core' */

const walk = walks({ GUARD_COOLDOWNS: '1s' });

/** @type {readonly (readonly [string, string])[]} */
const PASTES = [
  ['as it is', '123456'],
  ['in two groups', '123 456'],
  ['with a dash', '123-456'],
  ['with a new line after it', '123456\n'],
  ['on lines of its own', '\n 123456 \r\n'],
  ['in a sentence', 'Your code is 123456'],
  ['in a sentence with another number', '123 456 is your code. It works for 10 minutes.'],
  ['as a message for the browser', '123456 is your verification code.\n@example.org #123456'],
  ['in Arabic digits', '١٢٣٤٥٦'],
  ['in Persian digits', '۱۲۳ ۴۵۶'],
  ['in Devanagari digits', '१२३४५६'],
  ['in full-width digits', '１２３４５６'],
  ['with invisible marks', '\u2066123456\u2069'],
];

walk('A22: whatever is pasted, the code in it is sent', async ({ page, service, number }) => {
  await page.route('**/check', async (route) => {
    await route.fulfill({ status: 503, contentType: 'application/problem+json', body: JSON.stringify({ code: 'temporarily_unavailable', title: 'T', detail: 'D' }) });
  });
  await open(page, service.page);
  await askAndArrive(page, number);
  for (const [how, text] of PASTES) {
    await paste(page, text);
    const sending = page.waitForRequest('**/check');
    await codeField(page).press('Enter');
    assert.equal((await sending).postData(), '{"code":"123456"}', how);
    await page.locator('.summary').waitFor();
    await button(page, 'Check the code').and(page.locator(':not([aria-disabled])')).waitFor();
  }
});

walk('A21 A24: a code pasted in one go is in the one field and waits for the button', async ({ page, service, number, requests }) => {
  await open(page, service.page);
  await askAndArrive(page, number);
  const { code } = await service.newest(number);
  await paste(page, code);
  assert.equal(await codeField(page).inputValue(), code);
  // A request would have left before the next one is answered.
  await page.evaluate(() => fetch('/config').then((response) => response.text()));
  assert.equal(requests.filter((request) => request.endsWith('/check')).length, 0);
  await button(page, 'Check the code').click();
  await arrived(page, 'Your number is verified');
});

walk('A17: Enter sends the number and the code: both are forms with a button that submits', async ({ page, service, number }) => {
  await open(page, service.page);
  await numberField(page).fill(number);
  await numberField(page).press('Enter');
  await arrived(page, 'Enter the code');
  await codeField(page).fill((await service.newest(number)).code);
  await codeField(page).press('Enter');
  await arrived(page, 'Your number is verified');
});

walk('A23: the code can be read while it is typed: visible, wide apart, room for six digits and little more', async ({ page, service, number }) => {
  await open(page, service.page);
  await askAndArrive(page, number);
  const look = await codeField(page).evaluate((field) => {
    const style = getComputedStyle(field);
    return { type: field.getAttribute('type'), security: style.getPropertyValue('-webkit-text-security'), spacing: parseFloat(style.letterSpacing) / parseFloat(style.fontSize), width: field.getBoundingClientRect().width / parseFloat(style.fontSize) };
  });
  assert.deepEqual([look.type, look.security], ['text', 'none']);
  assert.ok(look.spacing >= 0.1, `${look.spacing} em apart`);
  assert.ok(look.width > 5 && look.width < 14, `${look.width} em wide`);
});

walk('A27: a wrong code stays, and the next key replaces it', async ({ page, service, number }) => {
  await open(page, service.page);
  await askAndArrive(page, number);
  const { code } = await service.newest(number);
  await enter(page, code === '000000' ? '000001' : '000000');
  await complained(page, 'That is not the right code');
  await codeField(page).focus();
  await page.keyboard.type(code);
  assert.equal(await codeField(page).inputValue(), code);
  await page.keyboard.press('Enter');
  await arrived(page, 'Your number is verified');
});

walk('A25: without a text message the browser is not asked for a code', async ({ page, service, number }) => {
  await offerCodes(page);
  await open(page, service.page);
  await askAndArrive(page, number);
  assert.deepEqual(await asked(page), []);
});

walk('A25: after a text message the browser may hand the code over; it is filled in, and the person sends it', async ({ page, service, number, requests }) => {
  await offerCodes(page);
  const response = await page.goto(service.page);
  assert.match(response?.headers()['permissions-policy'] ?? '', /otp-credentials=\(self\)/);
  await numberField(page).waitFor();
  await askAndArrive(page, number, 'sms');
  assert.deepEqual(await asked(page), [{ transport: ['sms'], over: false }]);
  const { code } = await service.newest(number);
  await handOver(page, code);
  await page.waitForFunction((expected) => /** @type {HTMLInputElement | null} */ (document.querySelector('phone-verification')?.shadowRoot?.querySelector('#code'))?.value === expected, code);
  await page.evaluate(() => fetch('/config').then((answer) => answer.text()));
  assert.equal(requests.filter((request) => request.endsWith('/check')).length, 0);
  await button(page, 'Check the code').click();
  await arrived(page, 'Your number is verified');
});

walk('A25: waiting for the message ends when the person is faster, goes back, or asks for a call instead', async ({ page, service, number }) => {
  await offerCodes(page);
  await open(page, service.page);
  await askAndArrive(page, number, 'sms');
  await codeField(page).fill('12');
  await handOver(page, '654321');
  assert.equal(await codeField(page).inputValue(), '12');

  await button(page, 'Text me again').and(page.locator(':not([aria-disabled])')).click();
  await page.locator('.lead', { hasText: 'another text message' }).waitFor();
  assert.deepEqual((await asked(page)).map(({ over }) => over), [true, false]);
  await button(page, 'Change number').click();
  await arrived(page, 'Verify your phone number');
  assert.deepEqual((await asked(page)).map(({ over }) => over), [true, true]);
  await page.goForward();
  await arrived(page, 'Enter the code');
  assert.equal((await asked(page)).length, 3);
  await enter(page, '123');
  assert.equal((await asked(page)).at(-1)?.over, true);
});

/** Pastes by the keys for it, from a field of another kind that keeps line breaks. @param {Page} page @param {string} text */
async function paste(page, text) {
  await page.evaluate((words) => {
    const source = document.createElement('textarea');
    source.id = 'source';
    source.value = words;
    document.body.append(source);
    source.select();
  }, text);
  await page.keyboard.press('ControlOrMeta+c');
  await page.evaluate(() => document.querySelector('#source')?.remove());
  await codeField(page).fill('');
  await codeField(page).focus();
  await page.keyboard.press('ControlOrMeta+v');
}

/** A browser that offers to hand over codes, and notes who asks. @param {Page} page */
async function offerCodes(page) {
  await page.addInitScript(() => {
    const wishes = /** @type {{ transport: string[], over: boolean }[]} */ ([]);
    /** @type {((credential: { code: string }) => void) | null} */
    let give = null;
    Object.assign(window, { OTPCredential: class {}, wishes, handOver: (/** @type {string} */ code) => give?.({ code }) });
    Object.defineProperty(navigator, 'credentials', {
      value: {
        get: (/** @type {{ otp: { transport: string[] }, signal: AbortSignal }} */ { otp, signal }) => new Promise((resolve, reject) => {
          const wish = { transport: otp.transport, over: false };
          wishes.push(wish);
          give = (credential) => {
            wish.over = true;
            resolve(credential);
          };
          signal.addEventListener('abort', () => {
            wish.over = true;
            reject(signal.reason);
          });
        }),
      },
    });
  });
}

/** @param {Page} page @returns {Promise<{ transport: string[], over: boolean }[]>} */
const asked = (page) => page.evaluate(() => /** @type {any} */ (window).wishes);

/** @param {Page} page @param {string} code */
const handOver = (page, code) => page.evaluate((given) => /** @type {any} */ (window).handOver(given), code);
