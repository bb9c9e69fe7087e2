/** The page in the small hours, before midnight, on a leap day and far from here, on any machine at any time. */

import assert from 'node:assert/strict';
import { askAndArrive, open } from './support/steps.js';
import { walks } from './support/walk.js';

const walk = walks();

/** Zone and local moment → until when a code of ten minutes works. */
const MOMENTS = /** @type {const} */ ([
  ['UTC', '2026-11-26T02:13:30Z', /^0?2:23$/],
  ['UTC', '2026-12-31T23:59:30Z', /^0?0:09$/],
  ['Europe/Amsterdam', '2028-02-29T12:00:30+01:00', /^12:10$/],
  ['Asia/Kathmandu', '2026-11-26T02:13:30+05:45', /^0?2:23$/],
  ['Pacific/Apia', '2028-02-29T23:59:30+13:00', /^0?0:09$/],
]);

for (const [timezoneId, moment, until] of MOMENTS) {
  walk(`A29: the time at which the code ends is that of ${timezoneId} at ${moment}`, { timezoneId }, async ({ page, service, number }) => {
    // The clock stands still, so that it makes no difference how long the machine takes.
    await page.clock.setFixedTime(new Date(moment));
    await open(page, service.page);
    await askAndArrive(page, number);
    const [, shown = ''] = /^The code works until (\S+)\.$/.exec(await page.locator('.expiry').innerText()) ?? [];
    assert.match(shown, until);
  });
}
