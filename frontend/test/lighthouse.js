/**
 * Lighthouse on the page as a phone on a slow line meets it, over TLS and HTTP/2 as a balancer in front speaks
 * them: three runs, the median of each score, and the least that will do. Prints what it found; fails when the
 * page fell behind.
 */

import { launch } from 'chrome-launcher';
import lighthouse from 'lighthouse';
import { Service } from './e2e/support/service.js';
import { putInFront } from './front.js';

const RUNS = 3;

/** @type {Readonly<Record<string, number>>} */
const LEAST = { performance: 98, accessibility: 100, 'best-practices': 100 };

/** What is told beside the scores. */
const FIGURES = ['first-contentful-paint', 'largest-contentful-paint', 'total-blocking-time', 'cumulative-layout-shift', 'total-byte-weight'];

// The regions of a service as one would run it; files are compressed when they are first asked for, so one
// run goes before those that count.
const service = await Service.start({ GUARD_ALLOWED_REGIONS: 'AT,BE,CH,DE,DK,ES,FR,GB,IE,IT,LU,NL,NO,PL,PT,SE' });
const front = await putInFront(service.page);
const chrome = await launch({
  chromePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
  chromeFlags: ['--headless=new', '--no-sandbox', '--ignore-certificate-errors', '--disable-quic', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
/** @type {Record<string, number[]>} */
const seen = {};
/** @type {Record<string, string[]>} */
const figures = {};
/** @type {Set<string>} */
const short = new Set();
try {
  for (let run = 0; run <= RUNS; run += 1) {
    const result = await lighthouse(front.address, { port: chrome.port, onlyCategories: Object.keys(LEAST), logLevel: 'error' });
    if (!result) throw new Error('Lighthouse gave no result');
    if (run === 0) continue;
    const { categories, audits } = result.lhr;
    for (const name of Object.keys(LEAST)) (seen[name] ??= []).push(Math.round((categories[name]?.score ?? 0) * 100));
    for (const name of FIGURES) (figures[name] ??= []).push(audits[name]?.displayValue ?? '?');
    for (const { id, score, scoreDisplayMode } of Object.values(audits)) {
      if (scoreDisplayMode !== 'informative' && score !== null && score < 0.9) short.add(id);
    }
  }
} finally {
  await Promise.allSettled([chrome.kill(), service.kill()]);
  front.close();
}

let failed = false;
for (const [name, least] of Object.entries(LEAST)) {
  const scores = (seen[name] ?? []).toSorted((a, b) => a - b);
  const median = scores[Math.floor(scores.length / 2)] ?? 0;
  failed ||= median < least;
  console.log(`${name.padEnd(16)} ${String(median).padStart(3)}  (at least ${least}; runs ${scores.join(', ')})`);
}
for (const name of FIGURES) console.log(`${name.padEnd(26)} ${(figures[name] ?? []).join(', ')}`);
if (short.size > 0) console.log(`could be better: ${[...short].join(', ')}`);
process.exitCode = failed ? 1 : 0;
