/**
 * The second step. Its heading says how the call fares; below it stand the number, the field for the code, and quiet
 * ways to another code, which become the one thing to do when nothing comes of this call.
 */

/** @import { Scene } from '../types.js' */

import { countdown, faultText } from '../../i18n/translator.js';
import { h, setAttribute, setText } from '../dom.js';
import { ErrorSummary } from '../messages.js';
import { heading, mark, messagePlace, numberLine, numberText, primaryButton, roomFor } from '../pieces.js';
import { ResendButton } from '../timed-buttons.js';
import { CODE_HEADINGS, headingText, inVain, isCalling } from '../verification-flow/headings.js';
import { everySecond, ViewElement } from '../view-element.js';
import { codeField, readCode, receiveMessageCode } from './code-field.js';
import { callerText, helpFor } from './help.js';

/** How long before the end the time left is counted and said aloud (A29). */
const WARN_MS = 120_000;

/** `<code-form>` @extends {ViewElement<Scene>} */
export class CodeForm extends ViewElement {
  #head = h('div', { class: 'head' });
  #form = h('form', { class: 'form', novalidate: true });
  #note = h('p', { id: 'code-note', class: 'code-note' });
  #submit = primaryButton();
  #resend = new ResendButton();
  #help = h('div', { class: 'help-place' });
  #summary = new ErrorSummary();
  /** @type {HTMLHeadingElement | null} */
  #heading = null;
  /** @type {ReturnType<typeof codeField> | null} */
  #code = null;
  /** @type {ReturnType<typeof messagePlace> | null} */
  #place = null;
  #warned = false;
  /** Ends waiting for a text message. @type {AbortController | null} */
  #message = null;

