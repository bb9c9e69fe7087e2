/** What the figures of the last hour say: sums, shares and scales. Nothing is drawn here. */

export const MINUTES = 60;

/** How far a call came, in order. @type {readonly Stage[]} */
export const STAGES = ['asked', 'placed', 'answered', 'verified'];

/** @typedef {'asked' | 'placed' | 'answered' | 'verified'} Stage */
/** @typedef {{ used: number, cap: number }} Used */
/** @typedef {{ region: string, channel: string, provider: string } & Record<Stage, number[]>} Route */
/** @typedef {{ region: string | null, channel: string, by: 'operator' | 'watch', until: string | null }} Stopped */
/** @typedef {{ number: string, handle: string, until: string }} Blocked */
/** @typedef {{ provider: string, op: string, closed: number, half_open: number, open: number }} Breaker */

/**
 * What `GET /overview` answers. Caps and what is stopped are missing while the store cannot be asked.
 * @typedef {object} Overview
 * @property {string} at
 * @property {string} version
 * @property {string | null} store why the store cannot be asked
 * @property {number} replicas
 * @property {boolean} shared whether replicas share a store
 * @property {Breaker[]} breakers
 * @property {Record<string, number>} refused
 * @property {string} first_minute
 * @property {Route[]} routes
 * @property {Used} [hour]
 * @property {Used} [day]
 * @property {Record<string, Used>} [regions]
 * @property {Stopped[]} [stopped]
 * @property {Blocked[] | null} [blocked] null when no key opens the list
 * @property {string[]} [channels]
 * @property {string} [allowed_regions]
 * @property {{ running: string | null }} [demo]
 */

/** @typedef {{ region?: string, channel?: string, provider?: string }} Filter */
/** @typedef {Record<Stage, number>} Totals */

/** @param {Route[]} routes @param {Filter} filter */
export function matching(routes, filter) {
  const wanted = /** @type {[keyof Filter, string][]} */ (Object.entries(filter));
  return routes.filter((route) => wanted.every(([name, value]) => route[name] === value));
}

/**
 * The counts by the minute, each stage within the one before: that a call was answered is only known of those whose
 * page asked, and whoever verified has answered.
 * @param {Route[]} routes @returns {Totals[]}
 */
export function byMinute(routes) {
  return Array.from({ length: MINUTES }, (_, minute) => {
    const sum = (/** @type {Stage} */ stage) => routes.reduce((all, route) => all + (route[stage][minute] ?? 0), 0);
    const verified = sum('verified');
    return { asked: sum('asked'), placed: sum('placed'), answered: Math.max(sum('answered'), verified), verified };
  });
}

/** @param {Totals[]} minutes @returns {Totals} */
export function totals(minutes) {
  const sum = (/** @type {Stage} */ stage) => minutes.reduce((all, minute) => all + minute[stage], 0);
  return { asked: sum('asked'), placed: sum('placed'), answered: sum('answered'), verified: sum('verified') };
}

/**
 * What is counted alike, the most asked for first.
 * @param {Route[]} routes @param {(route: Route) => string} name
 * @returns {{ name: string, totals: Totals, minutes: Totals[] }[]}
 */
export function grouped(routes, name) {
  /** @type {Map<string, Route[]>} */
  const groups = new Map();
  for (const route of routes) groups.set(name(route), [...(groups.get(name(route)) ?? []), route]);
  const all = [...groups].map(([of, its]) => {
    const minutes = byMinute(its);
    return { name: of, totals: totals(minutes), minutes };
  });
  return all.sort((one, other) => other.totals.asked - one.totals.asked || one.name.localeCompare(other.name));
}

/** A share as whole percent, or none of nothing. @param {number} part @param {number} whole */
export function share(part, whole) {
  return whole > 0 ? Math.round((part / whole) * 100) : null;
}

/** Where an axis ends that shows `highest`: a round number, of which a half is round, too. @param {number} highest */
export function ceiling(highest) {
  const power = 10 ** Math.floor(Math.log10(Math.max(highest, 1)));
  const steps = power > 1 ? [1, 2, 3, 4, 5, 6, 8, 10] : [4, 6, 8, 10];
  return (steps.find((it) => it * power >= highest) ?? 10) * power;
}
