/** What travels: how many requests and bytes a visit takes, and that what comes later comes in time, or again. */

import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { codeField, ask, arrived, button, enter, headingOf, numberField, open } from './support/steps.js';
import { walks } from './support/walk.js';

/** @import { Page } from 'playwright-core' */

const walk = walks({ GUARD_COOLDOWNS: '1s' });

/** What comes after the first screen. */
const LATER = /\/(code-form\/[a-z-]+|outcomes|timed-buttons|progress)\.js$/;

/**
 * Writes down what comes over the wire, headers included; what the browser has already is none of it.
 * @param {Page} page
 */
async function traffic(page) {
  const network = await page.context().newCDPSession(page);
  await network.send('Network.enable');
  /** @type {Map<string, { path: string, encoding: string, bytes: number }>} */
  const seen = new Map();
  network.on('Network.requestWillBeSent', ({ requestId, request }) => seen.set(requestId, { path: new URL(request.url).pathname.replace(/^\/assets\/[^/]+/, ''), encoding: 'plain', bytes: 0 }));
  network.on('Network.requestServedFromCache', ({ requestId }) => seen.delete(requestId));
  network.on('Network.responseReceived', ({ requestId, response }) => {
    if (response.fromDiskCache) seen.delete(requestId);
    const entry = seen.get(requestId);
    if (entry) entry.encoding = response.headers['content-encoding'] ?? 'plain';
  });
  network.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const entry = seen.get(requestId);
    if (entry) entry.bytes = encodedDataLength;
  });
  return {
    /** What came since it was asked last. @param {string} name */
    took(name) {
      const all = [...seen.values()];
      seen.clear();
      const bytes = all.reduce((sum, entry) => sum + entry.bytes, 0);
      const encodings = [...new Set(all.map(({ encoding }) => encoding))].join(', ');
      console.log(`page: ${name} ${all.length} requests, ${bytes} bytes with headers (${encodings})`);
      for (const entry of all) console.log(`page:   ${String(entry.bytes).padStart(6)} ${entry.path}`);
      return { requests: all.length, bytes, paths: all.map(({ path }) => path), all };
    },
  };
}

walk('A80: a first visit is 36 requests and 60 KB at most, the next one 2 and 3 KB', async ({ page, service, number }) => {
  const { took } = await traffic(page);
  await open(page, service.page);
  await page.waitForLoadState('networkidle');
  const cold = took('first visit');
  await page.goto('about:blank');
  await open(page, service.page);
  await page.waitForLoadState('networkidle');
  const warm = took('next visit');
  await ask(page, number);
  await codeField(page).waitFor();
  const { code } = await service.newest(number);
  await enter(page, code);
  await arrived(page, 'Number verified');
  const rest = took('the steps after it');

  assert.ok(cold.requests > 5 && cold.requests <= 36, `${cold.requests} requests`);
  assert.ok(cold.bytes > 10_000 && cold.bytes <= 60_000, `${cold.bytes} bytes`);
  // The browser takes Brotli over TLS and from its own machine.
  for (const { path, encoding } of cold.all) assert.equal(encoding, 'br', path);
  assert.ok(warm.requests <= 2 && warm.bytes <= 3_000, `${warm.requests} requests, ${warm.bytes} bytes`);
  const later = rest.paths.filter((path) => /\.(js|css)$/.test(path));
  assert.ok(later.length > 0 && later.every((path) => LATER.test(path)) && new Set(later).size === later.length, `once each: ${later}`);
});

