/**
 * What a page may ask of the element: attributes, each of which is a property, too.
 */

import { setAttribute } from '../dom.js';

/** Properties by name: the attribute, and whether it is one of those that are there or not. @type {Readonly<Record<string, { attribute: string, bare?: true }>>} */
const PROPERTIES = {
  api: { attribute: 'api' },
  locale: { attribute: 'locale' },
  channel: { attribute: 'channel' },
  region: { attribute: 'region' },
  reference: { attribute: 'reference' },
  brand: { attribute: 'brand' },
  countries: { attribute: 'countries' },
  phoneNumber: { attribute: 'phone-number' },
  verification: { attribute: 'verification' },
  name: { attribute: 'name' },
  locked: { attribute: 'locked', bare: true },
  required: { attribute: 'required', bare: true },
  disabled: { attribute: 'disabled', bare: true },
  compact: { attribute: 'compact', bare: true },
  hideLanguage: { attribute: 'hide-language', bare: true },
  hidePrivacy: { attribute: 'hide-privacy', bare: true },
};

export const ATTRIBUTES = Object.values(PROPERTIES).map(({ attribute }) => attribute);

/** Gives a class of elements its properties. @param {HTMLElement} prototype */
export function reflect(prototype) {
  for (const [property, { attribute, bare }] of Object.entries(PROPERTIES)) {
    Object.defineProperty(prototype, property, {
      configurable: true,
      enumerable: true,
      /** @this {HTMLElement} */
      get() {
        return bare ? this.hasAttribute(attribute) : (this.getAttribute(attribute) ?? '');
      },
      /** @this {HTMLElement} @param {unknown} value */
      set(value) {
        if (bare) this.toggleAttribute(attribute, Boolean(value));
        else setAttribute(this, attribute, value === null || value === undefined ? null : String(value));
      },
    });
  }
}

/** A property that was set before the element was defined is the page's wish too. @param {HTMLElement} element @param {readonly string[]} more */
export function takeOver(element, more) {
  const own = /** @type {Record<string, unknown>} */ (/** @type {unknown} */ (element));
  for (const property of [...Object.keys(PROPERTIES), ...more]) {
    if (!Object.hasOwn(own, property)) continue;
    const value = own[property];
    delete own[property];
    own[property] = value;
  }
}

/** @typedef {ReturnType<typeof wishesOf>} Wishes */

/** Read again whenever they are needed: they may have changed. @param {HTMLElement} element */
export function wishesOf(element) {
  const text = (/** @type {string} */ name) => element.getAttribute(name) ?? '';
  // Britain is GB by ISO 3166, and UK to everybody who lives there; the service reads both.
  const countries = (/** @type {string} */ name) => text(name).toUpperCase().replace(/\bUK\b/g, 'GB');
  return {
    api: text('api'),
    locale: text('locale'),
    channel: text('channel'),
    region: countries('region'),
    reference: text('reference'),
    brand: text('brand'),
    // A browser hides the attribute where the page has a policy, and keeps the property.
    nonce: element.nonce || text('nonce'),
    countries: countries('countries').split(/[\s,]+/).filter(Boolean),
    phoneNumber: text('phone-number'),
    verification: text('verification'),
    locked: element.hasAttribute('locked') && text('phone-number') !== '',
    compact: element.hasAttribute('compact'),
    hideLanguage: element.hasAttribute('hide-language'),
    hidePrivacy: element.hasAttribute('hide-privacy'),
  };
}
