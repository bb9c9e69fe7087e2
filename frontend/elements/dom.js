/**
 * Builds elements out of names, attributes and text. Text goes in as text: nothing is ever parsed as HTML (A45).
 */

/** @typedef {Node | string | null | false} Child */

/** What may be styled from outside, by `::part`; the contract is `docs/embedding.md`. @type {Readonly<Record<string, string>>} */
export const PART_OF = {
  card: 'card', 'own-brand': 'brand', heading: 'heading', 'field-label': 'label', input: 'input', button: 'button', 'button-primary': 'primary submit',
  'button-link': 'link', summary: 'error', 'field-error': 'error', choice: 'choice', mark: 'mark', number: 'number', privacy: 'privacy', timer: 'timer',
};

/**
 * Makes an element; `true` sets a bare attribute, `false` and `null` set none.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} name
 * @param {Record<string, string | boolean | null>} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== false) setAttribute(element, key, value === true ? '' : value);
  }
  element.append(...children.filter((child) => child !== null && child !== false));
  return element;
}

/** Stands for an element inside a sentence while the sentence is being filled in. */
const SLOT = '\uE000';

/**
 * A sentence with one of its parts as an element, so that the words around it stay in the translator's hands;
 * the sentence alone where it does not name that part.
 * @param {(slot: string) => string} sentence
 * @param {Node} node
 * @returns {(Node | string)[]}
 */
export function around(sentence, node) {
  const [before = '', after] = sentence(SLOT).split(SLOT);
  return after === undefined ? [before] : [before, node, after];
}

/**
 * Sets or removes an attribute; a class that stands for a public part makes it one.
 * @param {Element} element @param {string} name @param {string | null} value
 */
export function setAttribute(element, name, value) {
  if (value === null) element.removeAttribute(name);
  else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
  if (name !== 'class') return;
  const parts = (value ?? '').split(' ').flatMap((word) => PART_OF[word] ?? []).join(' ');
  if (parts) element.setAttribute('part', parts);
}

/** What was last said in an element, by us: a browser that translates the page says it in other words. @type {WeakMap<Element, string>} */
const said = new WeakMap();

/** Sets the text only when it differs, so that live regions, selections and translations are not disturbed. @param {Element} element @param {string} text */
export function setText(element, text) {
  if ((said.get(element) ?? element.textContent) === text) return;
  element.textContent = text;
  said.set(element, text);
}
