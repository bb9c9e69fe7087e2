/**
 * Builds elements out of names, attributes and text, and lends them their style sheets. Text goes in as text: nothing is ever
 * parsed as HTML (A45).
 */

/** @typedef {Node | string | null | false} Child */

/** What may be styled from outside, by `::part`; the contract is `docs/embedding.md`. @type {Readonly<Record<string, string>>} */
export const PART_OF = {
  card: 'card', 'own-brand': 'brand', heading: 'heading', 'field-label': 'label', input: 'input', button: 'button', 'button-primary': 'primary submit',
  'button-link': 'link', summary: 'error', 'field-error': 'error', choice: 'choice', mark: 'mark', number: 'number', privacy: 'privacy', timer: 'timer', progress: 'progress',
};

/**
 * Makes an element; `true` sets a bare attribute, `false` and `null` set none.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} name @param {Record<string, string | boolean | null>} [attributes] @param {...Child} children
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
 * A sentence with one of its parts as an element; the sentence alone where it does not name that part.
 * @param {(slot: string) => string} sentence @param {Node} node
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

/** All there are; `index.html` asks for them early. */
export const FILES = ['styles/tokens.css', 'styles/base.css', 'styles/controls.css', 'styles/steps.css'];

/** How long the page waits for its style sheets before it is shown without them. */
const STYLES_TIMEOUT_MS = 3000;

/** @type {Promise<CSSStyleSheet[]> | null} */
let sheets = null;

/**
 * Lends the style sheets to a shadow root; they are fetched once for a document. A page with a policy of its own then needs to
 * allow only the connection that it allows for the calls anyway. Resolves when they are applied, or after a time limit: the page
 * without them is better than nothing, and those that arrive later are still applied.
 * @param {ShadowRoot} root
 */
export async function applyStyles(root) {
  if (root.adoptedStyleSheets.length > 0) return;
  const applied = fetched().then((found) => void (root.adoptedStyleSheets = found), () => {
    // The browser has said on its console what could not be loaded; the next element tries again.
    sheets = null;
  });
  const timeLimit = new Promise((resolve) => setTimeout(resolve, STYLES_TIMEOUT_MS));
  await Promise.race([applied, timeLimit]);
}

function fetched() {
  sheets ??= Promise.all(FILES.map(async (file) => {
    const response = await fetch(new URL(`../${file}`, import.meta.url));
    if (!response.ok) throw new Error(`${file}: ${response.status}`);
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(await response.text());
    return sheet;
  }));
  return sheets;
}
