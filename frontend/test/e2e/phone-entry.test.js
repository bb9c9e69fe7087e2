/** Entering the number: what is shown beside it, what is kept, what is explained before and after the call. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dialled, missing } from '../../elements/phone-form/number.js';
import { accessible } from './support/accessible.js';
import { arrived, askAgain, askAndArrive, atCode, button, countryField, enter, faulted, headingOf, numberField, open } from './support/steps.js';
import { listen, walks } from './support/walk.js';

/** @import { Config } from '../../api/types.js' */

const walk = walks({ GUARD_COOLDOWNS: '1s' });

walk('A7: the number as it will be dialled stands beside what was typed, changes nothing of it and is not said aloud', async ({ page, service }) => {
  await open(page, service.page);
  const beside = page.locator('#dialled');
  const said = await listen(page);
  await numberField(page).pressSequentially('0044-20.7946/0123');
  assert.equal(await beside.innerText(), 'We will call +44 207 946 0123');
  assert.equal(await numberField(page).inputValue(), '0044-20.7946/0123');
  await accessible(page, 'number shown');
  await page.getByLabel('Text', { exact: true }).check();
  assert.equal(await beside.innerText(), 'We will text +44 207 946 0123');
  assert.match((await numberField(page).getAttribute('aria-describedby')) ?? '', /\bdialled\b/);
  assert.equal(await numberField(page).inputValue(), '0044-20.7946/0123');

  // What becomes of a national number only the service knows: it is shown with its answer.
  await numberField(page).fill('020 7946 0123');
  assert.equal(await beside.textContent(), 'We use your number for nothing else.');
  await countryField(page).selectOption('GB');
  await page.getByLabel('Call', { exact: true }).check();
  await button(page, 'Call me now').click();
  await atCode(page);
  assert.equal(await page.locator('.who .number').innerText(), '+44 207 946 0123');
  await button(page, 'Change').click();
  await arrived(page, 'Verify your phone number');
  assert.equal(await numberField(page).inputValue(), '020 7946 0123');
  assert.deepEqual((await said()).filter((text) => text.includes('We will')), []);
});

walk('A7 A8: what was typed stays after every fault, and each fault says what is missing', async ({ page, service }) => {
  await open(page, service.page);
  await countryField(page).selectOption('GB');
  for (const [typed, words] of /** @type {const} */ ([
    ['', 'Enter a phone number'],
    ['+316123', 'Some digits are missing'],
    ['+44 20 7946 0000 0000', 'There are too many digits'],
    ['+44 20 7946 0000 ext. 9', 'Leave out the extension'],
    ['+999 20 7946 0000', 'Check the country code'],
    ['+1 555 555 5555', 'There is no such number'],
  ])) {
    await numberField(page).fill(typed);
    await button(page, 'Call me now').click();
    await faulted(page, 'phone-number', words);
    assert.equal(await numberField(page).inputValue(), typed);
  }
});

walk('A4: a number is pasted with everything that came along', async ({ page, service, number }) => {
  await open(page, service.page);
  await page.evaluate((text) => {
    const source = document.createElement('textarea');
    source.id = 'source';
    source.value = text;
    document.body.append(source);
    source.select();
  }, `\u202Atel:${number.replaceAll(' ', '\u00A0')}\u202C\n`);
  await page.keyboard.press('ControlOrMeta+c');
  await page.evaluate(() => document.querySelector('#source')?.remove());
  await numberField(page).focus();
  await page.keyboard.press('ControlOrMeta+v');
  await button(page, 'Call me now').click();
  await atCode(page);
  await service.newest(number);
});

