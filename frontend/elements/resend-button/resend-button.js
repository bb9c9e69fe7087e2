/**
 * Asks for another code, by the same way or the other one, when the service allows it (A31, A35): quiet while a code
 * may still come, the one thing to do when none will.
 */

/** @import { Channel } from '../../api/types.js' */
/** @import { Scene } from '../view-element.js' */
/** @import { TimedAction } from '../timed-buttons/timed-buttons.js' */

import { channelsFor } from '../phone-form/phone.js';
import { TimedButtons } from '../timed-buttons/timed-buttons.js';
import { onNews, ViewElement } from '../view-element.js';

/** @typedef {Scene & { prominent: boolean, codeAtHand: boolean }} ResendView `codeAtHand`: whether "I have a code" stands beside it */

/** `<resend-button>` @extends {ViewElement<ResendView>} */
export class ResendButton extends ViewElement {
  #buttons = new TimedButtons();

  /** @override */
  build() {
    this.append(this.#buttons);
  }

  /** @override @param {ResendView} view */
  update({ state, translator, now, prominent, codeAtHand }) {
    const { attempt, config, phase } = state;
    if (!attempt || !config) return;
    const { t } = translator;
    const used = attempt.verification.channel;
    const others = channelsFor(config, state.form.region).filter((channel) => channel !== used);
    /** @type {TimedAction[]} */
    const actions = [
      { name: used, label: t(`resend.${used}`), look: prominent ? 'primary' : 'link' },
      ...others.map((channel) => ({ name: channel, label: t(`resend.${channel}_instead`), look: /** @type {const} */ ('link') })),
      ...(codeAtHand ? [{ name: 'have', label: t('code.have'), look: /** @type {const} */ ('link'), free: true }] : []),
    ];
    this.#buttons.view = { actions, until: attempt.resendAt, busy: phase === 'resending' ? state.form.channel : null, waitKey: 'resend.wait', nowKey: 'resend.now', translator, now };
  }

  /** @override @param {AbortSignal} signal */
  listen(signal) {
    onNews(this, 'action-pressed', ({ name }, event) => {
      event.stopPropagation();
      if (name === 'have') this.tell('code-at-hand', null);
      else this.tell('resend-requested', { channel: /** @type {Channel} */ (name) });
    }, signal);
  }
}
