//! A carrier's call-back after a key was pressed: nothing of it is read before its signature was found good. What is
//! answered to it, and whether it may be answered twice, is whoever asks' business.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha1::Sha1;

use crate::model::Sid;

/// A key was pressed during a call.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyPress {
    /// The call (`CallSid`).
    pub call: Sid,
    /// The account that placed it (`AccountSid`).
    pub account: Sid,
    /// The number that was called: E.164 with `+` (`To`).
    pub to: String,
    /// The keys (`Digits`); empty when none was pressed.
    pub digits: String,
}

/// The request is not signed with this token for this address, or is signed and says too little.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the call-back is not signed by the carrier")]
pub struct Unsigned;

impl KeyPress {
    /// Reads a call-back whose `X-Twilio-Signature` is good: base64 of HMAC-SHA1, under the account's auth token, of
    /// the address and the fields in the order of their names.
    ///
    /// `url` is the whole address that the carrier was given, with its query; `body` is the form it posted. The
    /// signature may have been made with or without the address's port, whatever the address itself shows.
    ///
    /// # Errors
    ///
    /// [`Unsigned`], which never says why.
    pub fn read(
        auth_token: &SecretString,
        url: &str,
        body: &[u8],
        signature: &str,
    ) -> Result<Self, Unsigned> {
        let mut fields: Vec<(String, String)> =
            serde_urlencoded::from_bytes(body).map_err(|_no_form| Unsigned)?;
        // A name given twice counts once per value.
        fields.sort();
        fields.dedup();
        let signature = STANDARD.decode(signature.trim()).map_err(|_no_base64| Unsigned)?;
        let signed =
            addresses(url).iter().any(|url| is_signed(auth_token, url, &fields, &signature));
        if !signed {
            return Err(Unsigned);
        }
        let field = |name: &str| {
            let mut found = fields.iter().filter(|(it, _)| it == name).map(|(_, value)| value);
            // Two values of one name are nobody's call-back.
            let value = found.next().ok_or(Unsigned)?;
            if found.next().is_some() { Err(Unsigned) } else { Ok(value.as_str()) }
        };
        let sid = |name| Sid::parse(field(name)?).map_err(|_invalid| Unsigned);
        Ok(Self {
            call: sid("CallSid")?,
            account: sid("AccountSid")?,
            to: field("To")?.to_owned(),
            digits: field("Digits").unwrap_or_default().to_owned(),
        })
    }
}

/// Compares in constant time.
fn is_signed(
    auth_token: &SecretString,
    url: &str,
    fields: &[(String, String)],
    signature: &[u8],
) -> bool {
    let token = auth_token.expose_secret().as_bytes();
    // Anybody could sign with no token at all.
    if token.is_empty() {
        return false;
    }
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(token) else {
        return false;
    };
    mac.update(url.as_bytes());
    for (name, value) in fields {
        mac.update(name.as_bytes());
        mac.update(value.as_bytes());
    }
    mac.verify_slice(signature).is_ok()
}

/// The address as given, without its port, and with the port that it has or that its scheme stands for.
fn addresses(url: &str) -> Vec<String> {
    let mut all = vec![url.to_owned()];
    let Some((scheme, rest)) = url.split_once("://") else {
        return all;
    };
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let is_port = |port: &str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    match authority.rsplit_once(':').filter(|(_, port)| is_port(port)) {
        Some((host, _)) => all.push(format!("{scheme}://{host}{path}")),
        None => {
            let port = if scheme == "https" { 443 } else { 80 };
            all.push(format!("{scheme}://{authority}:{port}{path}"));
        }
    }
    all
}

impl fmt::Debug for KeyPress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyPress(…)")
    }
}

#[cfg(test)]
#[path = "callback_tests.rs"]
mod tests;
