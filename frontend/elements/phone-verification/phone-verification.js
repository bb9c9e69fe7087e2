/**
 * `<phone-verification>`: puts flow, words and view together, for our own page and for any other, and is a control of the form it
 * stands in. Leaves history, title and storage of the page alone, unless it lends them by a `controller`.
 */

/** @import { Translator } from '../../i18n/types.js' */
/** @import { Controller, Kept } from '../types.js' */
/** @import { FormControl } from './form-control.js' */
/** @import { Run } from './run.js' */

import { loadWords, pickLocale, SPEECHLESS, spokenLocale } from '../../i18n/locales.js';
import { createTranslator } from '../../i18n/translator.js';
import { applyStyles, h, setAttribute } from '../dom.js';
import { onNews } from '../view-element.js';
import { carryOver } from '../verification-flow/language.js';
import { defineParts, loadSteps, VerificationFlow } from '../verification-flow/verification-flow.js';
import { announcementOf, connect, createRun, event, firstForm, readKept, stepOfChange } from './run.js';
import { ATTRIBUTES, reflect, takeOver, wishesOf } from './wishes.js';

/** How long what the page put inside stays while the service has not answered, before the page says that it loads. */
const PATIENCE_MS = 600;

/** The properties beside those that reflect attributes. Their types are in `phone-verification.d.ts`. */
export class PhoneVerification extends HTMLElement {
  static formAssociated = true;
  static observedAttributes = ATTRIBUTES;

  #internals = this.attachInternals();
  #root = h('div', { class: 'root', part: 'root' });
  /** Comes later, and only where there may be a form. @type {FormControl | null} */
  #control = null;
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
  /** What the browser kept of a form. @type {Kept | null} */
  #kept = null;

  constructor() {
    super();
    // The slot shows what the page put inside as long as there is nothing better.
    this.attachShadow({ mode: 'open' }).append(h('slot'));
    takeOver(this, ['controller']);
  }

  get controller() {
    return this.#controller;
  }

  set controller(value) {
    this.#controller = value;
    this.#restart();
  }

  get form() {
    return this.#internals.form;
  }

  /** The receipt while it is good, else the empty text. */
  get value() {
    return this.#control?.receipt ?? '';
  }

  get type() {
    return 'phone-verification';
  }

  get validity() {
    return this.#internals.validity;
  }

  get validationMessage() {
    return this.#internals.validationMessage;
  }

  get willValidate() {
    return this.#internals.willValidate;
  }

  checkValidity() {
    return this.#internals.checkValidity();
  }

  reportValidity() {
    return this.#internals.reportValidity();
  }

  /** Asks for the call, as the button does. */
  start() {
    this.#view?.press();
  }

  /** Forgets the number and the verification. */
  reset() {
    this.#recall(null);
    this.#run?.flow.startOver();
    this.dispatchEvent(event('reset', null));
  }

  /** Leads to the open field. @override @param {FocusOptions} [options] */
  focus(options) {
    const field = this.#view?.field;
    if (field) field.focus(options);
    else super.focus(options);
  }

