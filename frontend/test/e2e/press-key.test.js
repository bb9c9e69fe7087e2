/** A call that asks for a key before it says the code: on the page, on the phone, and on an answering machine. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { accessible } from './support/accessible.js';
import { arrived, askAndArrive, enter, headingOf, open } from './support/steps.js';
import { listen, walks } from './support/walk.js';

/** An address that the carrier can be given before the service listens there. @returns {Promise<string>} */
async function freeAddress() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  server.close();
  await once(server, 'close');
  return `127.0.0.1:${port}`;
}

const address = await freeAddress();
// The simulator signs with the secret that placed the call, which in the demo is this.
const walk = walks({ PROVIDERS: 'twilio', TWILIO_PRESS_KEY: 'true', TWILIO_AUTH_TOKEN: 'demo', HTTP_LISTEN: address, PUBLIC_URL: `http://${address}` });

walk('a key is asked for, pressed on the phone, and the code that is said then is right', async ({ page, context, service }) => {
  // Rings for half a minute, so the person at the phone decides.
  const number = '+44 20 7946 0192';
  const phone = await context.newPage();
  await phone.goto(service.phone);
  await phone.getByText('Ready. Calls and messages arrive here live.').waitFor();
  await page.bringToFront();
  await open(page, service.page);
  await askAndArrive(page, number);
  await headingOf(page, 'Press any key on your phone').waitFor();
  assert.equal(await page.title(), 'Press any key on your phone – Ringproof');
  await accessible(page, 'asked for a key');
  const said = await listen(page);

  await phone.bringToFront();
  await phone.getByRole('button', { name: /^Answer/ }).click();
  await phone.getByRole('group', { name: 'Keypad' }).waitFor();
  assert.equal(await phone.locator('.digits:visible').count(), 0, 'nothing is said before a key');
  assert.equal((await service.newest(number)).code, '');
  await phone.getByRole('button', { name: '5', exact: true }).click();
  await phone.locator('.digits').waitFor();
  const code = (await phone.locator('.digits').innerText()).replace(/\D/g, '');
  assert.match(code, /^\d{6}$/);

  await page.bringToFront();
  await headingOf(page, 'Enter the code you hear').waitFor();
  assert.ok((await said()).includes('Enter the code you hear'), (await said()).join(' | '));
  await enter(page, code);
  await arrived(page, 'Number verified');
});

walk('a machine presses no key: nothing is left on it, and the page says who answered', async ({ page, service }) => {
  const number = '+44 20 7946 0193';
  await open(page, service.page);
  await askAndArrive(page, number);
  await headingOf(page, 'Press any key on your phone').waitFor();
  await service.advance(60);
  await headingOf(page, 'Voicemail answered').waitFor();
  await accessible(page, 'a machine answered');
  const { text, code } = await service.newest(number);
  assert.equal(code, '');
  assert.doesNotMatch(text, /\d/);
});
