/** The page under what browsers do to it: words replaced by a translator, a zoom of 400 %, forced colours, a press while something changes. */

import assert from 'node:assert/strict';
import { otherThan } from './support/service.js';
import { open } from './support/steps.js';
import { walks } from './support/walk.js';

/** @import { Page } from 'playwright-core' */

const walk = walks({ GUARD_COOLDOWNS: '60s' });

/** As a browser that translates does: each text is put into two `<font>`, now and whenever another one comes. @param {Page} page */
async function translate(page) {
  await page.locator('.root').evaluate((root) => {
    const done = new WeakSet();
    const put = () => {
      const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
      const texts = [];
      while (walker.nextNode()) texts.push(/** @type {Text} */ (walker.currentNode));
      for (const text of texts) {
        if (done.has(text) || !text.data.trim() || text.parentElement?.closest('[translate=no], option')) continue;
        const inner = document.createElement('font');
        const outer = document.createElement('font');
        const words = new Text(text.data.toUpperCase());
        done.add(words);
        inner.append(words);
        outer.append(inner);
        text.replaceWith(outer);
      }
    };
    put();
    new MutationObserver(put).observe(root, { childList: true, characterData: true, subtree: true });
  });
}

/** What is read on a control or heading. @param {Page} page @param {string} selector */
const words = async (page, selector) => (await page.locator(selector).textContent())?.replace(/\s+/g, ' ').trim();

walk('a page that the browser translates works from the first press on, and says nothing twice', async ({ page, service, number, requests }) => {
  await open(page, service.page);
  await translate(page);
  await page.locator('#phone-number').fill(number);
  await page.locator('#channel-sms').check();
  await page.locator('#channel-voice').check();
  assert.equal(await words(page, 'button[type=submit]'), 'CALL ME NOW');
  await page.locator('button[type=submit]').click();
  await page.locator('#code').waitFor();
  assert.equal(requests.filter((request) => request === 'POST /verifications').length, 1);
  const { code } = await service.newest(number);
  await page.locator('#code').pressSequentially(otherThan(code));
  await page.locator('button[type=submit]').click();
  await page.locator('#code[aria-invalid]').waitFor();
  assert.equal(await words(page, 'p.field-error:visible'), 'ERROR: NOT THE RIGHT CODE. 4 TRIES LEFT');
  await service.answer(number);
  await page.locator('[data-delivery=answered]').waitFor();
  assert.equal(await words(page, '.heading'), 'ENTER THE CODE YOU HEAR');
  await page.locator('#code').fill('');
  await page.locator('#code').pressSequentially(code);
  await page.locator('button[type=submit]').click();
  await page.locator('.mark-done').waitFor();
  assert.equal(await words(page, '.heading'), 'NUMBER VERIFIED');
});

walk('the first press counts though it changes the country, and though the words below the finger are replaced', async ({ page, service, mobile, requests }) => {
  await open(page, service.page);
  assert.equal(await page.locator('#region').inputValue(), 'GB');
  await page.locator('#phone-number').pressSequentially(mobile);
  const submit = page.locator('button[type=submit]');
  await submit.hover();
  // Where it stands, whatever a press makes it look like.
  const place = () => submit.evaluate((/** @type {HTMLElement} */ { offsetTop, offsetLeft, offsetHeight }) => [offsetTop, offsetLeft, offsetHeight]);
  const before = await place();
  await page.mouse.down();
  assert.deepEqual(await place(), before, 'nothing moved below the finger');
  await submit.evaluate((button) => {
    const text = button.querySelector('.words')?.firstChild;
    if (!(text instanceof Text)) throw new Error('no words');
    const font = document.createElement('font');
    font.append(text.data);
    text.replaceWith(font);
  });
  await page.mouse.up();
  await page.locator('#code').waitFor();
  assert.equal(requests.filter((request) => request === 'POST /verifications').length, 1);
  assert.equal((await words(page, '.number'))?.replace(/\D/g, ''), mobile.replace(/\D/g, ''));
});

walk('at a zoom of 400 % a field stays on screen with its error', { viewport: { width: 320, height: 256 } }, async ({ page, service, number }) => {
  await open(page, service.page);
  const both = async (/** @type {string} */ field) => {
    const boxes = await Promise.all([field, 'p.field-error:visible'].map((selector) => page.locator(selector).boundingBox()));
    for (const box of boxes) assert.ok(box && box.y >= 0 && box.y + box.height <= 256, `${field}: ${JSON.stringify(boxes)}`);
  };
  await page.locator('#phone-number').fill('020');
  await page.locator('button[type=submit]').click();
  await page.locator('#phone-number[aria-invalid]').waitFor();
  await both('.number-row');
  await page.locator('#phone-number').fill(number);
  await page.locator('button[type=submit]').click();
  await page.locator('#code').waitFor();
  await page.locator('#code').pressSequentially(otherThan((await service.newest(number)).code));
  await page.locator('button[type=submit]').click();
  await page.locator('#code[aria-invalid]').waitFor();
  await both('.code');
});

walk('with forced colours the button that waits shows how much of the wait is over, and the primary one stands out', { forcedColors: 'active' }, async ({ page, service }) => {
  await open(page, service.page);
  const look = (/** @type {string} */ selector) => page.locator(selector).evaluate((element) => {
    const { borderTopWidth, borderTopStyle, backgroundImage } = getComputedStyle(element);
    return { borderTopWidth, borderTopStyle, drawn: backgroundImage !== 'none' };
  });
  assert.deepEqual(await look('button[type=submit]'), { borderTopWidth: '3px', borderTopStyle: 'solid', drawn: false });
  await page.locator('#phone-number').fill('+44 20 7946 0791');
  await page.locator('button[type=submit]').click();
  await page.locator('#code').waitFor({ state: 'attached' });
  await service.advance(3);
  await page.locator('.main .button.waiting').waitFor();
  assert.deepEqual(await look('.main .button.waiting'), { borderTopWidth: '3px', borderTopStyle: 'solid', drawn: true });
});
