/**
 * Puts the page together: client, store, flow, words, elements. The only module that knows them all, and
 * the only one that touches the document's title, language and history.
 */

import { createClient } from './api/client.js';
import { defineElements } from './elements/define.js';
import { channelsFor, firstRegion } from './elements/phone-form/phone.js';
import { pageTitle } from './elements/verification-flow/headings.js';
import { VerificationFlow } from './elements/verification-flow/verification-flow.js';
import { onNews } from './elements/view-element.js';
import { FALLBACK, LOADERS, pickLocale, spokenLocale } from './i18n/locales.js';
import { createTranslator } from './i18n/translator.js';
import { createFlow } from './state/flow.js';
import { randomKey } from './state/intent.js';
import { INITIAL, reduce } from './state/machine.js';
import { followHistory, mayRestore } from './state/navigation.js';
import { createSession } from './state/session.js';
import { Store } from './state/store.js';

const languages = navigator.languages ?? [navigator.language];
const locale = pickLocale(languages);
const messages = await (LOADERS[locale] ?? LOADERS[FALLBACK])?.();
const spoken = spokenLocale(locale, languages);
const translator = createTranslator(locale, messages ?? {}, spoken);
const page = new AbortController();
const now = () => Date.now();

const store = new Store(reduce, INITIAL);
const flow = createFlow({
  client: createClient(),
  store,
  session: createSession(() => window.sessionStorage),
  locale: spoken,
  firstForm(config) {
    const region = firstRegion(config, languages);
    return { phoneNumber: '', region, channel: channelsFor(config, region)[0] ?? 'voice' };
  },
  newKey: randomKey,
  now,
});

defineElements();
const element = document.querySelector('verification-flow');
if (!(element instanceof VerificationFlow)) throw new Error('index.html holds no <verification-flow>');

const show = () => {
  const { state } = store;
  element.view = { state, translator, now };
  document.title = pageTitle(translator, state);
  const brand = document.querySelector('[data-brand]');
  if (brand && state.config?.brand) brand.textContent = state.config.brand;
};

document.documentElement.lang = translator.locale;
document.documentElement.dir = translator.direction;
const restore = mayRestore(history);
store.subscribe(show, page.signal);
followHistory({ history, window, store, flow, signal: page.signal });
onNews(element, 'phone-submitted', ({ form, faults }) => void flow.start(form, faults), page.signal);
onNews(element, 'code-submitted', ({ code, faults }) => void flow.check(code, faults), page.signal);
onNews(element, 'code-timed-out', () => void flow.expire(), page.signal);
onNews(element, 'resend-requested', ({ channel }) => void flow.resend(channel), page.signal);
onNews(element, 'number-change-requested', () => void flow.changeNumber(), page.signal);
onNews(element, 'back-requested', () => void flow.goBack(), page.signal);
onNews(element, 'retry-requested', () => void flow.retry(), page.signal);
onNews(element, 'start-over-requested', () => flow.startOver(), page.signal);
show();
await flow.load({ restore });
