/**
 * Where things stand, measured in every language: on a small telephone heading, fields and the one button of each step are
 * on the first screen, and nothing moves when something appears.
 */

import assert from 'node:assert/strict';
import { choose, LOCALES } from './support/languages.js';
import { otherThan } from './support/service.js';
import { open } from './support/steps.js';
import { walks } from './support/walk.js';

/** @import { Page } from 'playwright-core' */

const walk = walks({ GUARD_COOLDOWNS: '1s' });

const SMALL = { viewport: { width: 375, height: 667 } };

/**
 * What of a step must be seen without scrolling, and where it is.
 * @param {Page} page
 */
function measure(page) {
  return page.locator('.root').evaluate((root) => {
    const seen = [...root.querySelectorAll('h1.heading, .number-row, .code, .choices, .button-primary')].filter((element) => element.checkVisibility());
    const boxes = seen.map((element) => {
      const { top, bottom } = element.getBoundingClientRect();
      return { what: element.className.replace(/ (busy|waiting|faulty)/g, ''), top: Math.round(top + scrollY), bottom: Math.round(bottom + scrollY) };
    });
    return { boxes, primary: boxes.filter(({ what }) => what.includes('button-primary')).length, words: root.querySelector('h1.heading')?.textContent ?? '' };
  });
}

/**
 * In each language: all of it on the first screen, one thing to do.
 * @param {Page} page @param {string} step @param {(locale: string, boxes: unknown) => unknown} [and] what else is looked at in it
 */
async function onTheFirstScreen(page, step, and = () => {}) {
  for (const locale of LOCALES) {
    await choose(page, locale);
    const { boxes, primary } = await measure(page);
    const low = boxes.filter(({ bottom }) => bottom > 667);
    assert.deepEqual(low, [], `${step}, ${locale}`);
    assert.equal(primary, step === 'success' ? 0 : 1, `${step}, ${locale}: one thing to do`);
    await and(locale, places({ boxes }));
  }
}

/** In each language: what `change` brings leaves everything else where it was. @param {Page} page @param {string} what @param {(() => Promise<unknown>)[]} changes */
async function nothingMoves(page, what, ...changes) {
  for (const locale of LOCALES) {
    await choose(page, locale);
    const before = await measure(page);
    for (const change of changes) {
      await change();
      const after = await measure(page);
      assert.deepEqual(places(after), places(before), `${what}, ${locale}`);
    }
  }
}

/** In each language: the lesser ways stand in one line, so that what is below them stays when they take the place of the wait. @param {Page} page @param {string} step */
async function waysInOneLine(page, step) {
  for (const locale of LOCALES) {
    await choose(page, locale);
    const tops = await page.locator('.quiet > button:visible').evaluateAll((ways) => ways.map((way) => way.getBoundingClientRect().top));
    assert.equal(tops.length, 2, `${step}, ${locale}`);
    assert.equal(tops[0], tops[1], `${step}, ${locale}: two lines`);
  }
}

/**
 * A heading of one line, rings that keep off its letters, and a button that follows the field closely.
 * @param {Page} page @param {string} where
 */
async function closeTogether(page, where) {
  const measured = await page.locator('.root').evaluate((root) => {
    const heading = /** @type {HTMLElement} */ (root.querySelector('h1.heading'));
    const letters = document.createRange();
    letters.selectNodeContents(heading);
    const words = letters.getBoundingClientRect();
    const mark = root.querySelector('.calling .mark');
    // What goes out beyond the mark stands at a negative distance from its edge.
    const ring = mark ? mark.getBoundingClientRect().bottom - Number.parseFloat(getComputedStyle(mark, '::after').bottom) : null;
    const button = root.querySelector('.button-primary')?.getBoundingClientRect().top ?? 0;
    return {
      lines: Math.round(heading.clientHeight / Number.parseFloat(getComputedStyle(heading).lineHeight)),
      ring: ring === null ? null : words.top - ring,
      gap: button - (root.querySelector('.code')?.getBoundingClientRect().bottom ?? button),
    };
  });
  assert.equal(measured.lines, 1, `${where}: lines of the heading`);
  assert.ok(measured.ring === null || measured.ring >= 8, `${where}: ${measured.ring} px between ring and heading`);
  assert.ok(measured.gap <= 48, `${where}: ${measured.gap} px between code and button`);
}

/** @param {Pick<Awaited<ReturnType<typeof measure>>, 'boxes'>} measured the heading's own lines may be fewer than its room */
const places = ({ boxes }) => boxes.filter(({ what }) => what !== 'heading');

