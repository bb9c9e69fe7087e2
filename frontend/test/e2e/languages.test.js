/** The page in each of its languages: picked, linked, changed on the way, spoken, in either direction, and never cut off. */

import assert from 'node:assert/strict';
import { LOADERS, OWN_NAMES } from '../../i18n/locales.js';
import { accessible } from './support/accessible.js';
import { askForCode, choose, LOCALES, nothingCutOff, openIn, speaks, wordsOf } from './support/languages.js';
import { otherThan } from './support/service.js';
import { open } from './support/steps.js';
import { focused, walks } from './support/walk.js';

/** @import { Page } from 'playwright-core' */
/** @import { Messages } from '../../i18n/types.js' */

const walk = walks({ GUARD_COOLDOWNS: '1s' });

/** The narrowest window anybody has to be able to use (A52). */
const NARROW = { viewport: { width: 320, height: 640 }, forgive: /net::ERR_CONNECTION_REFUSED/ };

walk('A12 A58: each language opens by its address, in its own words, direction and names', async ({ page, service }) => {
  for (const locale of LOCALES) {
    await openIn(page, service.page, locale);
    const { t, direction } = await wordsOf(locale);
    assert.equal(await page.locator('.heading').innerText(), t('phone.heading'), locale);
    assert.equal(await page.title(), t('page.title', { heading: t('phone.heading'), brand: 'Ringproof' }));
    assert.deepEqual(await page.evaluate(() => [document.documentElement.lang, document.documentElement.dir]), [locale, direction]);
    // What Chromium picks fonts, hyphens and the ends of lines by.
    assert.equal(await page.locator('.heading').evaluate((heading) => getComputedStyle(heading).getPropertyValue('-webkit-locale')), `"${locale}"`);
    assert.equal(await page.locator('#language').inputValue(), locale);
    assert.equal(await page.locator('#language option:checked').textContent(), OWN_NAMES[locale]);
    // Chromium knows the countries by name in most languages, but not in all.
    const known = await page.evaluate((tag) => Intl.DisplayNames.supportedLocalesOf(tag).length > 0, locale);
    const country = new Intl.DisplayNames([locale], { type: 'region' }).of('NL') ?? '';
    if (known) assert.ok((await page.locator('#region option[value=NL]').textContent())?.startsWith(country), `${locale}: ${country}`);
  }
});

for (const [browser, picked] of /** @type {const} */ ([['de-AT', 'de'], ['zh-TW', 'zh-TW'], ['zh-Hant-HK', 'zh-HK'], ['es-AR', 'es-419'], ['no', 'nb'], ['he-IL', 'he'], ['fi-FI', 'en']])) {
  walk(`A36: a browser that asks for ${browser} gets ${picked}, and its address stays as it is`, { locale: browser }, async ({ page, service }) => {
    await page.goto(service.page);
    await speaks(page, picked);
    assert.equal(page.url(), service.page);
  });
}

walk('an address that names no language of the page leaves the choice to the browser', { locale: 'sv-SE' }, async ({ page, service }) => {
  await page.goto(`${service.page}?locale=tlh%22%3E`);
  await speaks(page, 'sv');
});

walk('the choice is seen, named in each language by itself, kept in the address and heard on the phone', async ({ page, service, number }) => {
  await open(page, service.page);
  const select = page.getByLabel('Language', { exact: true });
  assert.equal(await select.locator('option[lang=de]').textContent(), 'Deutsch');
  assert.equal(await select.locator('option[lang=ar]').textContent(), 'العربية');
  assert.equal(await select.locator('option').count(), LOCALES.length);

  await page.locator('#phone-number').fill(number);
  await select.focus();
  await choose(page, 'nl');
  assert.equal((await focused(page)).id, 'language');
  assert.equal(await page.locator('#phone-number').inputValue(), number);
  assert.equal(await page.locator('#region').inputValue(), 'GB');
  assert.equal(new URL(page.url()).search, '?locale=nl');
  await askForCode(page, number);
  assert.equal((await service.newest(number)).language, 'nl-nl');

  await page.locator('#code').fill('12');
  await choose(page, 'fr');
  assert.equal(await page.locator('#code').inputValue(), '12');
  assert.equal(new URL(page.url()).search, '?locale=fr');
  await page.reload();
  await speaks(page, 'fr');
  await page.locator('#code').fill((await service.newest(number)).code);
  const { t } = await wordsOf('fr');
  await page.getByText(t('done.heading')).waitFor();
  assert.equal((await service.messages(number)).length, 1, 'changing the language places no call');
});

walk('A36: where the voice cannot speak it, the page says before the call in which language it will be', async ({ page, service, number }) => {
  for (const locale of ['ar', 'fa', 'he', 'hi', 'nl']) {
    await openIn(page, service.page, locale);
    const { t } = await wordsOf(locale);
    const sentence = page.locator('p.why', { hasText: t('phone.spoken_in', { language: new Intl.DisplayNames([locale], { type: 'language' }).of('en') ?? '' }) });
    assert.equal(await sentence.count(), locale === 'nl' ? 0 : 1, locale);
    if (locale !== 'ar') continue;
    await page.locator('#channel-sms').check();
    assert.equal(await sentence.count(), 0, 'a message is not spoken');
  }
  await openIn(page, service.page, 'ar');
  await askForCode(page, number);
  assert.equal((await service.newest(number)).language, 'en-gb');
});

