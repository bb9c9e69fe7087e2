/** The ways through the page that end well, and the small mishaps on them. Calls may follow each other quickly here. */

import assert from 'node:assert/strict';
import { accessible } from './support/accessible.js';
import { otherThan } from './support/service.js';
import { arrived, ask, askAndArrive, button, codeField, complained, countryField, enter, headingOf, numberField, open, summary } from './support/steps.js';
import { focused, listen, walks } from './support/walk.js';

const walk = walks({ GUARD_COOLDOWNS: '1s' });

walk('A30 A51: a call: number, code, success', async ({ page, service, number, requests }) => {
  await open(page, service.page);
  assert.equal(await page.title(), 'Verify your phone number – Ringproof');
  await accessible(page, 'phone');
  await ask(page, number);
  await arrived(page, 'Enter the code');
  assert.match(await page.locator('.lead').innerText(), new RegExp(`We are calling ${number.replace('+', '\\+')}\\.`));
  await accessible(page, 'code');

  const call = await service.newest(number);
  assert.deepEqual([call.channel, call.language], ['voice', 'en-gb']);
  assert.match(call.code, /^\d{6}$/);
  await enter(page, `${call.code.slice(0, 3)} ${call.code.slice(3)}`);
  await arrived(page, 'Your number is verified');
  assert.match(await page.locator('.root').innerText(), new RegExp(number.replace('+', '\\+')));
  await accessible(page, 'done');
  const acts = requests.filter((request) => request !== 'GET /verifications/{id}');
  assert.deepEqual(acts, ['GET /config', 'POST /verifications', 'POST /verifications/{id}/check']);
});

walk('a text message: number, code, success', async ({ page, service, number }) => {
  await open(page, service.page);
  await page.getByLabel('Text me').check();
  assert.match(await page.locator('.why').innerText(), /one text message/);
  await askAndArrive(page, number, 'sms');
  assert.match(await page.locator('.lead').innerText(), /We sent a text message to/);
  await accessible(page, 'code by message');
  const message = await service.newest(number);
  assert.equal(message.channel, 'sms');
  await enter(page, message.code);
  await arrived(page, 'Your number is verified');
});

walk('A26 A27 A40 A41: a wrong code, then the right one', async ({ page, service, number }) => {
  await open(page, service.page);
  await askAndArrive(page, number);
  const { code } = await service.newest(number);
  const wrong = otherThan(code);
  const words = 'That is not the right code. Check it and enter it again';
  await enter(page, wrong);
  await complained(page, words);
  await accessible(page, 'wrong code');

  assert.equal(await codeField(page).inputValue(), wrong);
  assert.equal(await codeField(page).getAttribute('aria-invalid'), 'true');
  assert.equal(await page.locator('#code-error').textContent(), `Error: ${words}`);
  assert.deepEqual(await codeField(page).getAttribute('aria-describedby'), 'code-error');
  await summary(page).getByRole('link', { name: words }).click();
  assert.equal((await focused(page)).id, 'code');
  assert.equal(await page.evaluate(() => getSelection()?.toString()), wrong);
  assert.equal(page.url(), service.page);

  await page.keyboard.type(otherThan(wrong));
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'That is not the right code. You have 3 tries left' }).waitFor();
  await enter(page, code);
  await arrived(page, 'Your number is verified');
});

walk('A26: a code tried too often is no dead end: the next call brings a new one', async ({ page, service, number }) => {
  await open(page, service.page);
  await askAndArrive(page, number);
  const first = await service.newest(number);
  for (const left of [4, 3, 2, 1]) {
    await enter(page, otherThan(first.code));
    await page.locator('#code-error', { hasText: left > 3 ? 'Check it' : left === 1 ? '1 try left' : `${left} tries left` }).waitFor();
  }
  await enter(page, otherThan(first.code));
  await arrived(page, 'That was the last try for this code');
  await accessible(page, 'ended');
  await button(page, 'Call me again').and(page.locator(':not([aria-disabled])')).click();
  await arrived(page, 'Enter the code');
  assert.equal(await codeField(page).inputValue(), '');
  const second = await service.newest(number);
  assert.notEqual(second.id, first.id);
  await enter(page, second.code);
  await arrived(page, 'Your number is verified');
});

walk('A22: a whole sentence and other digits are read as the code', async ({ page, service, number }) => {
  await open(page, service.page);
  await askAndArrive(page, number, 'sms');
  const { code } = await service.newest(number);
  await enter(page, `Your code is ${code}. It works for 10 minutes.`);
  await arrived(page, 'Your number is verified');
});

