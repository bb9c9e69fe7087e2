/**
 * Somebody else's site: a server of its own origin whose pages embed ours under a policy of their own.
 */

import { once } from 'node:events';
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
