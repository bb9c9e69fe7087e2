/**
 * Somebody else's site: a server of its own origin whose pages embed ours under a policy of their own.
 */

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

/** @typedef {{ html: string, policy: string }} HostPage */

/** A site on a port of its own. */
export class Host {
  /** @type {Map<string, HostPage>} */
  #pages = new Map();
  #server = createServer((request, response) => {
    const page = this.#pages.get(request.url ?? '');
    if (page) response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': page.policy });
    else response.writeHead(request.url === '/favicon.ico' ? 204 : 404);
    response.end(page?.html);
  });

  /** Its origin. */
  origin = '';

  async listen() {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    if (typeof address !== 'object' || address === null) throw new Error('no address');
    this.origin = `http://127.0.0.1:${address.port}`;
    return this;
  }

  close() {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** Puts a page on the site. @param {string} path @param {HostPage} page @returns {string} its address */
  put(path, page) {
    this.#pages.set(path, page);
    return this.origin + path;
  }
}

/** What a careful site allows: nothing but the service. @param {string} api @param {string} [scripts] */
export function strictPolicy(api, scripts = api) {
  return `default-src 'none'; script-src ${scripts}; connect-src ${api}; style-src 'nonce-host'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'`;
}

/** Style that would ruin anything it reaches. */
export const HOSTILE = `
  html { font-size: 50%; }
  * { color: rgb(255, 0, 0) !important; font: italic 40px/3 cursive !important; letter-spacing: 1em !important; text-transform: uppercase !important; text-align: end !important; cursor: wait !important; pointer-events: none !important; user-select: none !important; margin: 7px; padding: 9px; border: 1px dashed; box-sizing: content-box !important; white-space: pre !important; direction: rtl; word-spacing: 2em !important; text-indent: 5em !important; }
  input, button, select, label, p, form, .card, .root, .button, .input, .heading { display: none !important; }
  :root { --ink: red; --accent: red; --surface: red; --font: cursive; --radius: 99px; --small: 9px; --gap: 9em; --padding: 0; --edge: red; --badge: red; }
`;

/** A page in the theme of `docs/theming.md`, word by word. @param {string} api with a slash at its end @returns {HostPage} */
export function themed(api) {
  const [, css] = /```css\n([^]*?)```/.exec(readFileSync(new URL('../../../../docs/theming.md', import.meta.url), 'utf8')) ?? [];
  if (!css) throw new Error('docs/theming.md has no theme');
  const around = 'body { margin: 0; padding: 40px 16px; background: light-dark(#efe9db, #12110f); } main { max-inline-size: 440px; margin: auto; } h1 { position: absolute; clip-path: inset(50%); }';
  return {
    html: `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>A paper shop</title><style nonce="host">${css}${around}</style></head><body><main><h1>A paper shop</h1><script type="module" src="${api}phone-verification.js" crossorigin></script><phone-verification region="GB" brand="The Paper Shop" hide-privacy></phone-verification></main></body></html>`,
    policy: strictPolicy(api.slice(0, -1)),
  };
}
