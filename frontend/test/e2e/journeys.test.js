/** The ways through the page that end well, and the small mishaps on them. Calls may follow each other quickly here. */

import assert from 'node:assert/strict';
import { accessible } from './support/accessible.js';
import { otherThan } from './support/service.js';
import { arrived, ask, askAgain, askAndArrive, atCode, button, CODE_HEADING, codeField, countryField, enter, fault, faulted, headingOf, numberField, open, ready } from './support/steps.js';
import { focused, listen, walks } from './support/walk.js';

const walk = walks({ GUARD_COOLDOWNS: '1s' });

walk('A30 A51: a call: number, code, success', async ({ page, service, number, requests }) => {
  await open(page, service.page);
  assert.equal(await page.title(), 'Verify your phone number – Ringproof');
  await accessible(page, 'phone');
  await ask(page, number);
  await atCode(page);
  assert.equal(await page.locator('.who .number').innerText(), number);
  await accessible(page, 'code');

  const call = await service.newest(number);
  assert.deepEqual([call.channel, call.language], ['voice', 'en-gb']);
  assert.match(call.code, /^\d{6}$/);
  await enter(page, `${call.code.slice(0, 3)} ${call.code.slice(3)}`);
  await arrived(page, 'Number verified');
  assert.match(await page.locator('.root').innerText(), new RegExp(number.replace('+', '\\+')));
  await accessible(page, 'done');
  const acts = requests.filter((request) => request !== 'GET /verifications/{id}');
  assert.deepEqual(acts, ['GET /config', 'POST /verifications', 'POST /verifications/{id}/check']);
});

walk('a text message: number, code, success', async ({ page, service, mobile }) => {
  await open(page, service.page);
  await page.getByLabel('Text', { exact: true }).check();
  assert.match(await page.locator('p.why').innerText(), /a text message/);
  await askAndArrive(page, mobile, 'sms');
  await headingOf(page, 'Enter the code we sent you').waitFor();
  await accessible(page, 'code by message');
  const message = await service.newest(mobile);
  assert.equal(message.channel, 'sms');
  await enter(page, message.code);
  await arrived(page, 'Number verified');
});

walk('A26 A27 A40 A41: a wrong code, then the right one', async ({ page, service, number }) => {
  await open(page, service.page);
  await askAndArrive(page, number);
  const { code } = await service.newest(number);
  const wrong = otherThan(code);
  await enter(page, wrong);
  await faulted(page, 'code', 'Not the right code. 4 tries left');
  await accessible(page, 'wrong code');

  assert.equal(await codeField(page).inputValue(), wrong);
  assert.equal(await page.locator('#code-error').textContent(), 'Error: Not the right code. 4 tries left');
  assert.equal(page.url(), service.page);

  await page.keyboard.type(otherThan(wrong));
  await page.keyboard.press('Enter');
  await faulted(page, 'code', 'Not the right code. 3 tries left');
  await enter(page, code);
  await arrived(page, 'Number verified');
});

walk('A26: a code tried too often is no dead end: the next call brings a new one', async ({ page, service, number }) => {
  await open(page, service.page);
  await askAndArrive(page, number);
  const first = await service.newest(number);
  for (const left of [4, 3, 2, 1]) {
    await enter(page, otherThan(first.code));
    await page.locator('#code-error', { hasText: left === 1 ? '1 try left' : `${left} tries left` }).waitFor();
  }
  await enter(page, otherThan(first.code));
  await arrived(page, 'No tries left for this code');
  await accessible(page, 'ended');
  await askAgain(page, 'Call me again');
  await atCode(page);
  assert.equal(await codeField(page).inputValue(), '');
  const second = await service.newest(number);
  assert.notEqual(second.id, first.id);
  await enter(page, second.code);
  await arrived(page, 'Number verified');
});

