/** The page as such: its policy, its files, its behaviour without scripts, at odd sizes and in odd colours. */

import assert from 'node:assert/strict';
import { accessible } from './support/accessible.js';
import { arrived, ask, askAndArrive, codeField, faulted, headingOf, numberField, open } from './support/steps.js';
import { walks } from './support/walk.js';

/** @import { Page } from 'playwright-core' */

const walk = walks({ GUARD_COOLDOWNS: '1s' });

walk('B30 A45: the page’s policy holds: no inline script, no HTML from strings, no other origin', { forgive: /^policy|Content Security Policy|Trusted ?(Type|HTML|Script)|Fetch API cannot load/ }, async ({ page, service }) => {
  const response = await page.goto(service.page);
  const headers = response?.headers() ?? {};
  const policy = headers['content-security-policy'] ?? '';
  for (const part of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "base-uri 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'", "trusted-types 'none'"]) {
    assert.ok(policy.includes(part), `${policy} says ${part}`);
  }
  assert.doesNotMatch(policy, /unsafe-|\*/);
  assert.equal(headers['x-content-type-options'], 'nosniff');
  assert.equal(headers['referrer-policy'], 'no-referrer');
  assert.match(headers['cache-control'] ?? '', /no-cache/);

  await numberField(page).waitFor();
  const attempts = await page.evaluate(async () => {
    /** @param {() => unknown} act */
    const refused = async (act) => {
      try {
        await act();
        return false;
      } catch {
        return true;
      }
    };
    const script = document.createElement('script');
    const inline = await refused(() => {
      script.textContent = 'document.title = "inline"';
      document.body.append(script);
    });
    const painted = document.createElement('p');
    painted.setAttribute('style', 'color: rgb(1, 2, 3)');
    document.body.append(painted);
    return {
      html: await refused(() => (document.body.innerHTML = '<p>x')),
      elsewhere: await refused(() => fetch('http://127.0.0.1:9/')),
      inline: inline || document.title !== 'inline',
      style: getComputedStyle(painted).color !== 'rgb(1, 2, 3)',
    };
  });
  assert.deepEqual(attempts, { html: true, elsewhere: true, inline: true, style: true });
});

walk('B36: what is not for visitors is not served, and an unknown file is not the page', async ({ service }) => {
  for (const path of ['package.json', 'package-lock.json', 'tsconfig.json', 'phone-verification.d.ts', '.htmlvalidate.json', 'node_modules/typescript/package.json', 'test/e2e/page.test.js', 'none.css', 'elements/', 'elements']) {
    const response = await fetch(service.page + path);
    assert.ok(response.status >= 400 && response.status < 500, `${path}: ${response.status}`);
    assert.match(response.headers.get('content-type') ?? '', /^application\/problem\+json/);
    await response.body?.cancel();
  }
});

walk('A1 A2 A3 A6 A20 A21 A50: the fields are what browsers, managers and readers expect', async ({ page, service, number }) => {
  await open(page, service.page);
  const phone = numberField(page);
  assert.deepEqual(await attributes(phone, ['type', 'autocomplete', 'placeholder', 'maxlength', 'pattern']), ['tel', 'tel', null, null, null]);
  const before = await page.locator('.root').evaluate((root) => {
    const why = root.querySelector('.why');
    const submit = root.querySelector('[type=submit]');
    return Boolean(why && submit && why.compareDocumentPosition(submit) & Node.DOCUMENT_POSITION_FOLLOWING);
  });
  assert.ok(before, 'A3: why, before the button');
  await askAndArrive(page, number);
  assert.deepEqual(await attributes(codeField(page), ['type', 'inputmode', 'autocomplete', 'placeholder', 'maxlength', 'pattern']), ['text', 'numeric', 'one-time-code', null, null, null]);
  assert.equal(await page.locator('[autocomplete=one-time-code]').count(), 1);
});

