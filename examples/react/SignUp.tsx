import { useState } from 'react';

/** React 19 or newer. `nonce` comes from your server, which checks the receipt that the form brings. */
export function SignUp({ nonce }: { nonce: string }) {
  const [proven, setProven] = useState(false);
  return (
    <form method="post" action="/sign-up">
      <phone-verification
        name="phone_receipt"
        nonce={nonce}
        region="GB"
        required
        onphone-verification-verified={() => setProven(true)}
        onphone-verification-expired={() => setProven(false)}
        onphone-verification-reset={() => setProven(false)}
      />
      <button disabled={!proven}>Sign up</button>
    </form>
  );
}
