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
let good = false;
try {
  await measure();
  // A machine that was busy is no fault of the page: what fell short is measured once more, from the beginning.
  for (let tries = 2; tries > 0 && !good; tries -= 1) {
    const results = [];
    for (let run = 0; run < RUNS; run += 1) results.push(await measure());
    good = report(results);
  }
} finally {
  await Promise.allSettled([chrome.kill(), service.kill()]);
  front.close();
}
process.exitCode = good ? 0 : 1;

async function measure() {
  const result = await lighthouse(front.address, { port: chrome.port, onlyCategories: Object.keys(LEAST), logLevel: 'error' });
  if (!result) throw new Error('Lighthouse gave no result');
  return result.lhr;
}

/** Prints the medians and whether they will do. @param {Awaited<ReturnType<typeof measure>>[]} results */
function report(results) {
  const medians = Object.entries(LEAST).map(([name, least]) => {
    const scores = results.map(({ categories }) => Math.round((categories[name]?.score ?? 0) * 100)).toSorted((a, b) => a - b);
    const median = scores[Math.floor(scores.length / 2)] ?? 0;
    console.log(`${name.padEnd(16)} ${String(median).padStart(3)}  (at least ${least}; runs ${scores.join(', ')})`);
    return median >= least;
  });
  for (const name of FIGURES) console.log(`${name.padEnd(26)} ${results.map(({ audits }) => audits[name]?.displayValue ?? '?').join(', ')}`);
  return medians.every(Boolean);
}
