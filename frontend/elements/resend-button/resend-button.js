/**
 * Asks for another code, by the same way or the other one, when the service allows it (A31, A35).
 */

/** @import { Channel } from '../../api/types.js' */
/** @import { Scene } from '../view-element.js' */

import { h } from '../dom.js';
import { channelsFor } from '../phone-form/phone.js';
import { TimedButtons } from '../timed-buttons/timed-buttons.js';
import { onNews, ViewElement } from '../view-element.js';

/** @typedef {Scene & { prominent: boolean }} ResendView */

/** `<resend-button>` @extends {ViewElement<ResendView>} */
export class ResendButton extends ViewElement {
  #buttons = new TimedButtons();

  /** @override @param {ResendView} view */
  build({ translator: { t } }) {
    this.append(this.#buttons, h('p', { class: 'note' }, t('resend.note')));
  }

  /** @override @param {ResendView} view */
  update({ state, translator, now, prominent }) {
    const { attempt, config, phase } = state;
    if (!attempt || !config) return;
    const { t } = translator;
    const used = attempt.verification.channel;
    const busy = phase === 'resending';
    const others = channelsFor(config, state.form.region).filter((channel) => channel !== used);
    /** @type {(channel: Channel, label: string) => string} */
    const label = (channel, idle) => (busy && state.form.channel === channel ? t(`resend.busy_${channel}`) : idle);
    this.#buttons.view = {
      actions: [
        { name: used, label: label(used, t(`resend.${used}`)), look: prominent ? 'primary' : 'secondary' },
        ...others.map((channel) => ({ name: channel, label: label(channel, t(`resend.${channel}_instead`)), look: /** @type {const} */ ('secondary') })),
      ],
      until: attempt.resendAt,
      busy,
      waitKey: 'resend.wait',
      nowKey: 'resend.now',
      translator,
      now,
    };
  }

  /** @override @param {AbortSignal} signal */
  listen(signal) {
    onNews(this, 'action-pressed', ({ name }, event) => {
      event.stopPropagation();
      this.tell('resend-requested', { channel: name === 'sms' ? 'sms' : 'voice' });
    }, signal);
  }
}
