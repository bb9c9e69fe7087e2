/** What browsers and people do to a page: press twice, go away and come back, open it twice, lose the line. */

import assert from 'node:assert/strict';
import { accessible } from './support/accessible.js';
import { arrived, askAndArrive, atCode, button, CODE_HEADING, codeField, complained, enter, headingOf, numberField, open, ready, summary, typeCode } from './support/steps.js';
import { listen, walks } from './support/walk.js';

const walk = walks({ GUARD_COOLDOWNS: '1s' });

walk('A74: a double press asks for one call, checks once and asks again once', async ({ page, service, number, requests }) => {
  await open(page, service.page);
  await numberField(page).fill(number);
  await button(page, 'Call me now').dblclick();
  await atCode(page);
  const resent = page.waitForResponse('**/resend');
  await ready(page, 'Call me again').dblclick();
  await resent;
  await page.locator('.stage[aria-busy=false]').waitFor();
  await typeCode(page, (await service.newest(number)).code);
  await button(page, 'Verify').dblclick();
  await arrived(page, 'Number verified');
  assert.deepEqual(requests.filter((request) => request.startsWith('POST')), ['POST /verifications', 'POST /verifications/{id}/resend', 'POST /verifications/{id}/check']);
  assert.equal((await service.messages(number)).length, 2);
});

walk('A76: leaving for another page and coming back by Back finds the code step, and nothing is sent again', async ({ page, service, number, requests }) => {
  await open(page, service.page);
  await askAndArrive(page, number);
  await page.goto('about:blank');
  await page.goBack();
  await headingOf(page, CODE_HEADING).waitFor();
  await enter(page, (await service.newest(number)).code);
  await arrived(page, 'Number verified');
  assert.equal(requests.filter((request) => request === 'POST /verifications').length, 1);
});

walk('A76: a reload before anything was sent asks nothing and begins anew', async ({ page, service, number, requests }) => {
  await open(page, service.page);
  await numberField(page).fill(number);
  await page.reload();
  await numberField(page).waitFor();
  assert.deepEqual(requests, ['GET /config', 'GET /config']);
  await askAndArrive(page, number);
});

walk('A76: two tabs with two numbers do not know of each other', async ({ page, context, service, number }) => {
  const other = await context.newPage();
  const second = number.replace(/\d\d$/, '89');
  await open(page, service.page);
  await open(other, service.page);
  await askAndArrive(page, number);
  await other.bringToFront();
  await askAndArrive(other, second);
  await enter(other, (await service.newest(second)).code);
  await arrived(other, 'Number verified');
  await page.bringToFront();
  await headingOf(page, CODE_HEADING).waitFor();
  await enter(page, (await service.newest(number)).code);
  await arrived(page, 'Number verified');
});

walk('A75: a line that is lost in the code step takes nothing, says nothing by itself, and is named on the next press', { forgive: /net::ERR_INTERNET_DISCONNECTED/ }, async ({ page, context, service, number }) => {
  await open(page, service.page);
  await askAndArrive(page, number);
  const { code } = await service.newest(number);
  await typeCode(page, code.slice(0, 3));
  await context.setOffline(true);
  await page.evaluate(() => window.dispatchEvent(new Event('offline')));
  assert.equal(await summary(page).count(), 0);
  await codeField(page).pressSequentially(code.slice(3));
  const said = await listen(page);
  await button(page, 'Verify').click();
  await complained(page, 'You are offline');
  await accessible(page, 'offline, code');
  assert.equal(await codeField(page).inputValue(), code);
  await context.setOffline(false);
  assert.ok(!(await said()).includes('Number verified'));
  await headingOf(page, CODE_HEADING).waitFor();
  await button(page, 'Verify').click();
  await arrived(page, 'Number verified');
});

walk('A77 A78: from the first request to the last everything stays on one origin, and no address carries a number or code', async ({ page, context, service, number }) => {
  /** @type {string[]} */
  const addresses = [];
  page.on('request', (request) => addresses.push(request.url()));
  await open(page, service.page);
  await askAndArrive(page, number);
  const { code } = await service.newest(number);
  await enter(page, code);
  await arrived(page, 'Number verified');
  const origin = new URL(service.page).origin;
  assert.deepEqual([...new Set(addresses.map((address) => new URL(address).origin))], [origin]);
  assert.deepEqual(await context.cookies(), []);
  const digits = number.replace(/\D/g, '');
  for (const address of [...addresses, page.url(), await page.title()]) {
    assert.ok(!address.includes(digits) && !address.includes(code), address);
  }
  const kept = await page.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }, history.state]));
  assert.ok(!kept.includes(digits.slice(2)) && !kept.includes(code));
});

walk('A56: whatever has the focus shows it, and nothing lies above it', { viewport: { width: 320, height: 400 } }, async ({ page, service, number }) => {
  await open(page, service.page);
  await askAndArrive(page, number);
  for (let stop = 0; stop < 4; stop += 1) {
    await page.keyboard.press('Tab');
    const seen = await page.evaluate(() => {
      const deepest = (/** @type {DocumentOrShadowRoot} */ root, /** @type {(root: DocumentOrShadowRoot) => Element | null} */ find) => {
        let found = find(root);
        while (found?.shadowRoot && find(found.shadowRoot)) found = find(found.shadowRoot);
        return found;
      };
      const element = deepest(document, (root) => root.activeElement);
      if (!element) return null;
      const box = element.getBoundingClientRect();
      const above = deepest(document, (root) => root.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2));
      const { outlineStyle, outlineWidth } = getComputedStyle(element);
      return { what: element.outerHTML.slice(0, 80), uncovered: Boolean(above && (element.contains(above) || above.contains(element))), outline: `${outlineStyle} ${parseFloat(outlineWidth) >= 2}` };
    });
    assert.deepEqual(seen, { ...seen, uncovered: true, outline: 'solid true' });
  }
});

/** Holds the answers of a path back until they are let go. @param {import('playwright-core').Page} page @param {string} path */
async function holdBack(page, path) {
  let letGo = () => {};
  const freed = new Promise((resolve) => (letGo = () => resolve(null)));
  const asked = page.waitForRequest(path);
  await page.route(path, async (route) => {
    const response = await route.fetch();
    await freed;
    await route.fulfill({ response });
  });
  return { asked, letGo };
}

walk('Back while a code is being checked loses no number: it is verified as soon as the answer is there', async ({ page, service, number }) => {
  await open(page, service.page);
  await askAndArrive(page, number);
  const { asked, letGo } = await holdBack(page, '**/check');
  await enter(page, (await service.newest(number)).code);
  await asked;
  await page.goBack();
  await arrived(page, 'Verify your phone number');
  letGo();
  await arrived(page, 'Number verified');
});

walk('Back while another call is being asked for loses no id: the code of that call is the one that works', async ({ page, service, number, requests }) => {
  await open(page, service.page);
  await askAndArrive(page, number);
  const { asked, letGo } = await holdBack(page, '**/resend');
  await ready(page, 'Call me again').click();
  await asked;
  await page.goBack();
  await arrived(page, 'Verify your phone number');
  const answered = page.waitForResponse('**/resend');
  letGo();
  await answered;
  await page.goForward();
  await atCode(page);
  await enter(page, (await service.newest(number)).code);
  await arrived(page, 'Number verified');
  assert.equal((await service.messages(number)).length, 2);
  assert.equal(requests.filter((request) => request.endsWith('/check')).length, 1);
});