walk('A5 A10: a number in other digits with its country code wins over the country that was chosen', async ({ page, service, number }) => {
  await open(page, service.page);
  await countryField(page).selectOption('NL');
  const typed = number.replace(/\d/g, (digit) => String.fromCodePoint(0x660 + Number(digit)));
  await numberField(page).fill(typed);
  await numberField(page).blur();
  assert.equal(await countryField(page).inputValue(), 'GB');
  assert.equal(await numberField(page).inputValue(), typed);
  await button(page, 'Call me with a code').click();
  await arrived(page, 'Enter the code');
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
  assert.ok(await page.getByLabel('Text me').isChecked());
  await page.keyboard.press('ArrowLeft');
  assert.ok(await page.getByLabel('Call me').isChecked());
  await tab();
  await tab();
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Enter');
  await arrived(page, 'Enter the code');
  for (let stop = 0; stop < 7; stop += 1) await tab();
  assert.deepEqual(stops, [
    'select#region', 'input#phone-number', 'input#channel-voice', 'button Call me with a code', 'summary What happens to your number',
    'button Change number', 'input#code', 'button Check the code', 'button Call me again', 'button Text me instead', 'summary Didn’t get a call?', 'summary What happens to your number',
  ]);
  for (let stop = 0; stop < 5; stop += 1) await page.keyboard.press('Shift+Tab');
  assert.equal((await focused(page)).id, 'code');
  await page.keyboard.type((await service.newest(number)).code);
  await page.keyboard.press('Enter');
  await arrived(page, 'Your number is verified');
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
  await headingOf(page, 'Enter the code').waitFor();
  assert.match(await page.locator('.lead').innerText(), new RegExp(`the number ending in ${number.slice(-2)}\\.`));
  await enter(page, code);
  await arrived(page, 'Your number is verified');
  assert.deepEqual(requests.filter((request) => request.startsWith('POST')), ['POST /verifications', 'POST /verifications/{id}/check']);

  await page.reload();
  await headingOf(page, 'Your number is verified').waitFor();
  await button(page, 'Verify another number').click();
  await arrived(page, 'Verify your phone number');
  assert.equal(await numberField(page).inputValue(), '');
  assert.equal(await page.evaluate(() => sessionStorage.length), 0);
});

walk('A28 A42 A60: change number and Back lead to the number as it was typed, Forward to the code', async ({ page, service, number }) => {
  await open(page, service.page);
  await askAndArrive(page, number);
  await button(page, 'Change number').click();
  await arrived(page, 'Verify your phone number');
  assert.equal(await numberField(page).inputValue(), number);
  await accessible(page, 'change number');
  await page.goForward();
  await arrived(page, 'Enter the code');
  await page.goBack();
  await arrived(page, 'Verify your phone number');
  assert.equal(await numberField(page).inputValue(), number);

  const other = '+1 202 555 0123';
  await askAndArrive(page, other);
  assert.match(await page.locator('.lead').innerText(), /\+1 202 555 0123/);
  await enter(page, (await service.newest(other)).code);
  await arrived(page, 'Your number is verified');
  await page.goBack();
  await arrived(page, 'Verify your phone number');
});

walk('A31 A35: another code by the other way, as soon as the service allows it; only the newest works', async ({ page, service, number, requests }) => {
  await open(page, service.page);
  await askAndArrive(page, number);
  const said = await listen(page);
  const first = await service.newest(number);
  const before = await page.evaluate(() => sessionStorage.getItem('ringproof.verification'));
  await button(page, 'Text me instead').and(page.locator(':not([aria-disabled])')).click();
  await page.locator('.lead', { hasText: 'We sent another text message to' }).waitFor();
  assert.notEqual(await page.evaluate(() => sessionStorage.getItem('ringproof.verification')), before);
  assert.ok((await said()).some((text) => text.startsWith('We sent another text message')));
  await button(page, 'Call me instead').waitFor();

  const second = await service.newest(number);
  assert.deepEqual([second.channel, (await service.messages(number)).length], ['sms', 2]);
  if (first.code !== second.code) {
    await enter(page, first.code);
    await complained(page, 'That is not the right code');
  }
  await enter(page, second.code);
  await arrived(page, 'Your number is verified');
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

walk('A8 A16: faults are named on submit, not while typing, beside the field and above', async ({ page, service }) => {
  await open(page, service.page);
  await numberField(page).fill('12');
  await numberField(page).blur();
  assert.equal(await page.locator('.field-error:visible').count(), 0);
  await numberField(page).fill('');
  await button(page, 'Call me with a code').click();
  await complained(page, 'Enter a phone number');
  await accessible(page, 'phone with a fault');
  await summary(page).getByRole('link').click();
  assert.equal((await focused(page)).id, 'phone-number');

  await countryField(page).selectOption('');
  await numberField(page).fill('020 7946 0000');
  await button(page, 'Call me with a code').click();
  await complained(page, 'Choose a country, or start the number with +');
  await summary(page).getByRole('link').click();
  assert.equal((await focused(page)).id, 'region');

  await ask(page, '+44 20 7946');
  await complained(page, 'There is a problem');
  assert.equal(await numberField(page).inputValue(), '+44 20 7946');
  const beside = await page.locator('#phone-number-error').textContent();
  assert.equal(beside, `Error: ${await summary(page).getByRole('link').innerText()}`);
});

walk('A26: a code of the wrong shape costs no try and reaches no service', async ({ page, service, number, requests }) => {
  await open(page, service.page);
  await askAndArrive(page, number);
  for (const [typed, words] of /** @type {const} */ ([
    ['', 'Enter the code'],
    ['12345', 'too short'],
    ['1234567', 'too long'],
    ['abcdef', 'Enter only the 6 digits'],
  ])) {
    await enter(page, typed);
    await page.locator('#code-error', { hasText: words }).waitFor();
    await complained(page, words);
  }
  assert.equal(requests.filter((request) => request.endsWith('/check')).length, 0);
});