for (const locale of ['ar', 'fa', 'he']) {
  walk(`A72: ${locale} runs from right to left, its numbers from left to right`, async ({ page, service, number }) => {
    await openIn(page, service.page, locale);
    await page.locator('#phone-number').fill(number);
    const label = await page.locator('label[for=phone-number]').boundingBox();
    const row = await page.locator('.number-row').boundingBox();
    assert.ok(label && row && Math.abs(label.x + label.width - row.x - row.width) < 2, 'the label stands at the right');
    assert.equal(await page.locator('#phone-number').evaluate((input) => getComputedStyle(input).direction), 'ltr');
    await accessible(page, `${locale}, phone`);
    await askForCode(page, number);
    assert.equal(await page.locator('#code').evaluate((input) => getComputedStyle(input).direction), 'ltr');
    await accessible(page, `${locale}, code`);
  });
}

walk('A52 A81: at 320 pixels no language is cut off on any step', NARROW, async ({ page, service, number }) => {
  await walkThrough({ page, service, number }, inEach(page, LOCALES));
});

walk('A81: words longer by 40 % are not cut off on any step', NARROW, async ({ page, service, number }) => {
  // English, and two whose words are long as they are.
  const locales = ['en', 'de', 'el'];
  for (const locale of locales) {
    const body = `export const ${locale} = ${JSON.stringify(stretched(await LOADERS[locale]?.()))};`;
    await page.route(`**/i18n/${locale}.js`, (route) => route.fulfill({ contentType: 'text/javascript', body }));
  }
  await walkThrough({ page, service, number }, inEach(page, locales));
});

/** Looks at a step in several languages. @param {Page} page @param {readonly string[]} locales */
function inEach(page, locales) {
  return async (/** @type {string} */ step) => {
    for (const locale of locales) {
      await choose(page, locale);
      await nothingCutOff(page, `${step}, ${locale}`);
    }
  };
}

walk('a language that cannot be loaded is English, and the one being read stays', { forgive: /net::ERR_FAILED/ }, async ({ page, service, number }) => {
  await page.route('**/i18n/nl.js', (route) => route.abort());
  await page.goto(`${service.page}?locale=nl`);
  await speaks(page, 'en');
  await choose(page, 'de');
  await page.locator('#phone-number').fill(number);
  await page.locator('#language').selectOption('nl');
  await page.waitForFunction(() => document.querySelector('phone-verification')?.shadowRoot?.querySelector('select#language:not([value=nl])'));
  await speaks(page, 'de');
  assert.equal(await page.locator('#phone-number').inputValue(), number);
});

walk('without any words the page still says what to do', { forgive: /net::ERR_FAILED/ }, async ({ page, service }) => {
  await page.route('**/i18n/en.js', (route) => route.abort());
  await page.goto(service.page);
  await page.getByRole('alert').getByText('load the page again').waitFor();
  await accessible(page, 'without words');
});

walk('on somebody else’s page the attribute rules, and the address is left alone', async ({ page, service }) => {
  await open(page, service.page);
  await page.evaluate(() => {
    const guest = document.createElement('phone-verification');
    guest.setAttribute('locale', 'it');
    guest.id = 'guest';
    document.body.append(guest);
  });
  const guest = page.locator('#guest');
  await guest.locator('.root[lang=it] .heading').waitFor();
  await guest.locator('#language').selectOption('ko');
  await guest.locator('.root[lang=ko] .heading').waitFor();
  assert.equal(await guest.getAttribute('locale'), 'ko');
  assert.equal(page.url(), service.page);
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'en');
});

/**
 * Goes through the steps and has each one looked at: failure, number with its fault, code with its fault and its help, a code that is used up, success.
 * @param {Pick<import('./support/walk.js').Walk, 'page' | 'service' | 'number'>} walk
 * @param {(step: string) => Promise<void>} look
 */
async function walkThrough({ page, service, number }, look) {
  await page.route('**/config', (route) => route.abort('connectionrefused'));
  await page.goto(service.page);
  await page.locator('.mark-alert').waitFor();
  await look('problem');
  await page.unroute('**/config');
  await page.locator('.stage button').first().click();
  await page.locator('#phone-number').waitFor();
  await page.locator('button[type=submit]').click();
  await page.locator('p.field-error:visible').waitFor();
  await look('number missing');
  await askForCode(page, number);
  await page.locator('details.help > summary').click();
  await page.locator('#code').fill('1');
  await page.locator('button[type=submit]').click();
  await page.locator('.code.faulty').waitFor();
  await look('code');
  const spent = otherThan((await service.newest(number)).code);
  for (let left = 5; left > 0; left -= 1) {
    const answered = page.waitForResponse('**/check');
    await page.locator('button[type=submit]:not([aria-disabled])').waitFor();
    await page.locator('#code').fill('');
    await page.locator('#code').fill(spent);
    await answered;
  }
  await page.locator('.mark-ended').waitFor();
  await look('ended');
  await page.locator('.main > .button-primary:not([aria-disabled])').click();
  await page.locator('#code').waitFor();
  await page.locator('#code').fill((await service.newest(number)).code);
  await page.locator('.mark-done').waitFor();
  await look('success');
}

/** Every word longer by four letters in ten. @param {Messages | undefined} messages */
function stretched(messages = {}) {
  const longer = (/** @type {string} */ text) => text.replace(/\{\w+\}|\p{Letter}+/gu, (word) => (word.startsWith('{') ? word : word + word.slice(-Math.ceil(word.length * 0.4))));
  return Object.fromEntries(Object.entries(messages).map(([key, entry]) => [key, typeof entry === 'string' ? longer(entry) : Object.fromEntries(Object.entries(entry).map(([form, text]) => [form, longer(text)]))]));
}