walk('A22: a whole sentence and other digits are read as the code', async ({ page, service, mobile }) => {
  await open(page, service.page);
  await askAndArrive(page, mobile, 'sms');
  const { code } = await service.newest(mobile);
  await enter(page, `Your code is ${code}. It works for 10 minutes.`);
  await arrived(page, 'Number verified');
});

walk('A5 A10: a number in other digits with its country code wins over the country that was chosen', async ({ page, service, number }) => {
  await open(page, service.page);
  await countryField(page).selectOption('NL');
  const typed = number.replace(/\d/g, (digit) => String.fromCodePoint(0x660 + Number(digit)));
  await numberField(page).fill(typed);
  // While it is typed: nothing is left to change when the button is pressed.
  assert.equal(await countryField(page).inputValue(), 'GB');
  assert.equal(await page.locator('.country-short').innerText(), 'GB +44');
  assert.equal(await numberField(page).inputValue(), typed);
  await button(page, 'Call me now').click();
  await atCode(page);
  await service.newest(number);
});

walk('A11 A54: the whole way by keyboard alone', async ({ page, service, number }) => {
  await open(page, service.page);
  /** @type {string[]} */
  const stops = [];
  const tab = async () => {
    await page.keyboard.press('Tab');
    const { tag, id, text } = await focused(page);
    stops.push(id ? `${tag}#${id}` : `${tag} ${text}`);
  };
  await tab();
  await page.keyboard.type('Netherl');
  assert.equal(await countryField(page).inputValue(), 'NL');
  await tab();
  await page.keyboard.type(number);
  await tab();
  await page.keyboard.press('ArrowRight');
  assert.ok(await page.getByLabel('Text', { exact: true }).isChecked());
  await page.keyboard.press('ArrowLeft');
  assert.ok(await page.getByLabel('Call', { exact: true }).isChecked());
  await tab();
  await tab();
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Enter');
  await atCode(page);
  // Arriving, the focus is in the field.
  await ready(page, 'Call me again').waitFor();
  for (let stop = 0; stop < 6; stop += 1) await tab();
  assert.deepEqual(stops, [
    'select#region', 'input#phone-number', 'input#channel-voice', 'button Call me now', 'select#language',
    'button Verify', 'button Call me again', 'button Text me instead', 'summary Didn’t get a call?', 'select#language', 'summary Privacy',
  ]);
  for (let stop = 0; stop < 6; stop += 1) await page.keyboard.press('Shift+Tab');
  assert.equal((await focused(page)).id, 'code');
  await page.keyboard.type((await service.newest(number)).code);
  await page.keyboard.press('Enter');
  await arrived(page, 'Number verified');
});

walk('A39 A78: a reload in the code step keeps it, and the browser keeps nothing but the id', async ({ page, service, number, requests }) => {
  await open(page, service.page);
  await askAndArrive(page, number);
  const { code } = await service.newest(number);
  const kept = await page.evaluate(() => ({ session: { ...sessionStorage }, local: { ...localStorage }, state: history.state, url: location.href }));
  assert.deepEqual(Object.keys(kept.session), ['ringproof.verification']);
  assert.deepEqual(kept.local, {});
  assert.equal(kept.url, service.page);
  assert.doesNotMatch(JSON.stringify(kept.state), /\d/);

  await page.reload();
  await headingOf(page, CODE_HEADING).waitFor();
  assert.equal(await page.locator('.who .number').innerText(), `the number ending in ${number.slice(-2)}`);
  await enter(page, code);
  await arrived(page, 'Number verified');
  assert.deepEqual(requests.filter((request) => request.startsWith('POST')), ['POST /verifications', 'POST /verifications/{id}/check']);

  await page.reload();
  await headingOf(page, 'Number verified').waitFor();
  await button(page, 'Verify another number').click();
  await arrived(page, 'Verify your phone number');
  assert.equal(await numberField(page).inputValue(), '');
  assert.equal(await page.evaluate(() => sessionStorage.length), 0);
});

