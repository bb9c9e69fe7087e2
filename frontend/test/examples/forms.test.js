/**
 * The forms of the examples, as a person fills them in: a browser, a call, a code, and a page that knows the number.
 * What their servers refuse is in `receipts.test.js`.
 */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, visitor } from '../e2e/support/browser.js';
import { ask, codeField, enter, headingOf, open } from '../e2e/support/steps.js';
import { Site, SITES } from './site.js';

/** @import { Browser } from 'playwright-core' */
/** @import { Name } from './site.js' */

const NUMBER = '+442079460555';

/** @type {Browser} */
let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

for (const name of /** @type {Name[]} */ (Object.keys(SITES))) {
  test(`${name}: from an empty form to a number that the site trusts`, async () => {
    const site = await Site.start(name);
    const context = await visitor(browser, {});
    try {
      const page = await context.newPage();
      /** @type {string[]} */
      const addresses = [];
      page.on('request', (request) => addresses.push(request.url()));
      await open(page, site.origin);
      const title = await page.title();
      await headingOf(page, title).waitFor();
      await page.getByLabel('Your name').fill('Ada');

      // Without a proof the form does not leave.
      await page.locator('form > button').click();
      assert.equal(await page.title(), title);
      assert.ok(!addresses.some((address) => address.endsWith(SITES[name].path)));

      await ask(page, NUMBER);
      await codeField(page).waitFor();
      await enter(page, (await site.service.newest(NUMBER)).code);
      await page.locator('phone-verification:state(verified)').waitFor();
      await page.locator('form > button').click();
      await page.getByText(NUMBER).waitFor();
      assert.match(await page.locator('body').innerText(), /Ada/);
      assert.ok(addresses.every((address) => !address.includes('eyJ')), 'no receipt in an address');
    } finally {
      await context.close();
      await site.stop();
    }
  });
}
