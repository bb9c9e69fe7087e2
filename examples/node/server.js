/** A site with a sign-up whose phone numbers are proven: Express, and jose for the receipt. */

import { randomBytes } from 'node:crypto';
import express from 'express';
import { createRemoteJWKSet, errors, jwtVerify } from 'jose';

const RINGPROOF_URL = process.env.RINGPROOF_URL ?? 'http://127.0.0.1:8080';
const ORIGIN = process.env.ORIGIN ?? 'http://127.0.0.1:8000';

const random = () => randomBytes(32).toString('base64url');
// Keeps the keys, and asks again when a receipt names one that it does not know.
const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', RINGPROOF_URL));
// Stand for your database: all three must outlive a restart there.
const [nonces, profiles, usedReceipts] = [new Map(), new Map(), new Set()];

/** What tells nothing of a receipt: the keys came late, were none, or something else answered. */
const UNDECIDED = [errors.JWKSTimeout.code, errors.JWKSInvalid.code, errors.JOSEError.code];

/** The claims of a receipt that this site and this session may believe, else null. Throws without a verdict. */
async function proven(receipt, nonce) {
  try {
    const { payload } = await jwtVerify(receipt, keys, {
      algorithms: ['ES256'],
      typ: 'receipt+jwt',
      issuer: RINGPROOF_URL,
      audience: ORIGIN,
      clockTolerance: 30, // our clock and the service's may differ
      requiredClaims: ['exp', 'iat', 'jti', 'nonce', 'phone_number'],
    });
    return payload.nonce === nonce ? payload : null;
  } catch (error) {
    if (error instanceof errors.JOSEError && !UNDECIDED.includes(error.code)) return null;
    throw error;
  }
}

const page = (title, body) => `<!DOCTYPE html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title>
<main><h1>${title}</h1>${body}</main></html>`;
const escaped = (text) => String(text).replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
const sessionOf = (request) => /(?:^|;\s*)session=([\w-]{43})/.exec(request.headers.cookie ?? '')?.[1];

const app = express();
app.use(express.urlencoded({ extended: false, limit: '10kb' }));

app.get('/', (_request, response) => {
  const [session, nonce] = [random(), random()];
  nonces.set(session, nonce);
  response.cookie('session', session, { httpOnly: true, sameSite: 'lax', secure: ORIGIN.startsWith('https:') });
  response.set('Cache-Control', 'no-store').send(page('Sign up', `
<script type="module" src="${RINGPROOF_URL}/phone-verification.js" crossorigin></script>
<form method="post" action="/sign-up">
  <p><label>Your name <input name="name" autocomplete="name" required></label></p>
  <phone-verification name="phone_receipt" nonce="${nonce}" channel="voice" region="GB" required>
    This form needs JavaScript, to call you with a code.
  </phone-verification>
  <button>Create my profile</button>
</form>`));
});

app.post('/sign-up', async (request, response) => {
  const session = sessionOf(request);
  const nonce = nonces.get(session);
  let claims;
  try {
    claims = nonce && (await proven(request.body?.phone_receipt ?? '', nonce));
  } catch {
    response.status(503).send(page('Sign up', '<p>We could not ask just now. Please send the form again in a moment.</p>'));
    return;
  }
  // Each nonce is good for one verdict, each receipt for one profile.
  const first = nonces.delete(session);
  if (!claims || !first || usedReceipts.has(claims.jti)) {
    response.status(422).send(page('Sign up', '<p>We could not make sure of your number. Please <a href="/">sign up again</a>.</p>'));
    return;
  }
  usedReceipts.add(claims.jti);
  profiles.set(session, { name: request.body.name ?? '', phoneNumber: claims.phone_number, verified: claims.phone_number_verified });
  response.redirect(303, '/profile');
});

app.get('/profile', (request, response) => {
  const profile = profiles.get(sessionOf(request));
  if (!profile) response.status(404).send(page('Nothing here', '<p><a href="/">Sign up</a></p>'));
  else response.send(page(escaped(profile.name), `<p>${escaped(profile.phoneNumber)} ${profile.verified ? '(verified)' : '(not verified)'}</p>`));
});

app.listen(Number(new URL(ORIGIN).port || 8000), '127.0.0.1', () => console.log(`Open ${ORIGIN}`));
