/** How the call fares while the person waits: what the page reads, shows and says, and what it leaves alone. */

import assert from 'node:assert/strict';
import { accessible } from './support/accessible.js';
import { arrived, askAgain, askAndArrive, atCode, button, CODE_HEADING, codeField, enter, headingOf, open, summary, timed } from './support/steps.js';
import { focused, listen, walks } from './support/walk.js';

/** @import { Page } from 'playwright-core' */

const walk = walks({ GUARD_COOLDOWNS: '1s' });

const READING = 'GET /verifications/{id}';

/** How the call fares, which the heading says. @param {Page} page @param {string} state */
const faring = (page, state) => page.locator(`phone-verification-code-form[data-delivery="${state}"]`);

walk('A30 A43: the code field is there at once; ringing and answered are shown, said once, and disturb nobody who types', async ({ page, service }) => {
  // Rings for 40 seconds, or until the simulator's clock is moved.
  const number = '+44 20 7946 0194';
  await open(page, service.page);
  await askAndArrive(page, number);
  const said = await listen(page);
  const place = () => codeField(page).evaluate((field) => field.getBoundingClientRect().top + scrollY);
  const before = await place();
  await codeField(page).pressSequentially('12');
  await codeField(page).evaluate((field) => /** @type {HTMLInputElement} */ (field).setSelectionRange(1, 1));
  await faring(page, 'ringing').waitFor();
  await headingOf(page, 'Calling you now').waitFor();
  assert.equal(await place(), before);
  await accessible(page, 'ringing');

  await service.advance(41);
  await faring(page, 'answered').waitFor();
  const words = await page.locator('h1.heading').innerText();
  assert.equal(await place(), before);
  assert.equal(words, 'Enter the code you hear');
  assert.equal(await page.title(), `${words} – Ringproof`);
  assert.deepEqual(news(await said()), [words]);
  await accessible(page, 'answered');

  assert.equal((await focused(page)).id, 'code');
  assert.deepEqual(await codeField(page).evaluate((field) => [/** @type {HTMLInputElement} */ (field).value, /** @type {HTMLInputElement} */ (field).selectionStart]), ['12', 1]);
  assert.equal(await page.locator('.who .number').innerText(), number);
  await enter(page, (await service.newest(number)).code);
  await arrived(page, 'Number verified');
});

for (const [digits, state, words, seconds] of /** @type {const} */ ([
  ['91', 'busy', 'The line was busy', 3],
  ['92', 'no_answer', 'Nobody answered', 31],
  ['93', 'voicemail', 'Voicemail answered', 7],
])) {
  walk(`A35 A37: ${state}: said in so many words, and the next call is one press away`, async ({ page, service }) => {
    const number = `+1 202 555 01${digits}`;
    await open(page, service.page);
    await askAndArrive(page, number);
    const said = await listen(page);
    await service.advance(seconds);
    await faring(page, state).waitFor();
    await headingOf(page, words).waitFor();
    assert.equal(await page.title(), `${words} – Ringproof`);
    // The field is gone: its heading takes the focus, which reads it, and is not said a second time.
    assert.equal((await focused(page)).text, words);
    assert.ok(!(await said()).includes(words), (await said()).join(' | '));
    assert.equal(await page.locator('.who .number').innerText(), number);
    await accessible(page, state);
    // One thing to do, and no field for a code that will not come; who holds one all the same says so.
    assert.deepEqual(await page.locator('.button-primary:visible').evaluateAll((found) => found.map((each) => each.getAttribute('data-name'))), ['voice']);
    assert.ok(await codeField(page).isHidden());
    await button(page, 'I have a code').click();
    await atCode(page);
    assert.deepEqual(await page.locator('.button-primary:visible').allInnerTexts(), ['Verify']);
    await askAgain(page, 'Text me instead');
    assert.equal(await summary(page).count(), 0);
    await headingOf(page, 'Enter the code we sent you').waitFor();
    await enter(page, (await service.newest(number)).code);
    await arrived(page, 'Number verified');
  });
}

walk('A35: digits that were typed are not taken away when nothing comes of the call', async ({ page, service }) => {
  await open(page, service.page);
  await askAndArrive(page, '+44 20 7946 0191');
  await codeField(page).pressSequentially('12');
  await service.advance(3);
  await headingOf(page, 'The line was busy').waitFor();
  assert.equal(await codeField(page).inputValue(), '12');
  assert.equal((await focused(page)).id, 'code');
  assert.deepEqual(await page.locator('.button-primary:visible').allInnerTexts(), ['Verify']);
});

