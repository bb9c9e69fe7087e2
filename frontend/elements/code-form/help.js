/**
 * What to do when no call or message arrives (A33): causes a person can look into, and the other way.
 */

/** @import { Channel } from '../../api/types.js' */
/** @import { Scene } from '../types.js' */

import { around, h } from '../dom.js';
import { icon, numberElement } from '../pieces.js';
import { channelsFor } from '../phone-form/countries.js';

/** @type {Readonly<Record<Channel, readonly string[]>>} */
const CAUSES = {
  voice: ['check_number', 'silent', 'unknown', 'abroad', 'signal', 'voicemail'],
  sms: ['check_number', 'signal_sms', 'spam', 'landline'],
};

/**
 * @param {Scene} scene
 * @param {Channel} channel the way that was used
 * @returns {HTMLDetailsElement}
 */
export function helpFor(scene, channel) {
  const { translator: { t }, state } = scene;
  const other = state.config && channelsFor(state.config, state.form.region).length > 1 ? [`other_${channel}`] : [];
  // Who calls is said below the slots, where it is known.
  const causes = CAUSES[channel].filter((cause) => cause !== 'abroad' || !state.config?.caller);
  const items = [...causes, ...other, 'nothing'].map((cause) => h('li', {}, t(`help.${cause}`)));
  const note = h('li', {}, t('resend.note'));
  return h('details', { class: 'help' }, h('summary', {}, t(`help.summary_${channel}`), icon('chevron')), h('ul', {}, ...items, note));
}

/**
 * Who will be seen calling (A34): the number or name where it is known, else that it can be one that nobody knows.
 * @param {Scene} scene
 * @returns {(Node | string)[]}
 */
export function callerText({ translator: { t }, state: { config } }) {
  const { caller } = config ?? {};
  return caller ? around((slot) => t('help.caller', { caller: slot }), numberElement(caller)) : [t('code.pick_up')];
}
