/**
 * Small parts that several steps are made of: the round mark, the heading, the line with the number, the place that
 * is kept for what may have to be said, buttons that show that they work, and the reference of a problem.
 */

/** @import { Scene } from './view-element.js' */

import { around, h, setAttribute, setText } from './dom.js';
import { icon } from './icons.js';
import { readable } from './phone-form/phone.js';
import { headingText } from './verification-flow/headings.js';

/** The round picture above a heading. @param {'voice' | 'sms' | 'ended' | 'alert' | 'done'} kind */
export function mark(kind) {
  return h('span', { class: `mark mark-${kind}`, 'aria-hidden': 'true' }, icon(kind));
}

/** The heading of a step, ready to take the focus. @param {Scene} scene */
export function heading(scene) {
  return h(`h${scene.level}`, { class: 'heading', tabindex: '-1' }, headingText(scene.translator, scene.state));
}

/**
 * An element that keeps as much room as the longest of some texts needs, so that nothing moves when its own text
 * changes. The texts are drawn by the style sheet alone: nobody reads, finds or translates them.
 * @param {HTMLElement} element @param {readonly string[]} texts @param {string} [look] whose look the texts have
 */
export function roomFor(element, texts, look = '') {
  return h('div', { class: 'room' }, element, ...texts.map((text) => h('span', { class: look ? `ghost like-${look}` : 'ghost', part: look || null, 'data-text': text, 'aria-hidden': 'true' })));
}

/** The number of the verification at hand, for a person. @param {Scene} scene @returns {string} */
export function numberText({ state, translator }) {
  const number = state.attempt?.verification.phone_number ?? '';
  const parts = readable(number, state.config?.regions ?? [], state.form.phoneNumber);
  return 'whole' in parts ? parts.whole : translator.t('code.number_ending', { digits: parts.lastDigits });
}

/** @param {string} text @returns {HTMLElement} */
export function numberElement(text) {
  return h('bdi', { class: 'number', translate: 'no' }, text);
}

/** The number and the way to change it, on one line. @param {Scene} scene @param {() => void} [change] none where it cannot be changed */
export function numberLine(scene, change) {
  const line = h('p', { class: 'who' }, numberElement(numberText(scene)));
  if (change && !scene.fixed) line.append(h('span', { class: 'dot', 'aria-hidden': 'true' }), linkButton(scene.translator.t('code.change_number'), change, { 'data-change': true }));
  return line;
}

/** A quiet line of text that is a button. @param {string} label @param {() => void} press @param {Record<string, string | boolean>} [attributes] */
export function linkButton(label, press, attributes = {}) {
  const button = h('button', { type: 'button', class: 'button-link', ...attributes }, label);
  button.addEventListener('click', press);
  return button;
}

/** The button of a form: its words stay while it works. @param {Record<string, string>} [attributes] */
export function primaryButton(attributes = {}) {
  const words = h('span', { class: 'words' });
  const button = h('button', { type: 'submit', class: 'button button-primary', ...attributes }, words);
  return {
    button,
    /** @param {string} text @param {boolean} busy */
    show(text, busy) {
      setText(words, text);
      showBusy(button, busy);
    },
  };
}

/** Draws the spinner in a button, and says that pressing does nothing meanwhile. @param {Element} button @param {boolean} busy */
export function showBusy(button, busy) {
  setAttribute(button, 'aria-disabled', busy ? 'true' : null);
  button.classList.toggle('busy', busy);
}

/**
 * The place below a field, as high as the longest thing that is said there.
 * @param {object} parts
 * @param {HTMLElement} parts.control must have an id
 * @param {string} parts.errorPrefix said before the error to those who cannot see that it is one
 * @param {readonly string[]} parts.texts that may come to stand there
 * @param {HTMLElement} [parts.note] what stands there while nothing is wrong; must have an id
 * @param {readonly string[]} [parts.descriptions] ids of what else is read with the control
 */
export function messagePlace({ control, errorPrefix, texts, note, descriptions = [] }) {
  const words = h('span');
  const error = h('p', { class: 'field-error', id: `${control.id}-error`, hidden: true }, icon('alert'), h('span', {}, h('span', { class: 'visually-hidden' }, `${errorPrefix} `), words));
  const cell = h('div', { class: 'said' }, error, note ?? null);
  /** @param {string | null} text @param {readonly HTMLElement[]} [faulty] the controls it is about */
  const setFault = (text, faulty = [control]) => {
    error.hidden = text === null;
    if (note) note.hidden = text !== null;
    setText(words, text ?? '');
    for (const each of faulty) setAttribute(each, 'aria-invalid', text === null ? null : 'true');
    for (const each of faulty) setAttribute(each, 'aria-describedby', [...descriptions, note && text === null ? note.id : null, text === null ? null : error.id].filter(Boolean).join(' ') || null);
  };
  setFault(null);
  return { root: roomFor(cell, texts, 'field-error'), setFault };
}

/**
 * The line with the reference of a problem: short enough to be read out, and copied whole. It keeps its direction:
 * among letters that run from right to left its groups would change places.
 * @param {Scene} scene @param {string} reference empty for none @param {(text: string) => void} say
 */
export function referenceLine({ translator: { t } }, reference, say) {
  if (reference === '') return null;
  const short = h('bdi', { dir: 'ltr', class: 'reference-short', title: reference, translate: 'no' }, reference.slice(0, 8));
  const copy = h('button', { type: 'button', class: 'button-icon', 'aria-label': t('error.copy') }, icon('copy'));
  copy.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(reference);
      copy.replaceChildren(icon('done'));
      say(t('error.copied'));
    } catch {
      // Without a secure context there is no clipboard: the whole reference is selected, ready for the keys.
      setText(short, reference);
      getSelection()?.selectAllChildren(short);
    }
  });
  return h('p', { class: 'reference' }, ...around((slot) => t('error.reference', { reference: slot }), short), ' ', copy);
}
