//! What happens when a key is pressed during a call: the call-back to the address that the document named, signed
//! as Twilio signs it, and the document that it answers with.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data, Path};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use serde::Deserialize;
use sha1::Sha1;

use super::twiml::{Script, Waiting};
use super::{Resource, Twilio};
use crate::phone::Phone;
use crate::phone::code;
use crate::phone::http::{refuse, with_body};
use crate::phone::message::Channel;

/// How long the carrier waits for a document.
const PATIENCE: Duration = Duration::from_secs(15);

/// The body of `POST /phone/messages/{id}/keys`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pressed {
    digits: String,
}

/// `POST /phone/messages/{id}/keys`: keys pressed while the call waits for them. What they led to is in the list
/// when this answers.
pub(crate) async fn press(
    phone: Data<Phone>,
    carrier: Data<Twilio>,
    id: Path<String>,
    body: Bytes,
) -> HttpResponse {
    let mut digits = String::new();
    let read = with_body(&body, |pressed: Pressed| {
        digits = pressed.digits;
        let keys = digits.bytes().all(|key| key.is_ascii_digit() || matches!(key, b'*' | b'#'));
        if keys && (1..=32).contains(&digits.len()) {
            return HttpResponse::NoContent().finish();
        }
        refuse(StatusCode::UNPROCESSABLE_ENTITY, "keys are 1 to 32 of 0 to 9, * and #")
    });
    if !read.status().is_success() {
        return read;
    }
    let now = phone.clock.now();
    // Whoever takes the keypad away owns what follows: a second press finds none.
    let taken = phone.update(&id, |message| match message.keypad(now) {
        true => message.keypad.take().is_some(),
        false => false,
    });
    match taken {
        None => return refuse(StatusCode::NOT_FOUND, "no such call"),
        Some(false) => return refuse(StatusCode::CONFLICT, "it does not wait for a key"),
        Some(true) => {}
    }
    let (resource, token) = {
        let mut carrier = carrier.lock();
        let token = carrier.auth_token.clone();
        match carrier.resources.get(&id) {
            Some(resource) => (resource.clone(), token.unwrap_or_else(|| resource.secret.clone())),
            None => return refuse(StatusCode::NOT_FOUND, "no such call"),
        }
    };
    let Some(waiting) = resource.waiting.clone() else {
        return refuse(StatusCode::CONFLICT, "it does not wait for a key");
    };
    let document = match call_back(&resource, &waiting, &digits, &token).await {
        Ok(document) => document,
        Err(error) => {
            tracing::warn!(%error, "no document came of the key press");
            String::new()
        }
    };
    go_on(&phone, &carrier, &resource.sid, &document);
    read
}

/// Carries the next document out.
fn go_on(phone: &Phone, carrier: &Twilio, sid: &str, document: &str) {
    let heard = Script::read(document).perform();
    let now = phone.clock.now();
    phone.update(sid, |message| {
        let since = message.status(now).1;
        message.text = format!("{} {}", message.text, heard.text).trim().to_owned();
        message.code = code::heard(&message.text, Channel::Voice);
        let before = Duration::try_from(now - since).unwrap_or_default();
        message.talk = before + heard.lasts;
        message.keypad = heard.keypad().map(|mut keypad| {
            keypad.lasts += before;
            keypad
        });
        true
    });
    if let Some(resource) = carrier.lock().resources.get(sid) {
        resource.waiting = heard.waiting;
    }
}

/// Posts the keys and reads the document.
async fn call_back(
    resource: &Resource,
    waiting: &Waiting,
    digits: &str,
    token: &str,
) -> io::Result<String> {
    let taken: String = digits
        .chars()
        .take_while(|key| Some(*key) != waiting.finish)
        .take(waiting.digits)
        .collect();
    let fields = [
        ("AccountSid", resource.account.as_str()),
        ("ApiVersion", "2010-04-01"),
        ("CallSid", &resource.sid),
        ("CallStatus", "in-progress"),
        ("Called", &resource.to),
        ("Caller", &resource.from),
        ("Digits", &taken),
        ("Direction", "outbound-api"),
        ("From", &resource.from),
        ("To", &resource.to),
        ("msg", "Gather End"),
    ];
    let body = serde_urlencoded::to_string(fields).map_err(io::Error::other)?;
    let answer = client()?
        .post(&waiting.action)
        .header("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
        .header("X-Twilio-Signature", signature(token, &waiting.action, &fields))
        .header("User-Agent", "TwilioProxy/1.1")
        .body(body)
        .send()
        .await
        .and_then(reqwest::Response::error_for_status)
        .map_err(|error| io::Error::other(error.without_url()))?;
    answer.text().await.map_err(|error| io::Error::other(error.without_url()))
}

/// Base64 of HMAC-SHA1 of the address and the fields, which are in the order of their names.
fn signature(token: &str, url: &str, fields: &[(&str, &str)]) -> String {
    // HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(token.as_bytes()) else {
        return String::new();
    };
    mac.update(url.as_bytes());
    for (name, value) in fields {
        mac.update(name.as_bytes());
        mac.update(value.as_bytes());
    }
    STANDARD.encode(mac.finalize().into_bytes())
}

/// A client that trusts nobody over TLS: what is called back is on this machine.
fn client() -> io::Result<reqwest::Client> {
    let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(PATIENCE)
        .tls_backend_preconfigured(tls)
        .build()
        .map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_twilios_own_documentation_gets_its_signature() {
        let fields = [
            ("CallSid", "CA1234567890ABCDE"),
            ("Caller", "+12349013030"),
            ("Digits", "1234"),
            ("From", "+12349013030"),
            ("To", "+18005551212"),
        ];
        let signed = signature("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", &fields);
        assert_eq!(signed, "0/KCTR6DLpKmkAf8muzZqo1nDgQ=");
    }
}
