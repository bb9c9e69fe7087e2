/**
 * Builds elements out of names, attributes and text. Text goes in as text: nothing is ever parsed as HTML (A45).
 */

/** @typedef {Node | string | null | false} Child */

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
    if (value !== null && value !== false) element.setAttribute(key, value === true ? '' : value);
  }
  element.append(...children.filter((child) => child !== null && child !== false));
  return element;
}

/** Stands for an element inside a sentence while the sentence is being filled in. */
const SLOT = '\uE000';

/**
 * A sentence with one of its parts as an element, so that the words around it stay in the translator's hands.
 * @param {(slot: string) => string} sentence
 * @param {Node} node
 * @returns {(Node | string)[]}
 */
export function around(sentence, node) {
  const [before = '', after = ''] = sentence(SLOT).split(SLOT);
  return [before, node, after];
}

/**
 * Sets or removes an attribute.
 * @param {Element} element @param {string} name @param {string | null} value
 */
export function setAttribute(element, name, value) {
  if (value === null) element.removeAttribute(name);
  else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** Sets the text only when it differs, so that live regions and selections are not disturbed. @param {Element} element @param {string} text */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
