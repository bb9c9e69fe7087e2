/** The page in the small hours, before midnight, on a leap day and far from here, on any machine at any time. */

import assert from 'node:assert/strict';
import { askAndArrive } from './support/steps.js';
import { walks } from './support/walk.js';

const walk = walks();

/** Zone and local moment. */
const MOMENTS = /** @type {const} */ ([
  ['UTC', '2026-11-26T02:13:30Z'],
  ['UTC', '2026-12-31T23:59:30Z'],
  ['Europe/Amsterdam', '2028-02-29T12:00:30+01:00'],
  ['Asia/Kathmandu', '2026-11-26T02:13:30+05:45'],
  ['Pacific/Apia', '2028-02-29T23:59:30+13:00'],
]);

for (const [timezoneId, moment] of MOMENTS) {
  walk(`A29: how long the code still works is a duration, the same in ${timezoneId} at ${moment}`, { timezoneId }, async ({ page, service, number }) => {
    // The clock stands still, so that it makes no difference how long the machine takes.
    const begin = new Date(moment);
    await page.clock.install({ time: begin });
    await page.clock.pauseAt(new Date(begin.getTime() + 1000));
    await page.goto(service.page);
    await page.locator('#phone-number').waitFor();
    await askAndArrive(page, number);
    assert.match(await page.locator('#code-note').innerText(), /^(Pick up|The code is read out)/);
    await page.clock.fastForward(600_000 - 119_000);
    await page.locator('#code-note', { hasText: /^The code stops working in 1:5[89]\.$/ }).waitFor();
  });
}
