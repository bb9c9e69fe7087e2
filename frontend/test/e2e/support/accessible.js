/**
 * What a machine can find of accessibility: axe on the page as it stands, in both schemes and in both directions.
 */

import assert from 'node:assert/strict';
import axe from 'axe-core';

/** @import { Page } from 'playwright-core' */

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** @typedef {'ltr' | 'rtl'} Direction */

/**
 * No violation of WCAG 2.2 AA or of axe's best practices: in light and in dark, from left to right and from right
 * to left, whatever the language (A51, A70, A72).
 * @param {Page} page @param {string} state named in the failure
 * @param {readonly string[]} [theirs] rules that markup of others breaks, which is not ours to mend
 */
export async function accessible(page, state, theirs = []) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source);
  for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
    // Without motion, so that no colour is measured half way through a change.
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    for (const direction of /** @type {const} */ (['ltr', 'rtl'])) {
      /** @type {Awaited<ReturnType<typeof lookAt>>} */
      const found = await page.evaluate(lookAt, { direction, tags: TAGS, theirs });
      assert.deepEqual(found, { directions: [direction], violations: [] }, `${state}, ${colorScheme}, ${direction}`);
    }
  }
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
}

/**
 * Runs in the page: turns it to a direction at the places where the page itself does, has axe look, and turns it back.
 * @param {{ direction: Direction, tags: string[], theirs: readonly string[] }} options
 */
async function lookAt({ direction, tags, theirs }) {
  const { run } = /** @type {{ axe: typeof axe }} */ (/** @type {unknown} */ (window)).axe;
  const roots = [...document.querySelectorAll('phone-verification')].flatMap(({ shadowRoot }) => shadowRoot?.querySelector('.root') ?? []);
  const turned = [document.documentElement, ...roots];
  const before = turned.map((element) => element.getAttribute('dir'));
  const turn = () => turned.filter((element) => element.getAttribute('dir') !== direction).forEach((element) => element.setAttribute('dir', direction));
  turn();
  // The page says its direction again with whatever happens to it, such as news of the call.
  const held = new MutationObserver(turn);
  for (const element of turned) held.observe(element, { attributeFilter: ['dir'] });
  const { violations } = await run({ runOnly: tags, resultTypes: ['violations'], rules: Object.fromEntries(theirs.map((rule) => [rule, { enabled: false }])) });
  const directions = [...new Set(turned.map((element) => getComputedStyle(element).direction))];
  held.disconnect();
  turned.forEach((element, index) => {
    const own = before[index];
    if (typeof own === 'string') element.setAttribute('dir', own);
    else element.removeAttribute('dir');
  });
  return { directions, violations: violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join(' | ')}`) };
}