walk('A15: the service has the last word, and it is the page’s word wherever the page gives one', async ({ service }) => {
  const { regions } = /** @type {Config} */ (await (await fetch(`${service.page}config`)).json());
  /** @type {{ input: string, region: string | null }[]} */
  const rows = JSON.parse(readFileSync(new URL('../../../backend/crates/verification/fixtures/phone-numbers.json', import.meta.url), 'utf8'));
  const sample = [...rows.filter((_, index) => index % 15 === 0), { input: '', region: 'GB' }, { input: ' () ', region: null }, { input: '020 7946 0000', region: null }];
  let agreed = 0;
  for (const { input, region } of sample) {
    const response = await fetch(`${service.page}verifications`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ phone_number: input, ...(region ? { region } : {}) }),
    });
    const answer = /** @type {any} */ (await response.json());
    const [fault] = missing({ phoneNumber: input, region: region ?? '', channel: 'voice' });
    const claim = dialled(input, regions);
    if (fault) assert.equal(answer.errors?.[0]?.pointer, `#/${fault.field}`, input);
    if (claim !== null && response.status === 201) assert.equal(answer.phone_number, claim, input);
    agreed += Number(Boolean(fault) || (claim !== null && response.status === 201));
  }
  assert.ok(agreed >= 20, `compared ${agreed} of ${sample.length}`);
});

walk('A33 A37: the help names every cause a person can look into, and what to do when nothing works', async ({ page, service, mobile }) => {
  await open(page, service.page);
  await askAndArrive(page, mobile);
  await page.getByText('Didn’t get a call?').click();
  const causes = await page.locator('details.help li').allInnerTexts();
  for (const cause of [/number above is right/, /silent/, /block callers/, /another country/, /landline/, /voicemail/, /text message instead/, /another way to confirm/]) {
    assert.ok(causes.some((text) => cause.test(text)), `${cause} in ${causes.join(' | ')}`);
  }
  await askAgain(page, 'Text me instead');
  await page.getByText('Didn’t get a message?').click();
  await accessible(page, 'help after a message');
  const others = await page.locator('details.help li').allInnerTexts();
  for (const cause of [/unknown senders/, /Landlines/, /Ask for a call instead/, /another way to confirm/]) assert.ok(others.some((text) => cause.test(text)), `${cause} in ${others.join(' | ')}`);
});

walk('A34: who calls is said where it is known', { own: { MESSAGEBIRD_ORIGINATOR: '+442079460999' } }, async ({ page, service, number }) => {
  await open(page, service.page);
  await askAndArrive(page, number);
  assert.equal(await page.locator('#code-note').innerText(), 'The call comes from +44 20 7946 0999.');
  await page.getByText('Didn’t get a call?').click();
  assert.deepEqual((await page.locator('details.help li').allInnerTexts()).filter((text) => /another country|comes from/.test(text)), [], 'said once');
  await accessible(page, 'caller known');
});

walk('what is to be expected of the call is said below the field, and read with it', async ({ page, service }) => {
  const number = '+44 20 7946 0694';
  await open(page, service.page);
  await askAndArrive(page, number);
  const note = page.locator('#code-note');
  assert.equal(await note.innerText(), 'Pick up, even if you don’t know the number.');
  assert.match((await page.locator('#code').getAttribute('aria-describedby')) ?? '', /\bcode-note\b/);
  await service.answer(number);
  await headingOf(page, 'Enter the code you hear').waitFor();
  assert.equal(await note.innerText(), 'The code is read out three times.');
  await accessible(page, 'answered');
});

walk('A38: before another code is asked for, the page says what becomes of the first', async ({ page, service, number }) => {
  await open(page, service.page);
  await askAndArrive(page, number);
  await page.getByText('Didn’t get a call?').click();
  assert.ok((await page.locator('details.help li').allInnerTexts()).includes('A new code replaces the old one.'));
  const said = await listen(page);
  await askAgain(page, 'Call me again');
  assert.ok((await said()).some((text) => text.endsWith('Only the newest code works.')));
});

walk('A59 A79: what happens to the number can be read on every step, in the same place', async ({ page, service, number }) => {
  await open(page, service.page);
  const words = page.getByText('Privacy', { exact: true });
  const last = async () => {
    const text = await page.locator('details.privacy').textContent();
    for (const part of [/telephone company/, /keep no copy/, /did not ask for/, /forwarded or overheard/]) assert.match(text ?? '', part);
    return words.boundingBox();
  };
  const afterPhone = await last();
  await askAndArrive(page, number);
  const afterCode = await last();
  await enter(page, (await service.newest(number)).code);
  await arrived(page, 'Number verified');
  await words.click();
  await accessible(page, 'words on privacy');
  await words.click();
  assert.deepEqual([afterPhone, afterCode], [await last(), afterPhone]);
});
