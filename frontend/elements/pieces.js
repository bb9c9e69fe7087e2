/**
 * Small parts that several steps are made of, and the one set of icons.
 */

/** @import { Scene } from './types.js' */

import { around, h, setAttribute, setText } from './dom.js';
import { readable } from './phone-form/number.js';
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
 * The line with the reference of a problem: short enough to be read out, and copied whole.
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

/**
 * Lines in a square of 24, drawn as elements: an image would be one more thing for the policy of the page around to allow.
 * @type {Readonly<Record<string, string>>}
 */
const LINES = {
  voice: 'M5 4h3.5l1.6 4.2-2 1.6a12 12 0 0 0 6.1 6.1l1.6-2L20 15.5V19a1.5 1.5 0 0 1-1.6 1.5A15.5 15.5 0 0 1 3.5 5.6 1.5 1.5 0 0 1 5 4z',
  sms: 'M4 6.5A2.5 2.5 0 0 1 6.5 4h11A2.5 2.5 0 0 1 20 6.5v7a2.5 2.5 0 0 1-2.5 2.5H11l-4.5 4v-4A2.5 2.5 0 0 1 4 13.5z',
  done: 'M5 12.5l4.8 4.8L19 7.5',
  alert: 'M12 3.5a8.5 8.5 0 1 0 0 17a8.5 8.5 0 1 0 0-17M12 7.8v5M12 16.1v.1',
  ended: 'M12 3.5a8.5 8.5 0 1 0 0 17a8.5 8.5 0 1 0 0-17M12 7.5V12l3 2',
  globe: 'M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18M3 12h18M12 3c3.3 3.6 3.3 14.4 0 18M12 3c-3.3 3.6-3.3 14.4 0 18',
  chevron: 'M6 9.5l6 6 6-6',
  copy: 'M9 9h10a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1H9a1 1 0 0 1-1-1V10a1 1 0 0 1 1-1M5 15H4a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1h10a1 1 0 0 1 1 1v1',
};

const SVG = 'http://www.w3.org/2000/svg';

/** Says nothing that the words do not: hidden from assistive technology. @param {keyof typeof LINES & string} kind */
export function icon(kind) {
  const picture = document.createElementNS(SVG, 'svg');
  picture.setAttribute('viewBox', '0 0 24 24');
  picture.setAttribute('class', `icon icon-${kind}`);
  picture.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', LINES[kind] ?? '');
  picture.append(path);
  return picture;
}
