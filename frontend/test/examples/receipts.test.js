/**
 * The servers of the examples: PyJWT, jose and the service itself believe a receipt of this session, and nothing
 * else that somebody may send. What a person sees of it is in `forms.test.js`.
 */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { Service } from '../e2e/support/service.js';
import { Site, SITES } from './site.js';

/** @import { Name } from './site.js' */

/** Changes one character in the middle of a part: 0 is the header, 2 the signature. @param {string} receipt @param {number} index */
function altered(receipt, index) {
  const parts = receipt.split('.');
  const part = parts[index] ?? '';
  const middle = Math.floor(part.length / 2);
  parts[index] = part.slice(0, middle) + (part[middle] === 'A' ? 'B' : 'A') + part.slice(middle + 1);
  return parts.join('.');
}

/** The same claims under a header of one's own, without a signature. @param {string} receipt */
function unsigned(receipt) {
  const header = Buffer.from(JSON.stringify({ alg: 'none', typ: 'receipt+jwt' })).toString('base64url');
  return `${header}.${receipt.split('.')[1]}.`;
}

for (const name of /** @type {Name[]} */ (Object.keys(SITES))) {
  describe(name, () => {
    /** @type {Site} */
    let site;
    let used = 0;
    const number = () => `+4420794605${String((used += 1)).padStart(2, '0')}`;

    before(async () => {
      site = await Site.start(name);
    });
    after(() => site?.stop());

    test('believes the receipt of this session, once', async () => {
      const [{ cookie, nonce }, to] = [await site.visit(), number()];
      const receipt = await site.prove({ number: to, nonce });
      const first = await site.submit(cookie, receipt);
      const shown = first.status === 200 ? await first.text() : await profile(site, cookie, first);
      assert.ok(shown.includes(to), shown);
      assert.ok(shown.includes('Ada &') && !shown.includes('<b>'), shown);
      assert.equal((await site.submit(cookie, receipt)).status, 422, 'sent again');
      const another = await site.visit();
      assert.equal((await site.submit(another.cookie, receipt)).status, 422, 'sent by somebody else');
    });

    test('believes nothing that was not made for it', async () => {
      const other = await Service.start();
      try {
        const mine = async () => (await site.visit()).nonce;
        const to = number();
        const good = await site.prove({ number: to, nonce: await mine() });
        for (const [what, make] of /** @type {[string, (nonce: string) => Promise<string | undefined> | string | undefined][]} */ ([
          ['nothing', () => undefined],
          ['an empty field', () => ''],
          ['no receipt', () => 'receipt'],
          ['the receipt of another session', () => good],
          ['a receipt without a nonce', () => site.prove({ number: to })],
          ['a receipt for another site', (nonce) => site.prove({ number: to, nonce, origin: site.service.page.slice(0, -1) })],
          ['a receipt for whoever asked without a page', (nonce) => site.prove({ number: to, nonce, origin: '' })],
          ['a receipt of another service', (nonce) => site.prove({ number: to, nonce, origin: '', service: other })],
          ['a changed header', async (nonce) => altered(await site.prove({ number: to, nonce }), 0)],
          ['changed claims', async (nonce) => altered(await site.prove({ number: to, nonce }), 1)],
          ['a changed signature', async (nonce) => altered(await site.prove({ number: to, nonce }), 2)],
          ['no signature', async (nonce) => unsigned(await site.prove({ number: to, nonce }))],
        ])) {
          const { cookie, nonce } = await site.visit();
          const receipt = await make(nonce);
          assert.equal((await site.submit(cookie, receipt)).status, 422, what);
        }
      } finally {
        await other.kill();
      }
    });
  });
}

/** What a service, or what stands before it, may say instead of an answer; nothing at all closes the connection. */
const NO_ANSWERS = {
  'nothing': '',
  'no HTTP': 'SSH-2.0-OpenSSH_9.6\r\n\r\n',
  'a page of the balancer': 'HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: 3\r\nConnection: close\r\n\r\n<p>',
  'a page with a kind look': 'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 3\r\nConnection: close\r\n\r\n<p>',
  'half an answer': 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 300\r\nConnection: close\r\n\r\n{"keys":',
  'JSON that is no object': 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 7\r\nConnection: close\r\n\r\n["ok!"]',
  'an object, but of something else': 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 12\r\nConnection: close\r\n\r\n{"ok": true}',
};

for (const name of /** @type {Name[]} */ (Object.keys(SITES))) {
  test(`${name}: a session outlives a service that is gone for a moment, or talks nonsense`, async () => {
    const site = await Site.start(name);
    let said = '';
    const nonsense = createServer((socket) => void socket.on('error', () => {}).once('data', () => socket.end(said)));
    try {
      const { cookie, nonce } = await site.visit();
      const receipt = await site.prove({ number: '+442079460588', nonce });
      const before = site.service;
      await before.kill();
      assert.equal((await site.submit(cookie, receipt)).status, 503, 'gone');
      nonsense.listen(Number(new URL(before.page).port), '127.0.0.1');
      await once(nonsense, 'listening');
      for (const [what, answer] of Object.entries(NO_ANSWERS)) {
        said = answer;
        assert.equal((await site.submit(cookie, receipt)).status, 503, what);
      }
      nonsense.close();
      await once(nonsense, 'close');
      site.service = await Service.start({ ...site.settings }, { like: before });
      const answer = await site.submit(cookie, receipt);
      assert.ok([200, 302, 303].includes(answer.status), `${answer.status}`);
      assert.equal((await site.submit(cookie, receipt)).status, 422, 'sent again');
    } finally {
      nonsense.close();
      await site.stop();
    }
  });
}

/** The page that a sign-up leads to. @param {Site} site @param {string} cookie @param {Response} answer */
async function profile(site, cookie, answer) {
  assert.ok([302, 303].includes(answer.status), `${answer.status}`);
  const changed = answer.headers.getSetCookie().map((line) => line.split(';')[0]).join('; ');
  const response = await fetch(new URL(answer.headers.get('location') ?? '', site.origin), { headers: { Cookie: changed || cookie } });
  assert.equal(response.status, 200);
  return response.text();
}