  /** @override @param {Scene} scene */
  build(scene) {
    const { t } = scene.translator;
    const code = (this.#code = codeField(lengthOf(scene), () => this.#send()));
    code.put(scene.state.code);
    const pasted = h('span', { id: 'code-pasted', class: 'visually-hidden' }, t('code.pasted'));
    const place = (this.#place = messagePlace({ control: code.input, errorPrefix: t('error.prefix'), note: this.#note, texts: this.#possible(scene), descriptions: [pasted.id] }));
    const label = h('label', { class: 'visually-hidden', for: code.input.id }, t('code.label', { count: lengthOf(scene) }));
    this.#form.append(h('div', { class: 'field' }, label, pasted, code.root, place.root), roomFor(this.#submit.button, [t('code.submit')], 'button'));
    this.append(this.#head, this.#form, this.#resend, h('div', { class: 'under' }, this.#help, this.#summary));
  }

  /** What may come to be said below the field. @param {Scene} scene */
  #possible({ translator, translator: { t }, ...scene }) {
    const length = lengthOf({ translator, ...scene });
    const faults = ['code_empty', 'code_letters', 'code_too_short', 'code_too_long'].map((code) => faultText(translator, { field: 'code', code, detail: '' }, length));
    return [...faults, t('field.code.code_incorrect_left', { count: 4 }), t('code.pick_up'), t('code.heard'), t('code.works_for', { countdown: '1:59' }), t('problem.verification_expired.title')];
  }

  /** @override @param {Scene} scene @param {Scene | null} before */
  update(scene, before) {
    const { state, translator } = scene;
    const { t } = translator;
    const code = this.#code;
    if (!code) return;
    const renewed = before?.state.attempt?.verification.id !== state.attempt?.verification.id;
    if (renewed) {
      this.#showAttempt(scene);
      if (before) code.put('');
      if (this.isConnected) this.#awaitMessage(scene);
    }
    this.#showState(scene, renewed ? null : before);
    const fault = state.faults.find(({ field }) => field === 'code');
    const fresh = before !== null && before.state.faults !== state.faults;
    if (!before || fresh) this.#showFault(fault ? faultText(translator, fault, lengthOf(scene)) : null);
    // Another way that is not open to this number is said where the ways are.
    this.#summary.view = { ...scene, codeLength: lengthOf(scene), checking: true, controls: { code: code.input }, shown: !fault };
    this.#submit.show(t('code.submit'), state.phase === 'checking');
    this.#showNote();
    if (fresh && fault) this.#lead(faultText(translator, fault, lengthOf(scene)));
    if (before && !before.state.entering && state.entering) code.input.focus();
    if (before && renewed) this.tell('status-changed', { text: t(`code.again_${channelOf(scene)}`, { number: numberText(scene) }) });
  }

  /** @override @param {AbortSignal} signal */
  listen(signal) {
    this.#code?.listen(signal);
    if (this.view) this.#awaitMessage(this.view);
    signal.addEventListener('abort', () => this.#message?.abort(), { once: true });
    everySecond(() => this.#tick(), signal);
    this.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#send();
    }, { signal });
    this.addEventListener('input', () => this.#showFault(null), { signal });
  }

  /** What takes the focus when this step comes. */
  get first() {
    return this.#form.hidden ? this.#heading : (this.#code?.input ?? null);
  }

  /** @param {Scene} scene */
  #showAttempt(scene) {
    const { t } = scene.translator;
    const channel = channelOf(scene);
    const title = (this.#heading = /** @type {HTMLHeadingElement} */ (heading(scene)));
    // A call asks for a key, or it does not.
    const keyAsked = scene.state.attempt?.verification.press_key ?? false;
    const headings = CODE_HEADINGS[channel].filter((key) => keyAsked || key !== 'code.heading_press_key');
    const picture = mark(channel);
    setAttribute(picture, 'class', `progress ${picture.className}`);
    this.#head.replaceChildren(
      picture,
      roomFor(title, headings.map((key) => t(key)), 'heading'),
      numberLine(scene, () => this.tell('number-change-requested', null)),
    );
    this.#help.replaceChildren(helpFor(scene, channel));
    this.#warned = false;
  }

  /** Says how the call fares; `before` is null when nothing of this call was on screen yet. @param {Scene} scene @param {Scene | null} before */
  #showState(scene, before) {
    const { state, translator } = scene;
    const text = headingText(translator, state);
    if (this.#heading) setText(this.#heading, text);
    // Digits that are there already are not taken away.
    const vain = inVain(state) && !state.entering && (this.#code?.input.value ?? '') === '';
    const root = /** @type {ShadowRoot | Document} */ (this.getRootNode());
    const left = vain && this.#form.contains(root.activeElement);
    this.#form.hidden = vain;
    this.#resend.view = { ...scene, prominent: vain, codeAtHand: vain };
    this.dataset['delivery'] = state.attempt?.verification.delivery?.state ?? '';
    this.classList.toggle('calling', isCalling(state));
    this.classList.toggle('in-vain', inVain(state) && !state.entering);
    // The focus does not go with the field: the heading takes it, which says the state.
    if (left) this.#heading?.focus();
    else if (before && text !== headingText(translator, before.state)) this.tell('status-changed', { text, unasked: true });
  }

  /** @param {string | null} text */
  #showFault(text) {
    this.#place?.setFault(text);
    this.#code?.root.classList.toggle('faulty', text !== null);
  }

  /** The field takes the focus with its content selected: the next key replaces the code (A27). @param {string} text said where the focus was there already */
  #lead(text) {
    const input = this.#code?.input;
    if (!input) return;
    const root = /** @type {ShadowRoot | Document} */ (this.getRootNode());
    if (root.activeElement === input) this.tell('status-changed', { text });
    input.focus();
    input.select();
    this.#code?.draw();
  }

  /** Takes over the code of a text message, unless the person was faster. @param {Scene} scene */
  #awaitMessage(scene) {
    this.#message?.abort();
    if (channelOf(scene) !== 'sms') return;
    const waiting = (this.#message = new AbortController());
    void receiveMessageCode(waiting.signal, scene.state.config?.sms_origin_domain).then((code) => {
      if (!code || waiting.signal.aborted || this.#code?.input.value !== '') return;
      this.#code.put(code);
      this.#send();
    });
  }

  #tick() {
    this.#showNote();
    const { view } = this;
    const over = view?.state.attempt && view.state.attempt.expiresAt <= view.now();
    // Who is typing is not interrupted: the service has the last word, with the next press.
    if (over && view.state.phase === 'code' && this.#code?.input.value === '') this.tell('code-timed-out', null);
  }

  /** One line below the slots: who calls, how often the code is said, and near its end how long it works. */
  #showNote() {
    const { view } = this;
    if (!view?.state.attempt) return;
    const { state, state: { attempt }, translator: { t }, now } = view;
    const left = attempt.expiresAt - now();
    if (left > WARN_MS) {
      this.#say(isCalling(state) ? callerText(view) : [channelOf(view) === 'voice' && !state.entering ? t('code.heard') : '']);
      return;
    }
    this.#say([left > 0 ? t('code.works_for', { countdown: countdown(left) }) : t('problem.verification_expired.title')]);
    if (!this.#warned && left > 0) this.tell('status-changed', { text: t('code.expiring', { count: Math.max(1, Math.ceil(left / 60_000)) }), unasked: true });
    this.#warned = true;
  }

  /** Touches the line only when it says something else. @param {(Node | string)[]} line */
  #say(line) {
    const said = line.join('');
    if (this.#note.dataset['said'] === said) return;
    this.#note.dataset['said'] = said;
    this.#note.replaceChildren(...line);
  }

  #send() {
    const { view } = this;
    if (!view || view.state.phase === 'checking') return;
    this.#message?.abort();
    const reading = readCode(this.#code?.input.value ?? '', lengthOf(view));
    if (reading.ok) this.tell('code-submitted', { code: reading.code, faults: [] });
    else this.tell('code-submitted', { code: '', faults: [{ field: 'code', code: reading.fault, detail: '' }] });
  }
}

/** @param {Scene} scene */
function lengthOf({ state }) {
  return state.attempt?.verification.code_length ?? state.config?.code_length ?? 0;
}

/** @param {Scene} scene */
function channelOf({ state }) {
  return state.attempt?.verification.channel === 'sms' ? 'sms' : 'voice';
}
