/**
 * The first step: country and number in one row, and the way. Tells what was typed; whether it is a number is for
 * the service to say.
 */

/** @import { Channel } from '../../api/types.js' */
/** @import { Fault, Form } from '../../state/types.js' */
/** @import { Scene } from '../types.js' */

import { languageName, otherVoice } from '../../i18n/locales.js';
import { faultText } from '../../i18n/translator.js';
import { around, h, setText } from '../dom.js';
import { ErrorSummary } from '../messages.js';
import { heading, icon, linkButton, messagePlace, numberElement, primaryButton, roomFor } from '../pieces.js';
import { ViewElement } from '../view-element.js';
import { channelsFor, countryList, regionOf } from './countries.js';
import { dialled, insteadOfText, missing, readable, readingsOf } from './number.js';

/** `<phone-form>` @extends {ViewElement<Scene>} */
export class PhoneForm extends ViewElement {
  #number = h('input', { id: 'phone-number', name: 'phone_number', type: 'tel', autocomplete: 'tel', dir: 'ltr', class: 'number-input' });
  #row = h('div', { class: 'input number-row' });
  #dialled = h('p', { id: 'dialled', class: 'dialled' });
  #ways = h('div', { class: 'choices' });
  #why = h('p', { class: 'why' });
  #submit = primaryButton();
  #which = h('div', { class: 'which', role: 'group', hidden: true });
  #summary = new ErrorSummary();
  /** @type {ReturnType<typeof countryList> | null} */
  #country = null;
  /** @type {ReturnType<typeof messagePlace> | null} */
  #place = null;
  /** The controls that the person has used. @type {Set<EventTarget | null>} */
  #touched = new Set();