  connectedCallback() {
    this.#connection = new AbortController();
    this.#control?.resume();
    this.#wake();
    if (this.#run) this.#follow(this.#run);
    else this.#show();
  }

  disconnectedCallback() {
    this.#connection?.abort();
    this.#connection = null;
    this.#control?.end();
  }

  /** @param {HTMLFormElement | null} form */
  formAssociatedCallback(form) {
    this.#control?.associate(form, () => this.#run?.store.state ?? null);
  }

  /** @param {boolean} disabled by itself or by a fieldset */
  formDisabledCallback(disabled) {
    this.#root.inert = disabled;
  }

  formResetCallback() {
    this.reset();
  }

  /** @param {unknown} state */
  formStateRestoreCallback(state) {
    this.#recall(readKept(state));
    if (this.#kept && !this.#run?.store.state.attempt) this.#restart();
  }

  /** @param {Kept | null} kept */
  #recall(kept) {
    this.#kept = kept;
    if (this.#control) this.#control.recalled = kept;
  }

  /** Not on a page that is nothing but the flow: it hands the proof to nobody. Says whether all is well. */
  async #becomeControl() {
    if (this.#controller || this.#control) return true;
    const found = await import('./form-control.js').catch(() => null);
    if (!found) return false;
    this.#control ??= new found.FormControl(this, this.#internals, this.#kept, () => this.#expire());
    this.formAssociatedCallback(this.form);
    return true;
  }

  /** @param {string} name @param {string | null} before @param {string | null} value */
  attributeChangedCallback(name, before, value) {
    if (before === value) return;
    const begun = this.#run?.store.state.attempt;
    if (name === 'locale') void this.#speak();
    else if (name === 'api' || (name === 'verification' && value && value !== begun?.verification.id)) this.#restart();
    else if ((name === 'channel' || name === 'region' || name === 'phone-number') && this.#run?.store.state.config) {
      // What the person has typed or chosen stays; the rest follows the wish.
      this.#view?.suggest(firstForm(this.#run.store.state.config, wishesOf(this)));
      this.#show();
    } else if (name === 'countries' && !begun) this.#restart();
    else this.#show();
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
    const { session = null, restore = false } = this.#controller ?? {};
    const run = createRun(() => wishesOf(this), session);
    this.#run = run;
    run.store.subscribe((change) => {
      this.#show();
      for (const news of [stepOfChange(change), announcementOf(change)]) if (news) this.dispatchEvent(news);
    }, run.end.signal);
    this.#follow(run);
    const kept = this.#kept;
    const attach = wishesOf(this).verification || kept?.id;
    // A proof belongs to its own verification alone.
    const receipt = kept && kept.id === attach ? kept.receipt : null;
    if (attach || (restore && session?.read())) void loadSteps();
    const loaded = run.flow.load({ restore, attach, receipt });
    void this.#speak(Promise.race([loaded, new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))]));
  }

  /** Listens for as long as the element is connected and the run goes on. @param {Run} run */
  #follow({ store, flow, end }) {
    if (!this.#connection) return;
    const signal = AbortSignal.any([this.#connection.signal, end.signal]);
    connect(this.#root, store, flow, signal);
    onNews(this.#root, 'language-chosen', ({ locale }) => this.setAttribute('locale', locale), signal);
    this.#controller?.follow({ store, flow, signal });
  }

  /** Loads the words of the wanted language; a later wish wins over an earlier one that took longer. @param {Promise<unknown>} [also] what to wait for, too */
  async #speak(also) {
    const run = this.#run;
    if (!run) return;
    const { locale } = wishesOf(this);
    const wanted = [...(locale ? [locale] : []), ...navigator.languages];
    const picked = pickLocale(wanted);
    this.#picked = picked;
    // The first object of Intl reads tables for as long as the form takes: better while the words are on their way.
    setTimeout(() => new Intl.Collator(picked));
    const [words, controls] = await Promise.all([loadWords(picked), this.#becomeControl(), this.shadowRoot && applyStyles(this.shadowRoot), also]);
    if (run !== this.#run || picked !== this.#picked) return;
    // Words that are being read are better than those of a third language that nobody asked for.
    if (this.#view && words?.locale !== picked) return this.#show();
    if (!words || !controls) return this.#showLoadFailure();
    run.locale = spokenLocale(words.locale, wanted);
    this.#translator = createTranslator(words.locale, words.messages);
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
    // Chromium forgets at `all: initial` which language fonts, hyphens and phrases are of.
    setAttribute(after, 'lang', this.#translator?.locale ?? null);
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
    const { brand, locked, compact, hideLanguage, hidePrivacy } = wishesOf(this);
    if (this.#run && this.#view && this.#translator) {
      const { state } = this.#run.store;
      const fixed = locked || state.config?.starts === 'callers';
      const scene = { state, translator: this.#translator, now: Date.now, level: this.#level, brand, fixed, hideLanguage, hidePrivacy };
      this.#root.classList.toggle('compact', compact);
      this.#view.view = scene;
      this.#controller?.shown(scene);
    }
    if (this.#control) this.#control.show(this.#run?.store.state ?? null, this.#translator?.t('phone.heading') ?? '', this.#view?.field ?? null);
    else if (this.hasAttribute('required')) this.#internals.setValidity({ valueMissing: true }, 'Verify your phone number');
  }

  /** The proof has run out. */
  #expire() {
    this.#kept = null;
    this.#run?.flow.proofExpired();
    this.dispatchEvent(event('expired', null));
  }
}

reflect(PhoneVerification.prototype);

/** Registers the element and its parts. @param {CustomElementRegistry} [registry] */
export function definePhoneVerification(registry = customElements) {
  if (registry.get('phone-verification')) return;
  defineParts(registry);
  registry.define('phone-verification', PhoneVerification);
}
