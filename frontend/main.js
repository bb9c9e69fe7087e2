/**
 * Our own page around `<phone-verification>`: its title, language, history, and what survives a reload.
 */

/** @import { Controller } from './elements/types.js' */

import { definePhoneVerification, PhoneVerification } from './elements/phone-verification/phone-verification.js';
import { pageTitle } from './elements/verification-flow/headings.js';
import { createSession, followHistory, mayRestore } from './state/own-page.js';

definePhoneVerification();
const element = document.querySelector('phone-verification');
if (!(element instanceof PhoneVerification)) throw new Error('index.html holds no <phone-verification>');

/** The language in the address of the page: a choice that is kept, and can be linked to. */
const LOCALE = 'locale';
const linked = new URL(location.href).searchParams.get(LOCALE);
if (linked) element.setAttribute('locale', linked);

/** @type {Controller} */
const controller = {
  session: createSession(() => window.sessionStorage),
  restore: mayRestore(history),
  follow: ({ store, flow, signal }) => followHistory({ history, window, store, flow, signal }),
  shown({ state, translator }) {
    document.title = pageTitle(translator, state);
    document.documentElement.lang = translator.locale;
    document.documentElement.dir = translator.direction;
    keepLocale(element.getAttribute('locale') ?? '');
    const brand = document.querySelector('[data-brand]');
    if (brand && state.config?.brand) brand.textContent = state.config.brand;
  },
};
element.controller = controller;

/** Puts the chosen language into the address, where it differs. @param {string} locale */
function keepLocale(locale) {
  const address = new URL(location.href);
  if (!locale || address.searchParams.get(LOCALE) === locale) return;
  address.searchParams.set(LOCALE, locale);
  history.replaceState(history.state, '', address);
}
