/**
 * `<phone-verification>`: the whole flow as one element, for our own page and for any other. Puts client, store,
 * flow, words and view together. Leaves history, title and storage of the page alone; a page that is nothing but
 * the flow lends them by a `controller`.
 */

/** @import { Flow } from '../../state/flow.js' */
/** @import { Session } from '../../state/session.js' */
/** @import { Store } from '../../state/store.js' */
/** @import { Translator } from '../../i18n/translator.js' */
/** @import { Scene } from '../view-element.js' */

import { loadWords, pickLocale, SPEECHLESS, spokenLocale } from '../../i18n/locales.js';
import { createTranslator } from '../../i18n/translator.js';
import { followProgress } from '../../state/progress.js';
import { h, setAttribute } from '../dom.js';
import { defineParts } from '../define.js';
import { onNews } from '../view-element.js';
import { VerificationFlow } from '../verification-flow/verification-flow.js';
import { carryOver } from './carry-over.js';
import { createRun } from './run.js';
import { announcementOf } from './announcements.js';
import { applyStyles } from './sheets.js';
import { connectEvents } from './view-events.js';

/** @typedef {import('./run.js').Run} Run */

/**
 * What a page made for the flow lends to it.
 * @typedef {object} Controller
 * @property {Session} session where the id of the verification survives a reload
 * @property {boolean} restore whether to take up the verification that is kept there
 * @property {(parts: { store: Store, flow: Flow, signal: AbortSignal }) => void} follow called at each connection
 * @property {(scene: Scene) => void} shown called after each change of what is on screen
 */

const ATTRIBUTES = /** @type {const} */ (['api', 'locale', 'channel', 'region', 'reference', 'brand']);

/** `<phone-verification api locale channel region reference brand>` */
export class PhoneVerification extends HTMLElement {
  static observedAttributes = [...ATTRIBUTES];

  #root = h('div', { class: 'root', part: 'root' });
  /** @type {Controller | null} */
  #controller = null;
  /** @type {Run | null} */
  #run = null;
  /** @type {VerificationFlow | null} */
  #view = null;
  /** @type {Translator | null} */
  #translator = null;
  /** @type {AbortController | null} */
  #connection = null;
  #due = false;
  /** The language that was wished for last. */
  #picked = '';

  constructor() {
    super();
    // The slot shows what the page put inside as long as there is nothing better.
    this.attachShadow({ mode: 'open' }).append(h('slot'));
    for (const name of [...ATTRIBUTES, /** @type {const} */ ('controller')]) this.#takeOver(name);
  }

  /** Address of the service; the origin this module came from where there is none. */
  get api() {
    return this.getAttribute('api') ?? '';
  }

  set api(value) {
    setAttribute(this, 'api', value);
  }

  /** Language of the words, BCP 47; the browser's where there is none. */
  get locale() {
    return this.getAttribute('locale') ?? '';
  }

  set locale(value) {
    setAttribute(this, 'locale', value);
  }

  /** The way that is chosen at first, `voice` or `sms`. */
  get channel() {
    return this.getAttribute('channel') ?? '';
  }

  set channel(value) {
    setAttribute(this, 'channel', value);
  }

  /** The country that is chosen at first, ISO 3166-1 alpha-2. */
  get region() {
    return this.getAttribute('region') ?? '';
  }

  set region(value) {
    setAttribute(this, 'region', value);
  }

  /** Handed back with the verification, `[A-Za-z0-9]{1,64}`. */
  get reference() {
    return this.getAttribute('reference') ?? '';
  }

  set reference(value) {
    setAttribute(this, 'reference', value);
  }

  /** Name shown above the flow. */
  get brand() {
    return this.getAttribute('brand') ?? '';
  }

  set brand(value) {
    setAttribute(this, 'brand', value);
  }

  /** What the page lends; setting it begins anew. */
  get controller() {
    return this.#controller;
  }

  set controller(value) {
    this.#controller = value;
    this.#restart();
  }

