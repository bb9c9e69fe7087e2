/** The element in a form of React and of Vue, as `examples/` write it and `docs/embedding.md` shows it: run in the browser, to the end. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import ts from 'typescript';
import { compileScript, parse } from 'vue/compiler-sfc';
import { Host } from './support/host.js';
import { ask, codeField, enter, open } from './support/steps.js';
import { walks } from './support/walk.js';

const host = await new Host().listen();
after(() => host.close());

const walk = walks({ HTTP_ALLOWED_ORIGINS: host.origin });

const read = (/** @type {string} */ path) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const REACT = read('../examples/react/SignUp.tsx');
const VUE = read('../examples/vue/SignUp.vue');

/** @param {string} source @param {ts.JsxEmit} [jsx] */
const common = (source, jsx = ts.JsxEmit.ReactJSX) => ts.transpileModule(source, { compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, jsx } }).outputText;

function ofVue() {
  const { descriptor } = parse(VUE);
  return compileScript(descriptor, { id: 'sign-up', inlineTemplate: true, templateOptions: { compilerOptions: { isCustomElement: (tag) => tag === 'phone-verification' } } }).content;
}

/** What each page needs, by the name under which it is asked for. */
const FRAMEWORKS = {
  React: {
    modules: {
      react: read('node_modules/react/cjs/react.production.js'),
      'react/jsx-runtime': read('node_modules/react/cjs/react-jsx-runtime.production.js'),
      scheduler: read('node_modules/scheduler/cjs/scheduler.production.js'),
      'react-dom': read('node_modules/react-dom/cjs/react-dom.production.js'),
      'react-dom/client': read('node_modules/react-dom/cjs/react-dom-client.production.js'),
      form: common(REACT),
    },
    begin: "require('react-dom/client').createRoot(place).render(require('react').createElement(require('form').SignUp, { nonce }));",
  },
  Vue: {
    modules: { vue: `${read('node_modules/vue/dist/vue.runtime.global.prod.js')}\nmodule.exports = Vue;`, form: common(ofVue()) },
    begin: "require('vue').createApp(require('form').default, { nonce }).mount(place);",
  },
};

for (const [name, { modules, begin }] of Object.entries(FRAMEWORKS)) {
  walk(`${name}: the form is told when the number is proven, and submits the receipt of its nonce`, { host: host.origin }, async ({ page, service, number }) => {
    const table = Object.entries(modules).map(([id, source]) => `${JSON.stringify(id)}: (module, exports, require) => {${source}\n}`);
    const script = `const modules = {${table.join(',\n')}}, made = {};
      const require = (id) => { if (!made[id]) { const module = (made[id] = { exports: {} }); modules[id](module, module.exports, require); } return made[id].exports; };
      const place = document.querySelector('#place'), nonce = 'n-0S6_WzA2Mj'; ${begin}`;
    const html = `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>A shop</title></head><body><main><h1>Almost there</h1><div id="place"></div></main><script type="module" src="${service.page}phone-verification.js" crossorigin></script><script>${script.replaceAll('</script', '<\\/script')}</script></body></html>`;
    await open(page, host.put(`/${name}`, { html, policy: "default-src 'self' 'unsafe-inline' http://127.0.0.1:*" }));
    const button = page.locator('form > button');
    assert.equal(await button.isDisabled(), true);
    assert.equal(await page.locator('phone-verification').evaluate((element) => /** @type {HTMLInputElement} */ (element).required), true);
    await ask(page, number);
    await codeField(page).waitFor();
    await enter(page, (await service.newest(number)).code);
    await page.locator('form > button:enabled').waitFor();
    const receipt = await page.evaluate(() => new FormData(document.forms[0]).get('phone_receipt'));
    const claims = JSON.parse(Buffer.from(String(receipt).split('.')[1] ?? '', 'base64url').toString());
    assert.equal(claims.nonce, 'n-0S6_WzA2Mj');
    await page.locator('phone-verification').evaluate((element) => /** @type {HTMLElement & { reset(): void }} */ (element).reset());
    await page.locator('form > button:disabled').waitFor();
  });
}

test('the document shows what is run', () => {
  const shown = read('../docs/embedding.md');
  for (const source of [REACT, VUE]) assert.ok(shown.includes(source), source);
});
