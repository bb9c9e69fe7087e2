/**
 * The page that `lighthouse.js` holds ours against when neither may be as fast as it should be: plain HTML, and one
 * task of as much work as ours may have at most. It is the same work on every machine, and says nothing of ours.
 */

import { once } from 'node:events';
import { createServer } from 'node:http';

/** Of fields that are made and laid out: with these a machine of the speed that Lighthouse expects scores 99. */
const FIELDS = 1000;

const HTML = `<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Control</title>
<h1>Control</h1>
<script>
  // After the first paint: only that counts as blocking.
  addEventListener('load', () => requestAnimationFrame(() => setTimeout(() => {
    for (let each = 0; each < ${FIELDS}; each += 1) {
      const label = document.createElement('label');
      label.append('Field ' + each, document.createElement('input'));
      document.body.append(label);
    }
    document.body.offsetHeight;
  })));
</script>
`;

/** Serves it on a port of its own until it is closed. @returns {Promise<{ address: string, close: () => void }>} */
export async function serveControl() {
  const server = createServer((request, response) => {
    response.writeHead(request.url === '/' ? 200 : 204, { 'Content-Type': 'text/html; charset=utf-8' });
    response.end(request.url === '/' ? HTML : undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { address: `http://127.0.0.1:${port}/`, close };
}