  /** @override @param {Scene} scene */
  build(scene) {
    const { translator, state } = scene;
    const { t } = translator;
    const { form, config } = state;
    if (!config) return;
    const country = (this.#country = countryList(translator, config, navigator.languages));
    country.select.value = form.region;
    this.#number.value = form.phoneNumber;
    this.#number.readOnly = scene.fixed;
    country.root.inert = scene.fixed;
    this.#row.append(country.root, this.#number);
    const place = (this.#place = messagePlace({ control: this.#number, errorPrefix: t('error.prefix'), note: this.#dialled, texts: this.#possible(scene) }));
    const field = h('div', { class: 'field' }, h('label', { class: 'field-label', for: this.#number.id }, t('phone.number')), this.#row, place.root);
    const ways = config.channels.length > 1 && h('fieldset', { class: 'ways' }, h('legend', { class: 'visually-hidden' }, t('phone.channel')), this.#ways);
    for (const channel of config.channels) this.#ways.append(this.#way(scene, channel));
    const labels = config.channels.map((channel) => t(`phone.submit_${channel}`));
    this.append(
      heading(scene),
      roomFor(this.#why, config.channels.map((channel) => this.#reason(scene, channel))),
      h('form', { class: 'form', novalidate: true }, field, ways, roomFor(this.#submit.button, labels, 'button')),
      h('div', { class: 'under' }, this.#wayBack(scene), this.#which, this.#summary),
    );
  }

  /** What may come to be said below the field. @param {Scene} scene */
  #possible({ translator: { t } }) {
    const number = '+44 20 7946 0000';
    const faults = ['required', 'not_a_number', 'extension', 'ambiguous', 'unknown_calling_code', 'too_short', 'too_long', 'not_in_use', 'unreachable'].map((code) => t(`field.phone_number.${code}`));
    return [...faults, t('field.region.required'), t('field.channel.landline'), t('phone.use'), t('phone.will_call', { number }), t('phone.will_text', { number })];
  }

  /** Why the number is asked for, in one breath. @param {Scene} scene @param {Channel} channel */
  #reason({ translator: { t, locale }, state: { config } }, channel) {
    const voice = channel === 'voice' && config ? otherVoice(config, locale) : null;
    const why = t(`phone.why_${channel}`);
    // Which English it will be does not matter to a person who would rather hear another language (A36).
    return voice === null ? why : `${why} ${t('phone.spoken_in', { language: languageName(voice.split('-')[0] ?? voice, locale) })}`;
  }

  /** With a code under way, the way back to it. @param {Scene} scene */
  #wayBack({ translator: { t }, state, now }) {
    const pending = state.attempt?.verification.status === 'pending' && state.attempt.expiresAt > now();
    return h('div', { class: 'quiet' }, pending ? linkButton(t('action.back_to_code'), () => this.tell('back-requested', null)) : null);
  }

  /** @param {Scene} scene @param {Channel} channel */
  #way({ translator: { t }, state }, channel) {
    const id = `channel-${channel}`;
    const input = h('input', { type: 'radio', name: 'channel', value: channel, id });
    input.checked = state.form.channel === channel;
    return h('div', { class: 'choice', 'data-channel': channel }, input, h('label', { for: id }, icon(channel), h('span', {}, t(`phone.channel_${channel}`))));
  }

  /** @override @param {Scene} scene @param {Scene | null} before */
  update(scene, before) {
    const { state } = scene;
    const fresh = before !== null && (before.state.faults !== state.faults || before.state.notice !== state.notice);
    if (!before || fresh) this.#showFaults(scene);
    this.#show();
    if (!fresh) return;
    if (state.faults.length > 1) this.#summary.takeFocus();
    else if (state.faults[0]) this.#lead(state.faults[0]);
  }

  /** A single fault stands at its field; several are listed, too. @param {Scene} scene */
  #showFaults(scene) {
    const { state: { faults, config }, translator } = scene;
    const length = config?.code_length ?? 0;
    const controls = { phone_number: this.#number, region: this.#country?.select ?? this.#number };
    const open = this.#openChannels();
    const instead = insteadOfText(faults, open);
    for (const way of this.#ways.querySelectorAll('input')) if (instead) way.checked = way.value === instead;
    const beside = faults.filter(({ field }) => field !== 'code');
    for (const control of Object.values(controls)) control.removeAttribute('aria-invalid');
    this.#place?.setFault(null, Object.values(controls));
    const [first] = beside;
    if (first) this.#place?.setFault(faultText(translator, first, length), beside.map(({ field }) => (field === 'region' ? controls.region : controls.phone_number)));
    this.#row.classList.toggle('faulty', beside.length > 0);
    this.#ask(scene);
    this.#summary.view = { ...scene, codeLength: length, checking: false, controls, shown: faults.length > 1 || beside.length === 0 };
  }

  /** Asks which number is meant, where the digits may be two. @param {Scene} scene */
  #ask({ translator: { t }, state: { faults, config } }) {
    const readings = readingsOf(faults, config?.regions ?? []);
    this.#which.hidden = readings.length === 0;
    const choose = (/** @type {string} */ number) => {
      this.#number.value = number;
      this.#send();
    };
    this.#which.replaceChildren(h('p', {}, t('phone.which')), ...readings.map(({ shown }) => linkButton(shown, () => choose(shown), { dir: 'ltr', translate: 'no' })));
  }

  /** Moves the focus to the field, with its content selected; says the words where it was there already. @param {Fault} fault */
  #lead(fault) {
    const { view } = this;
    const target = fault.field === 'region' ? this.#country?.select : this.#number;
    if (!view || !target) return;
    if (fault.field === 'channel') return this.tell('status-changed', { text: faultText(view.translator, fault, 0) });
    const root = /** @type {ShadowRoot | Document} */ (this.getRootNode());
    if (root.activeElement === target) this.tell('status-changed', { text: faultText(view.translator, fault, 0) });
    target.focus();
    if (target instanceof HTMLInputElement) target.select();
  }

  /** @override @param {AbortSignal} signal */
  listen(signal) {
    this.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#send();
    }, { signal });
    this.addEventListener('input', (event) => {
      this.#touched.add(event.target);
      // While it is typed, so that nothing changes under the finger that presses the button (A10).
      if (event.target === this.#number) this.#followNumber();
      if (event.target === this.#number || event.target === this.#country?.select) this.#place?.setFault(null);
      this.#row.classList.remove('faulty');
      this.#show();
    }, { signal });
    this.addEventListener('change', () => this.#show(), { signal });
  }

  /** A number with its country code says where it belongs; the list follows it (A10). */
  #followNumber() {
    const regions = this.view?.state.config?.regions ?? [];
    if (this.#country) this.#country.select.value = regionOf(this.#number.value, regions, this.#country.select.value);
  }

  /** Follows a wish in as much as the person has not chosen otherwise. @param {Form} form */
  suggest(form) {
    const select = this.#country?.select;
    if (!this.#touched.has(this.#number)) this.#number.value = form.phoneNumber;
    if (select && !this.#touched.has(select)) select.value = form.region;
    if (![...this.#ways.querySelectorAll('input')].some((way) => this.#touched.has(way))) {
      for (const way of this.#ways.querySelectorAll('input')) way.checked = way.value === form.channel;
    }
    this.#show();
  }

  /** @returns {Channel} */
  #channel() {
    const open = this.#openChannels();
    const chosen = this.#ways.querySelector('input:checked')?.getAttribute('value') === 'sms' ? 'sms' : 'voice';
    return open.includes(chosen) ? chosen : (open[0] ?? chosen);
  }

  #openChannels() {
    const config = this.view?.state.config;
    return config ? channelsFor(config, this.#country?.select.value ?? '') : [];
  }

  /** Draws country, way, reason, button, and the number as it will be dialled, without touching what is typed (A7). Until there is one, what it is used for stands there. */
  #show() {
    const { view } = this;
    if (!view) return;
    const { translator: { t }, state } = view;
    const open = this.#openChannels();
    const channel = this.#channel();
    this.#country?.show();
    for (const way of this.#ways.querySelectorAll('input')) {
      way.checked = way.value === channel;
      way.disabled = !open.some((name) => name === way.value);
    }
    setText(this.#why, this.#reason(view, channel));
    this.#submit.show(t(`phone.submit_${channel}`), state.phase === 'starting');
    const regions = state.config?.regions ?? [];
    const typed = this.#number.value;
    const number = dialled(typed, regions);
    const shown = number === null ? null : readable(number, regions, typed);
    const whole = shown !== null && 'whole' in shown ? shown.whole : '';
    const key = channel === 'sms' ? 'phone.will_text' : 'phone.will_call';
    if (this.#dialled.dataset['said'] === key + whole) return;
    this.#dialled.dataset['said'] = key + whole;
    this.#dialled.replaceChildren(...(whole ? around((slot) => t(key, { number: slot }), numberElement(whole)) : [t('phone.use')]));
  }

  #send() {
    if (this.view?.state.phase === 'starting') return;
    this.#followNumber();
    const form = { phoneNumber: this.#number.value, region: this.#country?.select.value ?? '', channel: this.#channel() };
    this.tell('phone-submitted', { form, faults: missing(form) });
  }
}
