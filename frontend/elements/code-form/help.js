/**
 * What to do when no call or message arrives (A33): causes a person can look into, and the other way.
 */

/** @import { Channel } from '../../api/types.js' */
/** @import { Scene } from '../view-element.js' */

import { h } from '../dom.js';
import { channelsFor } from '../phone-form/phone.js';

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
export function helpFor({ translator: { t }, state }, channel) {
  const other = state.config && channelsFor(state.config, state.form.region).length > 1 ? [`other_${channel}`] : [];
  const items = [...CAUSES[channel], ...other].map((cause) => h('li', {}, t(`help.${cause}`)));
  return h('details', { class: 'help' }, h('summary', {}, t(`help.summary_${channel}`)), h('ul', {}, ...items));
}