walk('at 375 × 667 the number step is on the first screen in every language, and neither a fault nor the other way moves it', SMALL, async ({ page, service, number }) => {
  await open(page, service.page);
  await onTheFirstScreen(page, 'number', (locale) => closeTogether(page, `number, ${locale}`));
  const send = page.locator('button[type=submit]');
  await nothingMoves(
    page,
    'number',
    () => page.locator('#phone-number').fill(number),
    () => page.locator('#channel-sms').check(),
    () => page.locator('#channel-voice').check(),
    async () => {
      await page.locator('#phone-number').fill('');
      await send.click();
      await page.locator('p.field-error:visible').waitFor();
    },
    async () => {
      await page.locator('#phone-number').fill('020 7946');
      await page.locator('#region').selectOption('');
      await send.click();
      await page.locator('p.field-error:visible').waitFor();
    },
    () => page.locator('#region').selectOption('GB'),
  );
});

walk('at 375 × 667 the code step is on the first screen in every language; a wrong code, its end and how the call fares move nothing', SMALL, async ({ page, service }) => {
  const number = '+44 20 7946 0594';
  await open(page, service.page);
  await page.locator('#phone-number').fill(number);
  await page.locator('button[type=submit]').click();
  await page.locator('phone-verification-code-form.calling').waitFor();
  /** @type {Map<string, unknown>} */
  const calling = new Map();
  // In one round: it rings for forty seconds.
  await onTheFirstScreen(page, 'calling', (locale, boxes) => {
    calling.set(locale, boxes);
    return closeTogether(page, `calling, ${locale}`);
  });
  await service.answer(number);
  await page.locator('phone-verification-code-form:not(.calling)').waitFor();
  await nothingMoves(
    page,
    'code',
    () => page.locator('#code').pressSequentially('12'),
    async () => {
      await page.locator('button[type=submit]').click();
      await page.locator('.code.faulty').waitFor();
    },
    () => page.locator('#code').fill(''),
  );
  await onTheFirstScreen(page, 'answered', (locale) => closeTogether(page, `answered, ${locale}`));
  await waysInOneLine(page, 'answered');
  for (const locale of LOCALES) {
    await choose(page, locale);
    assert.deepEqual(places(await measure(page)), calling.get(locale), `answered, ${locale}`);
  }
  const wrong = otherThan((await service.newest(number)).code);
  for (let left = 5; left > 0; left -= 1) {
    await page.locator('button[type=submit]:not([aria-disabled])').waitFor();
    const before = places(await measure(page));
    const answered = page.waitForResponse('**/check');
    await page.locator('#code').fill('');
    await page.locator('#code').fill(wrong);
    await answered;
    if (left > 1) {
      await page.locator('.code.faulty').waitFor();
      assert.deepEqual(places(await measure(page)), before, 'wrong code');
    }
  }
  await page.locator('.mark-ended').waitFor();
  await onTheFirstScreen(page, 'ended');
  await page.locator('.main > .button-primary:not([aria-disabled])').click();
  await page.locator('#code').waitFor();
  await page.locator('#code').fill((await service.newest(number)).code);
  await page.locator('.mark-done').waitFor();
  await onTheFirstScreen(page, 'success');
});

walk('at 375 × 667 a call that came to nothing, and a problem, are on the first screen in every language', SMALL, async ({ page, service }) => {
  await open(page, service.page);
  await page.locator('#phone-number').fill('+44 20 7946 0591');
  await page.locator('button[type=submit]').click();
  await page.locator('#code').waitFor();
  await service.advance(3);
  await page.locator('phone-verification-code-form.in-vain').waitFor();
  await onTheFirstScreen(page, 'busy');
  await waysInOneLine(page, 'busy');
  await page.locator('[data-change]').click();
  await page.locator('#phone-number').fill('+44 20 7946 0590');
  await page.locator('button[type=submit]').click();
  await page.locator('.mark-alert').waitFor();
  await onTheFirstScreen(page, 'problem');
});

walk('a way that is under way shows it without moving what stands beside it', SMALL, async ({ page, service, number }) => {
  await open(page, service.page);
  await page.locator('#phone-number').fill(number);
  await page.locator('button[type=submit]').click();
  const ways = page.locator('.quiet > button:visible:not([aria-disabled])');
  await ways.nth(1).waitFor();
  const places = () => page.locator('.quiet > button:visible').evaluateAll((all) => all.map((way) => way.getBoundingClientRect().toJSON()));
  const before = await places();
  await page.route('**/resend', () => {});
  await ways.first().click();
  await page.locator('.button-link.busy').waitFor();
  assert.deepEqual(await places(), before);
});
