/**
 * The first step: country, number, way. Tells what was typed; whether it is a number is for the service to say.
 */

/** @import { Channel } from '../../api/types.js' */
/** @import { Field } from '../field.js' */
/** @import { Scene } from '../view-element.js' */
/** @import { Field as FieldName } from '../../state/machine.js' */

import { languageName, otherVoice } from '../../i18n/locales.js';
import { faultText } from '../../i18n/problem-text.js';
import { around, h, setAttribute, setText } from '../dom.js';
import { ErrorSummary } from '../error-summary/error-summary.js';
import { field } from '../field.js';
import { heading } from '../verification-flow/headings.js';
import { ViewElement } from '../view-element.js';
import { dialled } from './dialled.js';
import { channelsFor, missing, namedRegions, readable, regionOf } from './phone.js';

/** @typedef {'phone_number' | 'region'} Typed */

/** `<phone-form>` @extends {ViewElement<Scene>} */
export class PhoneForm extends ViewElement {
  #summary = new ErrorSummary();
  #number = h('input', { id: 'phone-number', name: 'phone_number', type: 'tel', autocomplete: 'tel', dir: 'ltr', class: 'input' });
  #region = h('select', { id: 'region', name: 'region', autocomplete: 'country', class: 'input' });
  #dialled = h('p', { id: 'dialled', class: 'dialled' });
  #ways = h('div', { class: 'choices' });
  #group = h('fieldset', { class: 'field' });
  #why = h('p', { class: 'why' });
  #spoken = h('p', { class: 'spoken' });
  #submit = h('button', { type: 'submit', class: 'button button-primary button-wide' });
  /** @type {Record<Typed, Field> | null} */
  #fields = null;

  /** @override @param {Scene} scene */
  build(scene) {
    const { translator, state } = scene;
    const { t } = translator;
    const { form } = state;
    this.#number.value = form.phoneNumber;
    this.#region.append(h('option', { value: '' }, t('phone.country_choose')));
    for (const { region, name, callingCode } of namedRegions(state.config?.regions ?? [], translator.locale)) {
      // The mark keeps "+31" from being turned round in a right-to-left list.
      this.#region.append(h('option', { value: region }, t('phone.country_option', { name, code: `\u200E${callingCode}\u200E` })));
    }
    this.#region.value = form.region;
    const errorPrefix = t('error.prefix');
    this.#fields = {
      region: field({ control: this.#region, label: t('phone.country'), errorPrefix }),
      phone_number: field({ control: this.#number, label: t('phone.number'), hint: t('phone.hint'), note: this.#dialled, errorPrefix }),
    };
    this.#group.append(h('legend', { class: 'field-label' }, t('phone.channel')), this.#ways);
    for (const channel of state.config?.channels ?? []) this.#ways.append(this.#way(scene, channel));
    this.append(
      this.#summary,
      heading(scene),
      h('form', { class: 'form', novalidate: true }, this.#fields.region.root, this.#fields.phone_number.root, this.#group, this.#why, this.#spoken, this.#submit),
    );
  }

  /** @param {Scene} scene @param {Channel} channel */
  #way({ translator: { t }, state }, channel) {
    const id = `channel-${channel}`;
    const input = h('input', { type: 'radio', name: 'channel', value: channel, id });
    input.checked = state.form.channel === channel;
    return h(
      'div',
      { class: 'choice', 'data-channel': channel },
      input,
      h('label', { for: id }, t(`phone.channel_${channel}`)),
    );
  }

  /** @override @param {Scene} scene @param {Scene | null} before */
  update(scene, before) {
    const { state, translator } = scene;
    const length = state.config?.code_length ?? 0;
    this.#summary.view = { ...scene, codeLength: length, checking: false, controls: { phone_number: this.#number, region: this.#region } };
    for (const name of /** @type {Typed[]} */ (['phone_number', 'region'])) {
      const fault = state.faults.find((entry) => entry.field === /** @type {FieldName} */ (name));
      this.#fields?.[name].setFault(fault ? faultText(translator, fault, length) : null);
    }
    this.#showWays();
    if (before && (before.state.faults !== state.faults || before.state.notice !== state.notice)) this.#summary.takeFocus();
  }

  /** @override @param {AbortSignal} signal */
  listen(signal) {
    this.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#send();
    }, { signal });
    this.addEventListener('input', () => this.#showDialled(), { signal });
    this.addEventListener('change', (event) => {
      if (event.target === this.#number) this.#followNumber();
      this.#showWays();
    }, { signal });
  }

  /** A number with its country code says where it belongs; the list follows it (A10). */
  #followNumber() {
    const regions = this.view?.state.config?.regions ?? [];
    this.#region.value = regionOf(this.#number.value, regions, this.#region.value);
  }

  /** Shows the number as it will be dialled, without touching what is typed and without saying it aloud (A7). */
  #showDialled() {
    if (!this.view) return;
    const { translator: { t }, state } = this.view;
    const regions = state.config?.regions ?? [];
    const typed = this.#number.value;
    const number = dialled(typed, regions);
    const shown = number === null ? null : readable(number, regions, typed);
    if (shown === null || !('whole' in shown)) {
      this.#dialled.replaceChildren();
      return;
    }
    const key = this.#channel() === 'sms' ? 'phone.will_text' : 'phone.will_call';
    this.#dialled.replaceChildren(...around((slot) => t(key, { number: slot }), h('bdi', { class: 'number' }, shown.whole)));
  }

  /** @returns {Channel} */
  #channel() {
    const open = this.#openChannels();
    const chosen = this.#ways.querySelector('input:checked')?.getAttribute('value') === 'sms' ? 'sms' : 'voice';
    return open.includes(chosen) ? chosen : (open[0] ?? chosen);
  }

  #openChannels() {
    const config = this.view?.state.config;
    return config ? channelsFor(config, this.#region.value) : [];
  }

  /** Shows the ways that are open for the chosen country, and says what the chosen one will do. */
  #showWays() {
    if (!this.view) return;
    const { translator: { t, locale }, state } = this.view;
    const open = this.#openChannels();
    const channel = this.#channel();
    this.#group.hidden = open.length < 2;
    for (const way of this.#ways.querySelectorAll('input')) way.checked = way.value === channel;
    const busy = state.phase === 'starting';
    setText(this.#why, t(`phone.why_${channel}`, { count: state.config?.code_length ?? 0 }));
    const voice = channel === 'voice' && state.config ? otherVoice(state.config, locale) : null;
    this.#spoken.hidden = voice === null;
    // Which English it will be does not matter to a person who would rather hear another language (A36).
    setText(this.#spoken, voice === null ? '' : t('phone.spoken_in', { language: languageName(voice.split('-')[0] ?? voice, locale) }));
    setText(this.#submit, t(`phone.${busy ? 'busy' : 'submit'}_${channel}`));
    setAttribute(this.#submit, 'aria-disabled', busy ? 'true' : null);
    this.#showDialled();
  }

  #send() {
    if (this.view?.state.phase === 'starting') return;
    this.#followNumber();
    const form = { phoneNumber: this.#number.value, region: this.#region.value, channel: this.#channel() };
    this.tell('phone-submitted', { form, faults: missing(form) });
  }
}
