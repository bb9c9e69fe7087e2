/** Time: countdowns, cool-downs, codes that expire. The cool-downs here are those of the service's defaults. */

import assert from 'node:assert/strict';
import { accessible } from './support/accessible.js';
import { arrived, askAndArrive, button, complained, enter, numberField, open } from './support/steps.js';
import { listen, walks } from './support/walk.js';

const walk = walks();

walk('A31 A32: the countdown is the service’s own, is silent, and ends with one sentence', async ({ page, service, number }) => {
  await open(page, service.page, { clock: 'stopped' });
  await askAndArrive(page, number);
  const again = button(page, 'Call me again');
  assert.equal(await again.getAttribute('aria-disabled'), 'true');
  assert.equal(await page.getByRole('timer').innerText(), 'You can ask for another code in 1:00');
  const said = await listen(page);
  await page.clock.runFor(30_000);
  assert.match(await page.getByRole('timer').innerText(), /0:30$/);
  assert.equal(await again.getAttribute('aria-disabled'), 'true');
  assert.deepEqual((await said()).filter((text) => /another code|seconds|\d:\d\d/.test(text)), []);
  await page.clock.runFor(30_000);
  assert.equal(await again.getAttribute('aria-disabled'), null);
  const all = await said();
  assert.deepEqual(all.filter((text) => text.includes('another code')), ['You can ask for another code now.']);
  assert.ok(all.length <= 3, `said in a minute: ${all.join(' | ')}`);
});

walk('A31: a press that comes too early says how long to wait, and asks nothing', async ({ page, service, number, requests }) => {
  await open(page, service.page, { clock: 'stopped' });
  await askAndArrive(page, number);
  const said = await listen(page);
  // `force`: a person can press what is only said to be disabled.
  await button(page, 'Call me again').click({ force: true });
  assert.match((await said()).join(), /^You can ask for another code in 1:00$/);
  assert.equal(requests.filter((request) => request.endsWith('/resend')).length, 0);
});

walk('A31: after a call that came to nothing the next one may follow after fifteen seconds', { own: {} }, async ({ page, service }) => {
  await open(page, service.page, { clock: 'stopped' });
  await askAndArrive(page, '+44 20 7946 0091');
  assert.match(await page.getByRole('timer').innerText(), /1:00$/);
  await service.advance(3);
  const busy = page.locator('p.progress[data-delivery="busy"]');
  await page.clock.runFor(2_500);
  await busy.waitFor();
  assert.match(await page.getByRole('timer').innerText(), /^You can ask for another code in 0:(0\d|1[0-5])$/);
  await page.clock.runFor(15_500);
  assert.equal(await button(page, 'Call me again').getAttribute('aria-disabled'), null);
});

walk('A31: when the service says wait, the page shows its sentence and counts its seconds', async ({ page, service, number }) => {
  await open(page, service.page, { clock: 'stopped' });
  await askAndArrive(page, number);
  await page.clock.runFor(62_000);
  await button(page, 'Call me again').click();
  await page.locator('.summary').waitFor();
  assert.match(await page.getByRole('timer').innerText(), /in (0:\d\d|1:0\d)$/);
  assert.equal(await button(page, 'Call me again').getAttribute('aria-disabled'), 'true');
  await page.clock.resume();
  await accessible(page, 'resend refused');
  await enter(page, (await service.newest(number)).code);
  await arrived(page, 'Your number is verified');
});

walk('a second start for the same number waits on a page of its own, number kept', async ({ page, service, number }) => {
  await open(page, service.page, { clock: 'stopped' });
  await askAndArrive(page, number);
  await button(page, 'Change number').click();
  await numberField(page).waitFor();
  await button(page, 'Call me with a code').click();
  await button(page, 'Try again').waitFor();
  assert.equal(await button(page, 'Try again').getAttribute('aria-disabled'), 'true');
  assert.match(await page.getByRole('timer').innerText(), /^You can try again in (0:\d\d|1:00)$/);
  await page.clock.resume();
  await accessible(page, 'limited');
  await page.clock.runFor(61_000);
  assert.equal(await button(page, 'Try again').getAttribute('aria-disabled'), null);
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
  assert.match(await page.locator('.root').innerText(), new RegExp(`The next call goes to ${number.replace('+', '\\+')}\\.`));
  await button(page, 'Call me again').and(page.locator(':not([aria-disabled])')).click();
  await arrived(page, 'Enter the code');
  await enter(page, (await service.newest(number)).code);
  await arrived(page, 'Your number is verified');
});

walk('A29 A55: the time left is shown, said once when it gets short, and its end leads to a new code', async ({ page, service, number }) => {
  await open(page, service.page, { clock: 'stopped' });
  await askAndArrive(page, number);
  const expiry = page.locator('.expiry');
  // Which time that is depends on the hour: time-of-day.test.js reads it.
  assert.match(await expiry.innerText(), /^The code works until \d{1,2}:\d\d\.$/);
  const said = await listen(page);
  await page.clock.fastForward(600_000 - 148_000);
  await page.locator('.expiry', { hasText: /stops working in 2:2\d/ }).waitFor();
  await page.clock.runFor(5_000);
  const warnings = (await said()).filter((text) => text.startsWith('The code stops working'));
  assert.deepEqual(warnings, ['The code stops working in less than 3 minutes. You can ask for a new one.']);
  await page.clock.resume();
  await accessible(page, 'code about to expire');
  await page.clock.fastForward(150_000);
  await arrived(page, 'The code has expired');
  await button(page, 'Change number').click();
  await arrived(page, 'Verify your phone number');
  assert.equal(await numberField(page).inputValue(), number);
});

walk('a check that comes after too many wrong codes waits on a page of its own and leads back', { own: { GUARD_CHECK_LIMITS: '2/24h' } }, async ({ page, service, number }) => {
  await open(page, service.page);
  await askAndArrive(page, number);
  const { code } = await service.newest(number);
  const wrong = code === '000000' ? '000001' : '000000';
  for (const attempt of [1, 2]) {
    await enter(page, wrong);
    await complained(page, attempt === 1 ? 'That is not the right code' : 'tries left');
  }
  await enter(page, wrong);
  await button(page, 'Try again').waitFor();
  await accessible(page, 'too many wrong codes');
  await button(page, 'Back to the code').click();
  await arrived(page, 'Enter the code');
});
