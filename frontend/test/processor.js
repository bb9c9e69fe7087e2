/** How much of the processors others used: what is measured while they are busy says nothing about the page. */

import { readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';

/** The kernel counts in hundredths of a second. */
const TICK_MS = 10;

/** @typedef {{ all: number, used: number, own: number }} Times milliseconds since the machine started, of all processors together */

/** Reads the clocks: all time, what was used of it, and what this process and those below it used. @returns {Times} */
export function processorTimes() {
  const times = cpus().map(({ times: { user, nice, sys, irq, idle } }) => ({ used: user + nice + sys + irq, idle }));
  const used = times.reduce((sum, each) => sum + each.used, 0);
  const all = times.reduce((sum, each) => sum + each.idle, used);
  return { all, used, own: processes().filter(({ isOwn }) => isOwn).reduce((sum, { ms }) => sum + ms, 0) };
}

/** The share of the processors that others used between two readings. @param {Times} before @param {Times} after */
export function elsewhere(before, after) {
  return Math.max(0, (after.used - before.used - (after.own - before.own)) / (after.all - before.all));
}

/** All that run now, and whether they descend from this one; what a child used that has ended is its parent's. */
function processes() {
  const found = new Map(readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((pid) => {
    try {
      // After the name, which may hold anything: state, parent, …, own times in user and kernel, those of children.
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ').map(Number);
      const ms = fields.slice(11, 15).reduce((sum, ticks) => sum + ticks, 0) * TICK_MS;
      return [[Number(pid), { parent: fields[1] ?? 0, ms }]];
    } catch {
      return [];
    }
  }));
  /** @param {number} pid @returns {boolean} */
  const isOwn = (pid) => pid === process.pid || (pid > 1 && isOwn(found.get(pid)?.parent ?? 0));
  return [...found].map(([pid, { ms }]) => ({ isOwn: isOwn(pid), ms }));
}