walk('A35: a text message that is on its way and then arrives', async ({ page, service }) => {
  const number = '+1 202 555 0194';
  await open(page, service.page);
  await askAndArrive(page, number, 'sms');
  const said = await listen(page);
  await faring(page, 'sent').waitFor();
  await accessible(page, 'sent');
  await service.advance(41);
  await faring(page, 'delivered').waitFor();
  await accessible(page, 'delivered');
  // What does not change what the person does is not said.
  assert.deepEqual(news(await said()), []);
  await headingOf(page, 'Enter the code we sent you').waitFor();
  await enter(page, (await service.newest(number)).code);
  await arrived(page, 'Number verified');
});

walk('A76: what another tab did is seen here: verified there is verified here', async ({ page, context, service, number }) => {
  await open(page, service.page);
  await askAndArrive(page, number);
  const other = await duplicate(page, service.page);
  await enter(other, (await service.newest(number)).code);
  await arrived(other, 'Number verified');
  await page.bringToFront();
  await arrived(page, 'Number verified');
  assert.equal(context.pages().length, 2);
});

walk('A76: what another tab did is seen here: a code that was replaced there is no dead end here', async ({ page, service, number }) => {
  await open(page, service.page);
  await askAndArrive(page, number);
  const other = await duplicate(page, service.page);
  await askAgain(other, 'Call me again');
  await page.bringToFront();
  await arrived(page, 'This code was cancelled');
  await accessible(page, 'cancelled');
  await timed(page, 'Call me again').waitFor();
});

walk('A76: a page that nobody sees reads nothing, and reads again when it is seen', async ({ page, service, requests }) => {
  const number = '+44 20 7946 0294';
  await open(page, service.page, { clock: 'stopped' });
  await askAndArrive(page, number);
  await page.clock.runFor(2_500);
  await faring(page, 'ringing').waitFor();
  const readings = () => requests.filter((request) => request === READING).length;
  await look(page, 'hidden');
  const before = readings();
  await page.clock.runFor(120_000);
  assert.equal(readings(), before);
  await service.advance(41);
  const read = page.waitForResponse((response) => response.request().method() === 'GET' && response.url().includes('/verifications/'));
  await look(page, 'visible');
  await page.clock.runFor(100);
  assert.equal((await read).status(), 200);
  assert.equal(readings(), before + 1);
});

walk('readings that fail become rare, say nothing, and leave the code to be checked', { forgive: /net::ERR_/ }, async ({ page, service, number }) => {
  let failed = 0;
  await page.route(/\/verifications\/[^/]+$/, (route) => {
    failed += 1;
    return route.abort('connectionrefused');
  });
  await open(page, service.page, { clock: 'stopped' });
  await askAndArrive(page, number);
  const said = await listen(page);
  for (let second = 0; second < 40; second += 1) await page.clock.runFor(1_000);
  assert.ok(failed >= 2 && failed <= 6, `${failed} in 40 seconds`);
  assert.deepEqual(news(await said()), []);
  assert.equal(await summary(page).count(), 0);
  await enter(page, (await service.newest(number)).code);
  await arrived(page, 'Number verified');
});

/** What was said of the call alone. @param {readonly string[]} said */
const news = (said) => said.filter((text) => text !== 'You can ask for another code now.');

/** A second tab on the same verification, as a browser makes it by "Duplicate". @param {Page} page @param {string} address */
async function duplicate(page, address) {
  const id = await page.evaluate(() => sessionStorage.getItem('ringproof.verification'));
  assert.ok(id);
  const other = await page.context().newPage();
  await other.addInitScript((kept) => sessionStorage.setItem('ringproof.verification', kept), id);
  await other.goto(address);
  await headingOf(other, CODE_HEADING).waitFor();
  return other;
}

/** Makes the page believe that it is seen, or not. @param {Page} page @param {DocumentVisibilityState} state */
async function look(page, state) {
  await page.evaluate((value) => {
    Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => value });
    document.dispatchEvent(new Event('visibilitychange'));
  }, state);
}