walk('A80: the first screen asks little of the processor: counted, without a clock', async ({ page, service }) => {
  await page.addInitScript(() => {
    // Each reads tables of the language it is made for, which no count of our own code shows.
    const counted = { made: 0 };
    for (const name of /** @type {const} */ (['Collator', 'DateTimeFormat', 'DisplayNames', 'Locale', 'NumberFormat', 'PluralRules'])) {
      const construct = (/** @type {new (...args: unknown[]) => object} */ target, /** @type {unknown[]} */ args) => {
        counted.made += 1;
        return Reflect.construct(target, args);
      };
      Object.assign(Intl, { [name]: new Proxy(Intl[name], /** @type {ProxyHandler<any>} */ ({ construct })) });
    }
    Object.assign(window, { counted });
  });
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Performance.enable');
  await devtools.send('Profiler.enable');
  await devtools.send('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  await open(page, service.page);
  await page.waitForLoadState('networkidle');
  const { result: scripts } = await devtools.send('Profiler.takePreciseCoverage');
  const { metrics } = await devtools.send('Performance.getMetrics');
  const ranges = scripts.filter(({ url }) => url.startsWith(service.page)).flatMap(({ functions }) => functions.flatMap((each) => each.ranges));
  const found = {
    blocks: ranges.reduce((sum, { count }) => sum + count, 0),
    elements: await page.evaluate(() => {
      /** @type {(root: ParentNode) => number} */
      const within = (root) => [...root.querySelectorAll('*')].reduce((sum, { shadowRoot }) => sum + 1 + (shadowRoot ? within(shadowRoot) : 0), 0);
      return within(document);
    }),
    intl: await page.evaluate(() => /** @type {{ counted: { made: number } }} */ (/** @type {unknown} */ (window)).counted.made),
    layouts: metrics.find(({ name }) => name === 'LayoutCount')?.value ?? NaN,
  };
  console.log(`page: first screen ${found.blocks} blocks of code run, ${found.elements} elements, ${found.intl} objects of Intl, ${found.layouts} layouts`);
  // With each country that there is in the list.
  assert.ok(found.blocks > 1_000 && found.blocks <= 12_000, `${found.blocks} blocks`);
  assert.ok(found.elements > 100 && found.elements <= 450, `${found.elements} elements`);
  assert.ok(found.intl > 0 && found.intl <= 8, `${found.intl} objects of Intl`);
  assert.ok(found.layouts > 0 && found.layouts <= 8, `${found.layouts} layouts`);
});

walk('the steps that follow are there before they are needed: who touches the form has them loaded', async ({ page, service, number }) => {
  /** @type {string[]} */
  const order = [];
  page.on('request', (request) => order.push(new URL(request.url()).pathname));
  await open(page, service.page);
  assert.ok(!order.some((path) => LATER.test(path)), 'not on the first screen');
  await Promise.all([page.waitForResponse((response) => LATER.test(response.url())), numberField(page).focus()]);
  await ask(page, number);
  await codeField(page).waitFor();
  const first = order.findIndex((path) => LATER.test(path));
  assert.ok(first > 0 && first < order.indexOf('/verifications'), `${order}`);
});

walk('a step that could not be loaded says so, and comes with the next press, without another call', { forgive: /net::ERR_FAILED/ }, async ({ page, service, number, requests }) => {
  await open(page, service.page);
  await page.route(LATER, (route) => route.abort());
  await ask(page, number);
  await headingOf(page, 'The service cannot be reached').waitFor();
  assert.equal(await button(page, 'Try again').count(), 1);
  await button(page, 'Try again').click();
  await headingOf(page, 'The service cannot be reached').waitFor();
  await page.unroute(LATER);
  await button(page, 'Try again').click();
  await codeField(page).waitFor();
  const { code } = await service.newest(number);
  await enter(page, code);
  await arrived(page, 'Number verified');
  assert.equal(requests.filter((request) => request === 'POST /verifications').length, 1);
});

walk('it also comes by itself when the connection is back', { forgive: /net::ERR_FAILED/ }, async ({ page, service, number }) => {
  await open(page, service.page);
  await page.route(LATER, (route) => route.abort());
  await ask(page, number);
  await headingOf(page, 'The service cannot be reached').waitFor();
  await page.unroute(LATER);
  await page.evaluate(() => window.dispatchEvent(new Event('online')));
  await codeField(page).waitFor();
});

/** The test says when a time is over. */
const END_WAITING = () => {
  const limits = /** @type {AbortController[]} */ ([]);
  AbortSignal.timeout = () => {
    const limit = new AbortController();
    limits.push(limit);
    return limit.signal;
  };
  Object.assign(window, { endWaiting: () => limits.forEach((limit) => limit.abort(new DOMException('', 'TimeoutError'))) });
};

walk('a request for a step that nobody answers has an end, and the next press asks anew', { forgive: /net::ERR_FAILED/ }, async ({ page, service, number, requests }) => {
  await page.addInitScript(END_WAITING);
  await open(page, service.page);
  await page.route(LATER, () => {});
  const answered = page.waitForResponse('**/verifications');
  await ask(page, number);
  await (await answered).finished();
  // What was asked for early ends, and is asked for once more.
  const again = page.waitForRequest(LATER);
  await page.evaluate('endWaiting()');
  await again;
  await page.evaluate('endWaiting()');
  await headingOf(page, 'The service cannot be reached').waitFor();
  await page.unroute(LATER);
  await button(page, 'Try again').click();
  await codeField(page).waitFor();
  assert.equal(requests.filter((request) => request === 'POST /verifications').length, 1);
});

walk('a step that was asked for early, at a bad moment, is asked for again when it is needed', { forgive: /net::ERR_FAILED/ }, async ({ page, service, number, requests }) => {
  await page.addInitScript(END_WAITING);
  await open(page, service.page);
  await page.route(LATER, () => {});
  await Promise.all([page.waitForRequest(LATER), numberField(page).focus()]);
  await page.unroute(LATER);
  const answered = page.waitForResponse('**/verifications');
  await ask(page, number);
  await (await answered).finished();
  await page.evaluate('endWaiting()');
  await codeField(page).waitFor();
  assert.equal(requests.filter((request) => request === 'POST /verifications').length, 1);
});

/** A front-end folder of its own, which may become another release. */
function folderOfRelease() {
  const folder = mkdtempSync(join(tmpdir(), 'ringproof-release-'));
  after(() => rmSync(folder, { recursive: true }));
  for (const name of ['index.html', 'main.js', 'phone-verification.js', 'favicon.svg', 'api', 'elements', 'i18n', 'state', 'styles']) {
    cpSync(fileURLToPath(new URL(`../../${name}`, import.meta.url)), join(folder, name), { recursive: true });
  }
  return folder;
}

/** Changes a file. @param {string} path @param {(text: string) => string} change */
const rewrite = (path, change) => writeFileSync(path, change(readFileSync(path, 'utf8')));

const RELEASES = /** @type {const} */ ([
  ['needs what this page has not', (/** @type {string} */ folder) => {
    rewrite(join(folder, 'elements/outcomes.js'), (text) => `import { newcomer } from './dom.js';\nvoid newcomer;\n${text}`);
    rewrite(join(folder, 'elements/dom.js'), (text) => `${text}\nexport const newcomer = true;\n`);
  }],
  ['has the steps in other files', (/** @type {string} */ folder) => {
    renameSync(join(folder, 'elements/code-form/help.js'), join(folder, 'elements/code-form/advice.js'));
    rewrite(join(folder, 'elements/code-form/code-form.js'), (text) => text.replace('./help.js', './advice.js'));
    rewrite(join(folder, 'elements/verification-flow/verification-flow.js'), (text) => text.replace('code-form/help.js', 'code-form/advice.js'));
  }],
]);

/** Has the service serve another release, which it looks for every second. @param {Page} page @param {string} address @param {() => void} change */
async function release(page, address, change) {
  const name = async () => /\/assets\/([^/]+)\//.exec(await (await fetch(address)).text())?.[1];
  const before = await name();
  change();
  while ((await name()) === before) await page.evaluate(() => new Promise(requestAnimationFrame));
}

for (const [what, change] of RELEASES) {
  const folder = folderOfRelease();
  walk(`a release that came while the page was open, and ${what}, is loaded with the next press; the call goes on`, { own: { HTTP_FRONTEND_DIR: folder } }, async ({ page, service, number, requests }) => {
    await open(page, service.page);
    await release(page, service.page, () => change(folder));
    await ask(page, number);
    await headingOf(page, 'The service cannot be reached').waitFor();
    await button(page, 'Try again').click();
    await codeField(page).waitFor();
    await enter(page, (await service.newest(number)).code);
    await arrived(page, 'Number verified');
    assert.equal(requests.filter((request) => request === 'POST /verifications').length, 1);
  });
}

for (const [what, change] of RELEASES) {
  const folder = folderOfRelease();
  walk(`a release that came while the page was open, and ${what}, takes away nothing that was typed`, { own: { HTTP_FRONTEND_DIR: folder, GUARD_ALLOWED_REGIONS: 'GB' } }, async ({ page, service }) => {
    await open(page, service.page);
    await release(page, service.page, () => change(folder));
    await ask(page, '+33 1 99 00 00 01');
    await headingOf(page, 'This number cannot be called').waitFor();
    await button(page, 'Try again').click();
    await arrived(page, 'Verify your phone number');
    assert.equal(await numberField(page).inputValue(), '+33 1 99 00 00 01');
  });
}
