/** Entering the code: what is pasted, what is handed over by the browser, what the keys do. A whole code that comes at once is sent by itself, a typed one never. */

import assert from 'node:assert/strict';
import { arrived, askAgain, askAndArrive, atCode, button, codeField, enter, faulted, numberField, open, typeCode } from './support/steps.js';
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
    const sending = page.waitForRequest('**/check');
    await paste(page, text);
    assert.equal((await sending).postData(), '{"code":"123456"}', how);
    assert.equal(await codeField(page).inputValue(), '123456', how);
    await page.locator('.summary').waitFor();
    await page.locator('.stage[aria-busy=false]').waitFor();
  }
});

walk('A21 A24: a whole code pasted in one go is in the one field and is checked, which was said before', async ({ page, service, number, requests }) => {
  await open(page, service.page);
  await askAndArrive(page, number);
  const { code } = await service.newest(number);
  const told = await codeField(page).evaluate((field) => (field.getAttribute('aria-describedby') ?? '').split(' ').map((id) => /** @type {ShadowRoot} */ (field.getRootNode()).getElementById(id)?.textContent).join(' '));
  assert.match(told, /A code that is pasted is checked at once\./);
  await paste(page, code);
  await arrived(page, 'Number verified');
  assert.equal(requests.filter((request) => request.endsWith('/check')).length, 1);
});

walk('A24: part of a code that is pasted waits for the rest and the button', async ({ page, service, number, requests }) => {
  await open(page, service.page);
  await askAndArrive(page, number);
  const { code } = await service.newest(number);
  await paste(page, code.slice(0, 3));
  await codeField(page).pressSequentially(code.slice(3));
  await quiet(page);
  assert.equal(requests.filter((request) => request.endsWith('/check')).length, 0);
  await button(page, 'Verify').click();
  await arrived(page, 'Number verified');
});

walk('A24: a browser that fills in the whole code has it checked', async ({ page, service, number }) => {
  await open(page, service.page);
  await askAndArrive(page, number);
  await codeField(page).fill((await service.newest(number)).code);
  await arrived(page, 'Number verified');
});

walk('A23: each digit stands in its slot, the cursor goes where it is pressed, and what is no code is shown as it is', async ({ page, service, number }) => {
  await open(page, service.page);
  await askAndArrive(page, number);
  const slots = () => page.locator('.slot').allInnerTexts();
  await typeCode(page, '402');
  assert.deepEqual(await slots(), ['4', '0', '2', '', '', '']);
  assert.equal(await page.locator('.slot-at').evaluate((slot) => [...(slot.parentElement?.children ?? [])].indexOf(slot)), 3);
  await page.locator('.code').click({ position: { x: 12, y: 20 } });
  await page.keyboard.type('9');
  assert.deepEqual(await slots(), ['9', '4', '0', '2', '', '']);
  await codeField(page).fill('my code, please');
  assert.ok(await page.locator('.slots').isHidden());
  assert.equal(await codeField(page).evaluate((field) => getComputedStyle(field).color !== 'rgba(0, 0, 0, 0)'), true);
});

walk('A17: Enter sends the number and the code: both are forms with a button that submits', async ({ page, service, number }) => {
  await open(page, service.page);
  await numberField(page).fill(number);
  await numberField(page).press('Enter');
  await atCode(page);
  await codeField(page).pressSequentially((await service.newest(number)).code);
  await codeField(page).press('Enter');
  await arrived(page, 'Number verified');
});

walk('A23: the code can be read while it is typed: large, wide apart, in the middle of its slots', async ({ page, service, number }) => {
  await open(page, service.page);
  await askAndArrive(page, number);
  await typeCode(page, '402184');
  const look = await page.locator('.code').evaluate((root) => {
    const style = getComputedStyle(root.querySelector('.slot') ?? root);
    const [first, second] = [...root.querySelectorAll('.slot')].map((slot) => slot.getBoundingClientRect());
    const field = root.querySelector('input')?.getBoundingClientRect();
    return { size: parseFloat(style.fontSize), apart: (second?.left ?? 0) - (first?.left ?? 0), covers: field?.width === root.getBoundingClientRect().width, button: root.closest('form')?.querySelector('button')?.getBoundingClientRect().width === field?.width };
  });
  assert.ok(look.size >= 24 && look.apart >= 40, JSON.stringify(look));
  assert.deepEqual([look.covers, look.button], [true, true], 'as wide as its button');
});

walk('A27: a wrong code stays, and the next key replaces it', async ({ page, service, number }) => {
  await open(page, service.page);
  await askAndArrive(page, number);
  const { code } = await service.newest(number);
  await enter(page, code === '000000' ? '000001' : '000000');
  await faulted(page, 'code', 'Not the right code');
  await page.keyboard.type(code);
  assert.equal(await codeField(page).inputValue(), code);
  await page.keyboard.press('Enter');
  await arrived(page, 'Number verified');
});

walk('A25: without a text message the browser is not asked for a code', async ({ page, service, number }) => {
  await offerCodes(page);
  await open(page, service.page);
  await askAndArrive(page, number);
  assert.deepEqual(await asked(page), []);
});

walk('A25: after a text message the browser may hand the code over, which is checked: the person said so in the browser', async ({ page, service, mobile }) => {
  await offerCodes(page);
  const response = await page.goto(service.page);
  assert.match(response?.headers()['permissions-policy'] ?? '', /otp-credentials=\(self\)/);
  await numberField(page).waitFor();
  await askAndArrive(page, mobile, 'sms');
  assert.deepEqual(await asked(page), [{ transport: ['sms'], over: false }]);
  const { code } = await service.newest(mobile);
  await handOver(page, code);
  await arrived(page, 'Number verified');
});

walk('A25: waiting for the message ends when the person is faster, goes back, or asks for a call instead', async ({ page, service, mobile }) => {
  await offerCodes(page);
  await open(page, service.page);
  await askAndArrive(page, mobile, 'sms');
  await codeField(page).pressSequentially('12');
  await handOver(page, '654321');
  assert.equal(await codeField(page).inputValue(), '12');

  await askAgain(page, 'Text me again');
  assert.deepEqual((await asked(page)).map(({ over }) => over), [true, false]);
  await button(page, 'Change').click();
  await arrived(page, 'Verify your phone number');
  assert.deepEqual((await asked(page)).map(({ over }) => over), [true, true]);
  await page.goForward();
  await atCode(page);
  assert.equal((await asked(page)).length, 3);
  await enter(page, '123');
  assert.equal((await asked(page)).at(-1)?.over, true);
});

/** A request would have left before the next one is answered. @param {Page} page */
const quiet = (page) => page.evaluate(() => fetch('/config').then((response) => response.text()));

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
