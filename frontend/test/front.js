/**
 * What stands in front of the service where it is run: TLS and HTTP/2, handed on as plain HTTP/1.1. Only for
 * measuring; its certificate is made on the spot and trusted by nobody.
 */

import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { createSecureServer } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Headers of one connection, which HTTP/2 does not know. */
const HOP_BY_HOP = ['connection', 'keep-alive', 'transfer-encoding'];

/**
 * Listens on a port of its own until it is closed.
 * @param {string} target address of the service
 * @returns {Promise<{ address: string, close: () => void }>}
 */
export async function putInFront(target) {
  const agent = new Agent({ keepAlive: true });
  const server = createSecureServer(certificate(), (incoming, outgoing) => {
    const { ':method': method, ':path': path, ...headers } = incoming.headers;
    const plain = Object.entries(headers).filter(([name]) => !name.startsWith(':'));
    const onward = request(new URL(String(path), target), { method: String(method), headers: Object.fromEntries(plain), agent }, (answer) => {
      const kept = Object.entries(answer.headers).filter(([name]) => !HOP_BY_HOP.includes(name));
      outgoing.writeHead(answer.statusCode ?? 502, Object.fromEntries(kept));
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.stream.close());
    incoming.pipe(onward);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return { address: `https://127.0.0.1:${port}/`, close: () => void server.close() };
}

function certificate() {
  const folder = mkdtempSync(join(tmpdir(), 'front-'));
  try {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1', '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert], { stdio: 'ignore' });
    return { key: readFileSync(key), cert: readFileSync(cert) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
