/**
 * One run through the flow, and the events in both directions: what the view tells leads to the actions of the flow, and what
 * changes is told to the page around. A run ends when the element begins anew, not when it is moved in the document.
 */

/** @import { Channel, Config, Problem } from '../../api/types.js' */
/** @import { Flow } from '../../state/flow.js' */
/** @import { ChangeEvent } from '../../state/machine.js' */
/** @import { Form } from '../../state/types.js' */
/** @import { Kept } from '../types.js' */
/** @import { Wishes } from './wishes.js' */
/** @import { Session } from '../../state/own-page.js' */

import { createClient } from '../../api/client.js';
import { createFlow, randomKey } from '../../state/flow.js';
import { INITIAL, reduce, Store } from '../../state/machine.js';
import { channelsFor, firstRegion, regionOf } from '../phone-form/countries.js';
import { dialled } from '../phone-form/number.js';
import { stepOf } from '../verification-flow/headings.js';
import { stepsCame } from '../verification-flow/verification-flow.js';
import { onNews } from '../view-element.js';

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

/**
 * The event that a change is worth, or null. Details are copies: whoever changes them changes nothing here.
 * @param {ChangeEvent} change
 */
export function announcementOf({ before, state }) {
  const verification = state.attempt?.verification;
  // What a reload brought back was announced when it happened.
  if (before.phase === 'loading') return state.problem ? failed(state.problem.error) : null;
  if (verification && state.phase === 'code' && verification.id !== before.attempt?.verification.id) return event('started', structuredClone(verification));
  if (verification && state.phase === 'done' && before.phase !== 'done') return event('verified', { ...structuredClone(verification), receipt: state.receipt });
  if (state.ended && state.ended !== before.ended) return failed(state.ended);
  if (state.problem && state.problem !== before.problem) return failed(state.problem.error);
  return null;
}

/** @param {Problem} problem */
function failed({ code, status, title, detail, instance, retryAfter }) {
  return event('failed', { code, status, title, detail, instance, retry_after: retryAfter });
}

/** The step that came on screen, or null when it is the one that was there. @param {ChangeEvent} change */
export function stepOfChange({ before, state }) {
  const step = stepOf(state);
  return step === stepOf(before) || step === 'loading' ? null : event('step', { step });
}

/** @param {'started' | 'verified' | 'failed' | 'reset' | 'expired' | 'step'} what @param {object | null} detail */
export function event(what, detail) {
  return new CustomEvent(`phone-verification-${what}`, { bubbles: true, composed: true, detail });
}

/** Lets the flow hear the view, and read how the call is faring. @param {EventTarget} view @param {Store} store @param {Flow} flow @param {AbortSignal} signal */
export function connect(view, store, flow, signal) {
  void stepsCame.then(({ followProgress }) => followProgress({ store, flow, document, window, signal }));
  onNews(view, 'phone-submitted', ({ form, faults }) => void flow.start(form, faults), signal);
  onNews(view, 'code-submitted', ({ code, faults }) => void flow.check(code, faults), signal);
  onNews(view, 'code-timed-out', () => void flow.expire(), signal);
  onNews(view, 'resend-requested', ({ channel }) => void flow.resend(channel), signal);
  onNews(view, 'code-at-hand', () => void flow.enterCode(), signal);
  onNews(view, 'number-change-requested', () => void flow.changeNumber(), signal);
  onNews(view, 'back-requested', () => void (flow.goBack() || flow.returnToCode()), signal);
  onNews(view, 'retry-requested', () => void flow.retry(), signal);
  onNews(view, 'start-over-requested', () => flow.startOver(), signal);
}

/** What a browser kept of the element as a control of a form. @param {unknown} text @returns {Kept | null} */
export function readKept(text) {
  try {
    const { id, receipt, until } = JSON.parse(String(text));
    return typeof id === 'string' ? { id, receipt: typeof receipt === 'string' ? receipt : null, until: Number(until) || 0 } : null;
  } catch {
    return null;
  }
}
