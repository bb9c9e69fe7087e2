/** Time: countdowns, cool-downs, codes that expire. The cool-downs here are those of the service's defaults. */

import assert from 'node:assert/strict';
import { accessible } from './support/accessible.js';
import { arrived, ask, askAgain, askAndArrive, atCode, button, codeField, enter, faulted, headingOf, numberField, open, ready, timed, typeCode } from './support/steps.js';
import { listen, walks } from './support/walk.js';

const walk = walks();

walk('A31 A32: the countdown is the service’s own, is silent, and ends with one sentence', async ({ page, service, number }) => {
  await open(page, service.page, { clock: 'stopped' });
  await askAndArrive(page, number);
  const again = timed(page, 'Call me again');
  // One line until it is ready, and then a button in its place.
  assert.equal(await again.count(), 0);
  assert.equal(await page.getByRole('timer').innerText(), 'New code in 1:00');
  const place = await page.getByRole('timer').boundingBox();
  const said = await listen(page);
  await page.clock.runFor(30_000);
  assert.match(await page.getByRole('timer').innerText(), /0:30$/);
  assert.deepEqual((await said()).filter((text) => /another code|seconds|\d:\d\d/.test(text)), []);
  await page.clock.runFor(30_000);
  assert.equal(await again.getAttribute('aria-disabled'), null);
  assert.equal(await page.getByRole('timer').count(), 0);
  const button = await again.boundingBox();
  assert.ok(place && button && Math.abs(button.y + button.height / 2 - place.y - place.height / 2) < 2, 'in its place');
  const all = await said();
  assert.deepEqual(all.filter((text) => text.includes('another code')), ['You can ask for another code now.']);
  assert.ok(all.length <= 3, `said in a minute: ${all.join(' | ')}`);
});

walk('A31: a press that comes too early says how long to wait, and asks nothing', { own: { GUARD_COOLDOWNS: '60s' } }, async ({ page, service, requests }) => {
  await open(page, service.page, { clock: 'stopped' });
  await askAndArrive(page, '+44 20 7946 0091');
  await service.advance(3);
  await page.clock.runFor(2_500);
  await headingOf(page, 'The line was busy').waitFor();
  const said = await listen(page);
  // `force`: a person can press what is only said to be disabled.
  await timed(page, 'Call me again').click({ force: true });
  assert.match((await said()).join(), /^New code in 0:(0\d|1[0-5])$/);
  assert.equal(requests.filter((request) => request.endsWith('/resend')).length, 0);
});

walk('A31: after a call that came to nothing the next one may follow after fifteen seconds, which its button counts', { own: {} }, async ({ page, service }) => {
  await open(page, service.page, { clock: 'stopped' });
  await askAndArrive(page, '+44 20 7946 0091');
  assert.match(await page.getByRole('timer').innerText(), /1:00$/);
  await service.advance(3);
  await page.clock.runFor(2_500);
  await headingOf(page, 'The line was busy').waitFor();
  assert.match(await timed(page, 'Call me again').innerText(), /^Call me again\s0:(0\d|1[0-5])$/);
  assert.equal(await page.getByRole('timer').count(), 0, 'said once');
  await page.clock.runFor(15_500);
  await ready(page, 'Call me again').waitFor();
  assert.equal((await button(page, 'Call me again').innerText()).trim(), 'Call me again');
});

walk('A31: when the service says wait, the page shows its sentence and counts its seconds', async ({ page, service, number }) => {
  await open(page, service.page, { clock: 'stopped' });
  await askAndArrive(page, number);
  await page.clock.runFor(62_000);
  await ready(page, 'Call me again').click();
  await page.locator('.summary').waitFor();
  assert.match(await page.getByRole('timer').innerText(), /in (0:\d\d|1:0\d)$/);
  await page.clock.resume();
  await accessible(page, 'resend refused');
  await enter(page, (await service.newest(number)).code);
  await arrived(page, 'Number verified');
});

walk('changing the number is no trap: the way back stands there, and the same number leads back without a call', async ({ page, service, number, requests }) => {
  await open(page, service.page);
  await askAndArrive(page, number);
  await button(page, 'Change').click();
  await arrived(page, 'Verify your phone number');
  await button(page, 'Back to the code').click();
  await atCode(page);
  await button(page, 'Change').click();
  await numberField(page).waitFor();
  await button(page, 'Call me now').click();
  await atCode(page);
  assert.equal(requests.filter((request) => request === 'POST /verifications').length, 1);
  await enter(page, (await service.newest(number)).code);
  await arrived(page, 'Number verified');
});