walk('A11 A12 A14: the countries are those of the service, by name, in order', async ({ page, service }) => {
  await open(page, service.page);
  const response = await fetch(`${service.page}config`);
  const config = /** @type {{ regions: { region: string }[] }} */ (await response.json());
  const listed = await page.locator('#region option').evaluateAll((options) => options.map((option) => ({ value: option.getAttribute('value') ?? '', text: option.textContent ?? '' })));
  assert.deepEqual(listed.slice(1).map(({ value }) => value).sort(), config.regions.map(({ region }) => region).sort());
  assert.equal(listed[0]?.text, 'Choose a country');
  const names = listed.slice(1).map(({ text }) => text.replace(/ \(.*/, ''));
  // Likely ones first: the browser asks for British English.
  assert.equal(names[0], 'United Kingdom');
  assert.deepEqual(names.slice(1), names.slice(1).sort(new Intl.Collator('en').compare));
  assert.match(listed.find(({ value }) => value === 'NL')?.text ?? '', /^Netherlands \(\u200E\+31\u200E\)$/);
});

walk('A13: a browser that names a country begins with it, another begins with none', { locale: 'en-NL' }, async ({ page, service }) => {
  await open(page, service.page);
  assert.equal(await page.locator('#region').inputValue(), 'NL');
});

walk('A73: without scripts the page says so', { javaScriptEnabled: false }, async ({ page, service }) => {
  await page.goto(service.page);
  await headingOf(page, 'Verify your phone number').waitFor();
  const words = await page.locator('main').innerText();
  assert.match(words, /needs JavaScript/);
  assert.doesNotMatch(words, /could not be loaded/);
  await page.evaluate(() => {
    // axe takes for hidden what stands in `noscript`, and yields by timers, which never end here.
    const scriptless = document.querySelector('noscript');
    scriptless?.replaceWith(...scriptless.childNodes);
    Object.assign(window, { setTimeout: (/** @type {() => void} */ callback, delay = 0) => void (delay < 1000 && Promise.resolve().then(callback)) });
  });
  await accessible(page, 'without scripts');
});

walk('A73: when its modules do not come the page says so after a while', { forgive: /net::ERR_FAILED|preload/ }, async ({ page, service }) => {
  await page.route('**/main.js', (route) => route.abort());
  await page.goto(service.page);
  const fallback = page.locator('.fallback');
  await fallback.evaluate((element) => element.getAnimations({ subtree: true }).forEach((animation) => animation.finish()));
  assert.equal(await fallback.innerText(), 'Verify your phone number\n\nThis page could not be loaded. Load it again, or come back in a moment.');
  await fallback.getByText('Load it again').waitFor();
  await accessible(page, 'without modules');
});

for (const [name, viewport] of /** @type {const} */ ([['320 CSS pixels', { width: 320, height: 256 }], ['a large screen', { width: 1600, height: 1000 }]])) {
  walk(`A52 A57: at ${name} nothing scrolls sideways and everything can be hit`, { viewport }, async ({ page, service, number }) => {
    await open(page, service.page);
    await fits(page);
    await ask(page, '');
    await faulted(page, 'phone-number', 'Enter a phone number');
    await fits(page);
    await askAndArrive(page, number);
    await page.getByText('Didn’t get a call?').click();
    await fits(page);
  });
}

walk('A53: wide text spacing loses nothing', async ({ page, service, number }) => {
  await open(page, service.page);
  await askAndArrive(page, number);
  await page.locator('.root').evaluate((root) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync('* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; } p { margin-bottom: 2em !important; }');
    /** @type {ShadowRoot} */ (root.getRootNode()).adoptedStyleSheets.push(sheet);
  });
  await fits(page);
  const clipped = await page.locator('.root').evaluate((root) => [...root.querySelectorAll('button, p, label, h1')]
    .filter((element) => !element.closest('.visually-hidden, .ghost') && element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).display !== 'inline')
    .map((element) => element.textContent));
  assert.deepEqual(clipped, []);
});

walk('A70 A71: forced colours and reduced motion', { forcedColors: 'active', reducedMotion: 'reduce' }, async ({ page, service, number }) => {
  await open(page, service.page);
  await askAndArrive(page, number);
  assert.equal(await page.locator('.root').evaluate((root) => root.getAnimations({ subtree: true }).length), 0);
  await accessible(page, 'forced colours');
});

walk('A43: the live region is there before anything is said', async ({ page, service }) => {
  await open(page, service.page);
  assert.equal(await page.getByRole('status').count(), 1);
  assert.equal(await page.getByRole('status').textContent(), '');
});

walk('A80: style that does not come keeps nobody out', { forgive: /ERR_FAILED|preload/ }, async ({ page, service, number }) => {
  await page.route('**/styles/steps.css', (route) => route.abort());
  await open(page, service.page);
  await askAndArrive(page, number);
});

walk('A76: storage that is switched off stops nothing', async ({ page, service, number }) => {
  await page.addInitScript(() => {
    Object.defineProperty(window, 'sessionStorage', {
      get() {
        throw new DOMException('denied', 'SecurityError');
      },
    });
  });
  await open(page, service.page);
  await askAndArrive(page, number);
  await codeField(page).fill((await service.newest(number)).code);
  await arrived(page, 'Number verified');
});

walk('A33: help is there, closed at first', async ({ page, service, number }) => {
  await open(page, service.page);
  await askAndArrive(page, number);
  const help = page.locator('details.help');
  assert.equal(await help.getAttribute('open'), null);
  await help.locator('summary').click();
  await page.getByText('Do not disturb').waitFor();
  await accessible(page, 'help');
});

/** @param {import('playwright-core').Locator} locator @param {string[]} names */
function attributes(locator, names) {
  return locator.evaluate((element, wanted) => wanted.map((name) => element.getAttribute(name)), names);
}

/** No sideways scrolling, and every control at least 44 pixels high, or 24 for a radio inside its card. @param {Page} page */
async function fits(page) {
  const found = await page.locator('.root').evaluate((root) => ({
    width: document.documentElement.scrollWidth,
    room: document.documentElement.clientWidth,
    small: [...root.querySelectorAll('button, input, select, summary')]
      .filter((element) => element.checkVisibility() && !element.closest('.visually-hidden'))
      .map((element) => ({ box: (element.closest('.choice, .number-row') ?? element).getBoundingClientRect(), what: element.outerHTML.slice(0, 80) }))
      .filter(({ box }) => box.height < 44 || box.width < 44)
      .map(({ what }) => what),
  }));
  assert.ok(found.width <= found.room, `${found.width} wide in ${found.room}`);
  assert.deepEqual(found.small, []);
}
