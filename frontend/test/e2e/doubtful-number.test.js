/** Numbers that may be two, end in an extension, or cannot be sent what was asked for: what the page asks and does. */

import assert from 'node:assert/strict';
import { accessible } from './support/accessible.js';
import { arrived, ask, atCode, button, enter, numberField, open } from './support/steps.js';
import { walks } from './support/walk.js';

const walk = walks({ GUARD_COOLDOWNS: '1s' });

walk('digits that are two numbers: the page asks with two buttons, and calls the one that is chosen', { locale: 'en-GB' }, async ({ page, service, requests }) => {
  await open(page, service.page);
  await page.locator('#region').selectOption('DE');
  await ask(page, '4915123456789');
  await page.getByText('Which number is yours?').waitFor();
  await page.getByText('This can be two numbers. Choose yours').waitFor();
  const mobile = button(page, '+49 151 234 567 89');
  await button(page, '+49 491 512 345 6789').waitFor();
  await accessible(page, 'two numbers');
  assert.deepEqual(await service.messages('+4915123456789'), []);
  await mobile.click();
  await atCode(page);
  assert.equal((await service.messages('+4915123456789')).length, 1);
  assert.deepEqual(await service.messages('+494915123456789'), []);
  assert.equal(requests.filter((request) => request === 'POST /verifications').length, 2);
});

walk('the question goes away when something else is typed', async ({ page, service }) => {
  await open(page, service.page);
  await page.locator('#region').selectOption('DE');
  await ask(page, '4915123456789');
  await page.getByText('Which number is yours?').waitFor();
  await numberField(page).fill('+44 20 7946 0123,9');
  await button(page, 'Call me now').click();
  await page.getByText('Leave out the extension').waitFor();
  assert.equal(await page.getByText('Which number is yours?').isVisible(), false);
});

walk('a message to a landline becomes a call, and the page says why', async ({ page, service, number }) => {
  await open(page, service.page);
  await ask(page, number, 'sms');
  await page.getByText('Text messages do not reach a landline.').first().waitFor();
  assert.ok(await page.locator('#channel-voice').isChecked());
  assert.deepEqual(await service.messages(number), []);
  await accessible(page, 'landline');
  await button(page, 'Call me now').click();
  await atCode(page);
  assert.equal((await service.newest(number)).channel, 'voice');
});

walk('a message instead of a call, to a landline: nothing is sent, the code of the call still counts', async ({ page, service, number }) => {
  await open(page, service.page);
  await ask(page, number);
  await atCode(page);
  await button(page, 'Text me instead').and(page.locator(':not([aria-disabled])')).click();
  await page.getByText('Text messages do not reach a landline.').first().waitFor();
  await accessible(page, 'no message instead');
  assert.equal((await service.messages(number)).length, 1);
  await enter(page, (await service.newest(number)).code);
  await arrived(page, 'Number verified');
});