walk('a second start for the same number waits on a page of its own, number kept', async ({ page, service, number }) => {
  await open(page, service.page, { clock: 'stopped' });
  await askAndArrive(page, number);
  await page.clock.resume();
  await page.evaluate(() => sessionStorage.clear());
  await page.reload();
  await numberField(page).waitFor();
  await ask(page, number);
  await timed(page, 'Try again').waitFor();
  assert.equal(await timed(page, 'Try again').getAttribute('aria-disabled'), 'true');
  assert.match(await timed(page, 'Try again').innerText(), /^Try again\s(0:\d\d|1:00)$/);
  await accessible(page, 'limited');
  await page.clock.fastForward(61_000);
  await ready(page, 'Try again').waitFor();
  await button(page, 'Use a different number').click();
  await arrived(page, 'Verify your phone number');
  assert.equal(await numberField(page).inputValue(), number);
});

walk('A26: a code that expired at the provider is no dead end', { own: { GUARD_COOLDOWNS: '1s' } }, async ({ page, service, number }) => {
  await open(page, service.page);
  await askAndArrive(page, number);
  const { code } = await service.newest(number);
  await service.advance(601);
  await enter(page, code);
  await arrived(page, 'The code has expired');
  await accessible(page, 'expired');
  assert.equal(await page.locator('.who .number').innerText(), number);
  await askAgain(page, 'Call me again');
  await atCode(page);
  await enter(page, (await service.newest(number)).code);
  await arrived(page, 'Number verified');
});

walk('A29 A55: the time left is shown, said once when it gets short, and its end leads to a new code', async ({ page, service, number }) => {
  await open(page, service.page, { clock: 'stopped' });
  await askAndArrive(page, number);
  await page.locator('#code-note', { hasText: /^Pick up/ }).waitFor();
  const button = page.locator('button[type=submit]');
  const place = await button.boundingBox();
  const said = await listen(page);
  await page.clock.fastForward(600_000 - 118_000);
  await page.locator('#code-note', { hasText: /stops working in 1:5\d/ }).waitFor();
  await page.clock.runFor(5_000);
  assert.deepEqual(await button.boundingBox(), place, 'nothing moves');
  const warnings = (await said()).filter((text) => text.startsWith('The code stops working'));
  assert.deepEqual(warnings, ['The code stops working in less than 2 minutes. You can ask for a new one.']);
  await page.clock.resume();
  await accessible(page, 'code about to expire');
  await page.clock.fastForward(150_000);
  await arrived(page, 'The code has expired');
  await page.getByRole('button', { name: 'Change', exact: true }).click();
  await arrived(page, 'Verify your phone number');
  assert.equal(await numberField(page).inputValue(), number);
});

walk('A55: a code that runs out while it is typed stays there, and the service has the last word', { own: { GUARD_COOLDOWNS: '1s' } }, async ({ page, service, number }) => {
  await open(page, service.page, { clock: 'stopped' });
  await askAndArrive(page, number);
  await typeCode(page, '123');
  await page.clock.fastForward(605_000);
  await page.locator('#code-note', { hasText: 'The code has expired' }).waitFor();
  assert.equal(await codeField(page).inputValue(), '123');
  await service.advance(605);
  await codeField(page).pressSequentially('456');
  await codeField(page).press('Enter');
  await arrived(page, 'The code has expired');
});

walk('a check that comes after too many wrong codes waits on a page of its own and leads back', { own: { GUARD_CHECK_LIMITS: '2/24h' } }, async ({ page, service, number }) => {
  await open(page, service.page);
  await askAndArrive(page, number);
  const { code } = await service.newest(number);
  const wrong = code === '000000' ? '000001' : '000000';
  for (const attempt of [1, 2]) {
    await enter(page, wrong);
    await faulted(page, 'code', `Not the right code. ${5 - attempt} tries left`);
  }
  await enter(page, wrong);
  await timed(page, 'Try again').waitFor();
  await accessible(page, 'too many wrong codes');
  await button(page, 'Back to the code').click();
  await atCode(page);
});
