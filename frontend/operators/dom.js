/** Making elements, and keeping those that are there: a list that is drawn anew keeps its elements, and so the focus. */

const SVG = 'http://www.w3.org/2000/svg';

/** @typedef {Node | string | null | undefined | false} Child */

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} name @param {Record<string, string | boolean | (() => void)>} [attributes] `on…` listens @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(key.slice(2), value);
    else if (typeof value === 'boolean') element.toggleAttribute(key, value);
    else element.setAttribute(key, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** @template {keyof SVGElementTagNameMap} K @param {K} name @param {Record<string, string | number>} [attributes] @returns {SVGElementTagNameMap[K]} */
export function draw(name, attributes = {}) {
  const element = document.createElementNS(SVG, name);
  set(element, attributes);
  return element;
}

/** @param {Element} element @param {Record<string, string | number>} attributes */
export function set(element, attributes) {
  for (const [key, value] of Object.entries(attributes)) {
    if (element.getAttribute(key) !== String(value)) element.setAttribute(key, String(value));
  }
}

/** Says something else, only if it is something else: what did not change is not announced. @param {Element} element @param {string} text */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** @template {Element} [T=HTMLElement] @param {string} id @returns {T} */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`no #${id}`);
  return /** @type {T} */ (/** @type {unknown} */ (found));
}

/**
 * Draws a list: entries that were there stay the elements that they are.
 * @template T
 * @param {Element} parent @param {T[]} entries
 * @param {{ key: (entry: T) => string, create: (entry: T) => HTMLElement, update: (element: HTMLElement, entry: T) => void }} how
 */
export function keep(parent, entries, { key, create, update }) {
  const there = new Map([...parent.children].map((child) => [child instanceof HTMLElement ? child.dataset['key'] : undefined, child]));
  const wanted = entries.map((entry) => {
    const found = there.get(key(entry));
    const element = found instanceof HTMLElement ? found : create(entry);
    element.dataset['key'] = key(entry);
    update(element, entry);
    return element;
  });
  for (const child of [...parent.children]) if (!wanted.includes(/** @type {HTMLElement} */ (child))) child.remove();
  // Only what is out of place moves: moving an element takes the focus from it.
  wanted.forEach((element, index) => {
    if (parent.children[index] !== element) parent.insertBefore(element, parent.children[index] ?? null);
  });
}

/** Words that only a screen reader reads. @param {string} text */
export const unseen = (text) => make('span', { class: 'visually-hidden' }, text);

/** A small button that says what it is about to who cannot see where it stands. @param {() => void} [pressed] */
export function leverButton(pressed) {
  return make('button', { class: 'button small lever', type: 'button', ...(pressed ? { onclick: pressed } : {}) }, make('span', { class: 'verb' }), make('span', { class: 'about visually-hidden' }), make('span', { 'aria-hidden': 'true' }, '…'));
}

/** @param {HTMLElement} button @param {string} verb @param {string} about */
export function nameLever(button, verb, about) {
  say(part(button, 'verb'), verb);
  say(part(button, 'about'), ` ${about}`);
}

/** Part of an element by its class. @param {Element} element @param {string} name @returns {HTMLElement} */
export function part(element, name) {
  const found = element.querySelector(`.${name}`);
  if (!(found instanceof HTMLElement)) throw new Error(`no .${name}`);
  return found;
}