  connectedCallback() {
    this.#connection = new AbortController();
    this.#wake();
    if (this.#run) this.#follow(this.#run);
  }

  disconnectedCallback() {
    this.#connection?.abort();
    this.#connection = null;
  }

  /** @param {string} name @param {string | null} before @param {string | null} value */
  attributeChangedCallback(name, before, value) {
    if (before === value) return;
    if (name === 'brand') this.#show();
    else if (name === 'locale') void this.#speak();
    // A verification under way is not thrown away for what concerns only the next one.
    else if (name === 'api' || !this.#run?.store.state.attempt) this.#restart();
  }

  /** A property set before the element was defined is the page's wish too. @param {typeof ATTRIBUTES[number] | 'controller'} name */
  #takeOver(name) {
    if (!Object.hasOwn(this, name)) return;
    const value = this[name];
    delete (/** @type {Record<string, unknown>} */ (/** @type {unknown} */ (this)))[name];
    Object.assign(this, { [name]: value });
  }

  #restart() {
    this.#run?.end.abort();
    this.#run = null;
    this.#wake();
  }

  /** Begins once everything that was said in one breath has been said. */
  #wake() {
    if (this.#due) return;
    this.#due = true;
    queueMicrotask(() => {
      this.#due = false;
      if (this.isConnected && !this.#run) this.#begin();
    });
  }

  #begin() {
    const run = createRun(this, this.#controller?.session ?? null);
    this.#run = run;
    this.#view = null;
    run.store.subscribe((change) => {
      this.#show();
      const announcement = announcementOf(change);
      if (announcement) this.dispatchEvent(announcement);
    }, run.end.signal);
    this.#follow(run);
    void this.#speak();
    void run.flow.load({ restore: this.#controller?.restore ?? false });
  }

  /** Listens for as long as the element is connected and the run goes on. @param {Run} run */
  #follow({ store, flow, end }) {
    if (!this.#connection) return;
    const signal = AbortSignal.any([this.#connection.signal, end.signal]);
    connectEvents(this.#root, flow, signal);
    followProgress({ store, flow, document, window, signal });
    onNews(this.#root, 'language-chosen', ({ locale }) => (this.locale = locale), signal);
    this.#controller?.follow({ store, flow, signal });
  }

  /** Loads the words of the wanted language; a later wish wins over an earlier one that took longer. */
  async #speak() {
    const run = this.#run;
    if (!run) return;
    const wanted = [...(this.locale ? [this.locale] : []), ...navigator.languages];
    const picked = pickLocale(wanted);
    this.#picked = picked;
    const [words] = await Promise.all([loadWords(picked), this.shadowRoot && applyStyles(this.shadowRoot)]);
    if (run !== this.#run || picked !== this.#picked) return;
    // Words that are being read are better than those of a third language that nobody asked for.
    if (this.#view && words?.locale !== picked) return this.#show();
    if (!words) return this.#showLoadFailure();
    run.locale = spokenLocale(words.locale, wanted);
    this.#translator = createTranslator(words.locale, words.messages, run.locale);
    setAttribute(this.#root, 'lang', this.#translator.locale);
    setAttribute(this.#root, 'dir', this.#translator.direction);
    this.#stage();
  }

  /** Says the one thing that can be said without words; beside what the page put inside, unless that says the same. */
  #showLoadFailure() {
    this.shadowRoot?.replaceChildren(...(this.#controller ? [] : [h('slot')]), h('div', { role: 'alert', lang: 'en' }, h(`h${this.#level}`, { class: 'plain' }, SPEECHLESS)));
  }

  /** Puts a view in the present language on screen, with what was done in the one before. */
  #stage() {
    const before = this.#view;
    const after = new VerificationFlow();
    const focused = this.shadowRoot?.activeElement?.id ?? '';
    if (!this.#root.parentNode) this.shadowRoot?.replaceChildren(this.#root);
    this.#root.replaceChildren(after);
    this.#view = after;
    this.#show();
    if (before) carryOver(before, after, focused);
  }

  /** Of the heading: 1 where the flow is the page, 2 where it is a part of one. @returns {1 | 2} */
  get #level() {
    return this.#controller ? 1 : 2;
  }

  #show() {
    if (!this.#run || !this.#view || !this.#translator) return;
    const { state } = this.#run.store;
    const scene = { state, translator: this.#translator, now: Date.now, level: this.#level, brand: this.brand };
    this.#view.view = scene;
    this.#controller?.shown(scene);
  }
}

/** Registers the element and its parts. @param {CustomElementRegistry} [registry] */
export function definePhoneVerification(registry = customElements) {
  if (registry.get('phone-verification')) return;
  defineParts(registry);
  registry.define('phone-verification', PhoneVerification);
}
