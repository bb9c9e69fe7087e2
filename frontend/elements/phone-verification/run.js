/**
 * One run through the flow: a client of one service, a store and the flow between them. A run ends when the
 * element is told to begin anew, not when it is moved in the document.
 */

/** @import { Channel, Config } from '../../api/types.js' */
/** @import { Form } from '../../state/types.js' */
/** @import { Wishes } from './wishes.js' */
/** @import { Session } from '../../state/own-page.js' */

import { createClient } from '../../api/client.js';
import { createFlow, randomKey } from '../../state/flow.js';
import { INITIAL, reduce, Store } from '../../state/machine.js';
import { dialled } from '../phone-form/number.js';
import { channelsFor, firstRegion, regionOf } from '../phone-form/countries.js';

/** @typedef {ReturnType<typeof createRun>} Run */

/** An element on somebody else's page keeps nothing. @type {Session} */
const FORGETFUL = { read: () => null, write() {}, clear() {} };

/** Where the service is when nobody says: this module came from it, from its own place or from that of a release. */
const HOME = new URL('../..', import.meta.url).href.replace(/\/assets\/[^/]+\/$/, '/');

/**
 * @param {() => Wishes} wishes read again at each call where they may change
 * @param {Session | null} session
 */
export function createRun(wishes, session) {
  const store = new Store(reduce, INITIAL);
  const base = new URL(wishes().api || HOME, document.baseURI).href.replace(/\/$/, '');
  const run = { store, end: new AbortController(), locale: '' };
  const flow = createFlow({
    client: createClient({ base }),
    store,
    session: session ?? FORGETFUL,
    extras() {
      const { reference, nonce } = wishes();
      return { locale: run.locale, ...(reference && { reference }), ...(NONCE.test(nonce) && { nonce }) };
    },
    only: (config) => onlyOpen(config, wishes().countries),
    firstForm: (config) => firstForm(config, wishes()),
    dialled,
    newKey: randomKey,
    now: Date.now,
  });
  return Object.assign(run, { flow });
}

/** What a site's server makes for one person's session. A nonce of another shape is not ours: pages have one for their policy, too. */
const NONCE = /^[A-Za-z0-9_-]{8,64}$/;

/** The countries that the page around wants, among those that are open; all where it wants none of them. @param {Config} config @param {readonly string[]} wanted @returns {Config} */
function onlyOpen(config, wanted) {
  const regions = config.regions.filter(({ region }) => wanted.includes(region));
  return regions.length > 0 ? { ...config, regions } : config;
}

/** @param {Config} config @param {Wishes} wishes @returns {Form} */
export function firstForm(config, wishes) {
  const wanted = regionOf(wishes.phoneNumber, config.regions, wishes.region);
  const region = config.regions.some((open) => open.region === wanted) ? wanted : firstRegion(config, navigator.languages);
  const open = channelsFor(config, region);
  const channel = open.find((/** @type {Channel} */ name) => name === wishes.channel) ?? open[0] ?? 'voice';
  return { phoneNumber: wishes.phoneNumber, region, channel };
}
