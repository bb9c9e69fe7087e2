//! ES256 for the JOSE library, done by ring, which the connections use, too. The library comes with a
//! choice of two others, of which neither is in the tree.

use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{ErrorKind, Result};
use jsonwebtoken::signature::{self, Signer, Verifier};
use jsonwebtoken::{Algorithm, EncodingKey};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, UnparsedPublicKey,
};

/// Bytes of a private key.
const PRIVATE: usize = 32;

static RING: CryptoProvider = CryptoProvider {
    signer_factory: |algorithm, key| {
        only(algorithm)?;
        let (private, public) =
            key.as_bytes().split_at_checked(PRIVATE).ok_or(ErrorKind::InvalidEcdsaKey)?;
        let random = SystemRandom::new();
        let pair = EcdsaKeyPair::from_private_key_and_public_key(
            &ECDSA_P256_SHA256_FIXED_SIGNING,
            private,
            public,
            &random,
        );
        Ok(Box::new(Signing(pair.map_err(|_| ErrorKind::InvalidEcdsaKey)?, random)))
    },
    verifier_factory: |algorithm, key| {
        only(algorithm)?;
        let public = key.try_get_as_bytes()?.to_vec();
        Ok(Box::new(Verifying(UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, public))))
    },
    key_utils: KeyUtils::new_unimplemented(),
};

/// Has the library sign and verify here. It can be told once in a process, which is enough.
pub(super) fn install() {
    let _ = RING.install_default();
}

/// The key to sign with: ring wants both of a pair.
pub(super) fn encoding_key(private: &[u8], public: &[u8]) -> EncodingKey {
    EncodingKey::from_ec_der(&[private, public].concat())
}

fn only(algorithm: &Algorithm) -> Result<()> {
    match algorithm {
        Algorithm::ES256 => Ok(()),
        _ => Err(ErrorKind::InvalidAlgorithm.into()),
    }
}

struct Signing(EcdsaKeyPair, SystemRandom);

impl Signer<Vec<u8>> for Signing {
    fn try_sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, signature::Error> {
        let signature = self.0.sign(&self.1, message).map_err(|_| signature::Error::new())?;
        Ok(signature.as_ref().to_vec())
    }
}

impl JwtSigner for Signing {
    fn algorithm(&self) -> Algorithm {
        Algorithm::ES256
    }
}

struct Verifying(UnparsedPublicKey<Vec<u8>>);

impl Verifier<Vec<u8>> for Verifying {
    fn verify(
        &self,
        message: &[u8],
        signature: &Vec<u8>,
    ) -> std::result::Result<(), signature::Error> {
        self.0.verify(message, signature).map_err(|_| signature::Error::new())
    }
}

impl JwtVerifier for Verifying {
    fn algorithm(&self) -> Algorithm {
        Algorithm::ES256
    }
}