walk('A28 A42 A60: change number and Back lead to the number as it was typed, Forward to the code', async ({ page, service, number }) => {
  await open(page, service.page);
  await askAndArrive(page, number);
  await button(page, 'Change').click();
  await arrived(page, 'Verify your phone number');
  assert.equal(await numberField(page).inputValue(), number);
  await accessible(page, 'change number');
  await page.goForward();
  await atCode(page);
  await page.goBack();
  await arrived(page, 'Verify your phone number');
  assert.equal(await numberField(page).inputValue(), number);

  const other = '+1 202 555 0123';
  await askAndArrive(page, other);
  assert.equal(await page.locator('.who .number').innerText(), '+1 202 555 0123');
  await enter(page, (await service.newest(other)).code);
  await arrived(page, 'Number verified');
  await page.goBack();
  await arrived(page, 'Verify your phone number');
});

walk('A31 A35: another code by the other way, as soon as the service allows it; only the newest works', async ({ page, service, mobile, requests }) => {
  await open(page, service.page);
  await askAndArrive(page, mobile);
  const said = await listen(page);
  const first = await service.newest(mobile);
  const before = await page.evaluate(() => sessionStorage.getItem('ringproof.verification'));
  await askAgain(page, 'Text me instead');
  await headingOf(page, 'Enter the code we sent you').waitFor();
  assert.notEqual(await page.evaluate(() => sessionStorage.getItem('ringproof.verification')), before);
  assert.ok((await said()).some((text) => text.startsWith('We sent another text message')));
  await ready(page, 'Call me instead').waitFor();

  const second = await service.newest(mobile);
  assert.deepEqual([second.channel, (await service.messages(mobile)).length], ['sms', 2]);
  if (first.code !== second.code) {
    await enter(page, first.code);
    await faulted(page, 'code', 'Not the right code');
  }
  await enter(page, second.code);
  await arrived(page, 'Number verified');
  assert.equal(requests.filter((request) => request.endsWith('/resend')).length, 1);
});

walk('A24: six digits do not submit', async ({ page, service, number, requests }) => {
  await open(page, service.page);
  await askAndArrive(page, number);
  const { code } = await service.newest(number);
  await codeField(page).pressSequentially(code);
  await codeField(page).blur();
  // A request would have left before the next one is answered.
  await page.evaluate(() => fetch('/config').then((response) => response.text()));
  assert.equal(requests.filter((request) => request.endsWith('/check')).length, 0);
});

walk('A8 A16: faults are named on submit, not while typing, and stand at their field', async ({ page, service }) => {
  await open(page, service.page);
  await numberField(page).fill('12');
  await numberField(page).blur();
  assert.equal(await fault(page).count(), 0);
  await numberField(page).fill('');
  await button(page, 'Call me now').click();
  await faulted(page, 'phone-number', 'Enter a phone number');
  await accessible(page, 'phone with a fault');
  await page.keyboard.type('0');
  assert.equal(await fault(page).count(), 0, 'what is being mended is not complained about');

  await countryField(page).selectOption('');
  await numberField(page).fill('020 7946 0000');
  await button(page, 'Call me now').click();
  await faulted(page, 'region', 'Choose a country, or start with +');

  await ask(page, '+316123');
  await faulted(page, 'phone-number', 'Some digits are missing');
  assert.equal(await numberField(page).inputValue(), '+316123');
});

walk('A26: a code of the wrong shape costs no try and reaches no service', async ({ page, service, number, requests }) => {
  await open(page, service.page);
  await askAndArrive(page, number);
  for (const [typed, words] of /** @type {const} */ ([
    ['', 'Enter the code'],
    ['12345', 'Too short. The code has 6 digits'],
    ['1234567', 'Too long. The code has 6 digits'],
    ['abcdef', 'Enter only the 6 digits'],
  ])) {
    await enter(page, typed);
    await faulted(page, 'code', words);
  }
  assert.equal(requests.filter((request) => request.endsWith('/check')).length, 0);
});
