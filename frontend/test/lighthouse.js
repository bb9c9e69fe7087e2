/**
 * Lighthouse on the page as a phone on a slow line meets it, over TLS and HTTP/2 as a balancer in front speaks
 * them. Fails when the page loses what is the same on every machine: accessibility, best practices, a steady
 * layout, few requests and bytes, nothing from elsewhere. How fast it was is printed and fails nothing, since a
 * busy machine makes any page slow.
 */

import { launch } from 'chrome-launcher';
import lighthouse from 'lighthouse';
import { Service } from './e2e/support/service.js';
import { putInFront } from './front.js';

/** @typedef {NonNullable<Awaited<ReturnType<typeof lighthouse>>>['lhr']} Result */

/** What must hold: its name → the figure found, and the least or most it may be. @type {Readonly<Record<string, { of: (result: Result) => number, least?: number, most?: number }>>} */
const BOUNDS = {
  'accessibility score': { of: scoreOf('accessibility'), least: 100 },
  'best practices score': { of: scoreOf('best-practices'), least: 100 },
  'layout shift (CLS)': { of: ({ audits }) => audits['cumulative-layout-shift']?.numericValue ?? NaN, most: 0.1 },
  'requests': { of: (result) => requestsOf(result).length, most: 80 },
  'bytes transferred': { of: (result) => requestsOf(result).reduce((sum, { transferSize }) => sum + transferSize, 0), most: 100_000 },
  'requests elsewhere': { of: (result) => requestsOf(result).filter(({ url }) => new URL(url).origin !== new URL(front.address).origin).length, most: 0 },
};

/** What is told beside them. */
const FIGURES = ['first-contentful-paint', 'largest-contentful-paint', 'total-blocking-time'];

// The regions of a service as one would run it; files are compressed when they are first asked for, so one
// run goes before those that count.
const service = await Service.start({ GUARD_ALLOWED_REGIONS: 'AT,BE,CH,DE,DK,ES,FR,GB,IE,IT,LU,NL,NO,PL,PT,SE' });
const front = await putInFront(service.page);
const chrome = await launch({
  chromePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
  chromeFlags: ['--headless=new', '--no-sandbox', '--ignore-certificate-errors', '--disable-quic', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
try {
  await measure();
  process.exitCode = report(await measure()) ? 0 : 1;
} finally {
  await Promise.allSettled([chrome.kill(), service.kill()]);
  front.close();
}

async function measure() {
  const result = await lighthouse(front.address, { port: chrome.port, onlyCategories: ['performance', 'accessibility', 'best-practices'], logLevel: 'error' });
  if (!result) throw new Error('Lighthouse gave no result');
  return result.lhr;
}

/** @param {string} category @returns {(result: Result) => number} from 0 to 100 */
function scoreOf(category) {
  return ({ categories }) => Math.round((categories[category]?.score ?? 0) * 100);
}

/** @param {Result} result @returns {{ url: string, transferSize: number }[]} */
function requestsOf({ audits }) {
  const details = /** @type {{ items?: { url: string, transferSize: number }[] } | undefined} */ (audits['network-requests']?.details);
  if (!details?.items?.length) throw new Error('Lighthouse saw no request');
  return details.items.filter(({ url }) => url.startsWith('http'));
}

/** Prints what was found and whether all of it will do. @param {Result} result */
function report(result) {
  const kept = Object.entries(BOUNDS).map(([name, { of, least = -Infinity, most = Infinity }]) => {
    const found = of(result);
    console.log(`${name.padEnd(26)} ${found}  (${least > 0 ? `at least ${least}` : `at most ${most}`})`);
    return found >= least && found <= most;
  });
  console.log(`${'performance score'.padEnd(26)} ${scoreOf('performance')(result)}`);
  for (const name of FIGURES) console.log(`${name.padEnd(26)} ${result.audits[name]?.displayValue ?? '?'}`);
  return kept.every(Boolean);
}
