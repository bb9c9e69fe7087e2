//! MessageBird's bodies, errors and headers: parameters in (JSON, form or query), JSON out. What the
//! parameters mean is `create`'s business.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, EXPIRES, PRAGMA, WWW_AUTHENTICATE,
};
use serde::Serialize;
use serde_json::{Map, Value, json};
use time::UtcDateTime;

use super::verify::{Kind, Verify};
use crate::answer::Answer;
use crate::phone::clock::wire_date;
use crate::phone::message::{Message, Status};
use crate::phone::{Provider, Wire};

/// The parameters of a request, whichever way they came. Form and query values are strings.
#[derive(Debug, Default)]
pub(crate) struct Params(BTreeMap<String, Value>);

impl Params {
    /// Reads a body. One that cannot be read counts as empty, so what is required is reported
    /// missing; MessageBird's own answer to broken JSON is not known.
    pub(crate) fn from_body(content_type: &str, body: &[u8]) -> Self {
        let looks_like_json = body.trim_ascii_start().starts_with(b"{");
        if content_type.contains("json") || looks_like_json {
            return Self(serde_json::from_slice(body).unwrap_or_default());
        }
        Self::from_pairs(std::str::from_utf8(body).unwrap_or_default())
    }

    /// Reads `a=1&b=2`, percent-decoded.
    pub(crate) fn from_pairs(encoded: &str) -> Self {
        let pairs: Vec<(String, String)> = serde_urlencoded::from_str(encoded).unwrap_or_default();
        Self(pairs.into_iter().map(|(name, value)| (name, Value::String(value))).collect())
    }

    /// Whether nothing was given at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A parameter as given; JSON `null` and the empty string count as not given.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null() && value.as_str() != Some(""))
    }

    /// A parameter that was given as text.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Value::as_str)
    }
}

/// One entry of the error envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct ErrorEntry {
    pub(crate) code: u32,
    pub(crate) description: &'static str,
    pub(crate) parameter: Option<&'static str>,
}

impl ErrorEntry {
    /// Builds an entry.
    pub(crate) const fn new(
        code: u32,
        description: &'static str,
        parameter: Option<&'static str>,
    ) -> Self {
        Self { code, description, parameter }
    }
}

/// The error envelope.
pub(crate) fn errors(status: StatusCode, entries: &[ErrorEntry]) -> Answer {
    Answer::json(status, json!({ "errors": entries }))
}

/// How MessageBird says no with a status. The 401 and the words about the balance were seen, the rest is
/// invented.
pub(crate) fn refusal(status: StatusCode) -> Answer {
    let entry = match status {
        StatusCode::UNAUTHORIZED => {
            let entry = ErrorEntry::new(
                2,
                "Request not allowed (incorrect access_key)",
                Some("access_key"),
            );
            return errors(status, &[entry])
                .with(WWW_AUTHENTICATE, "Basic realm=\"REST API authentication\"");
        }
        StatusCode::PAYMENT_REQUIRED | StatusCode::UNPROCESSABLE_ENTITY => {
            ErrorEntry::new(25, "Not enough balance", None)
        }
        StatusCode::TOO_MANY_REQUESTS => ErrorEntry::new(2, "Too many requests", None),
        _ => ErrorEntry::new(99, "Internal error", None),
    };
    errors(status, &[entry])
}

/// MessageBird's answers, with the headers as captured from rest.messagebird.com.
pub(crate) static WIRE: Wire = Wire {
    provider: Provider::Messagebird,
    headers: &[
        (CACHE_CONTROL, "must-revalidate, post-check=0, pre-check=0"),
        (PRAGMA, "no-cache"),
        (EXPIRES, "0"),
        (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (ACCESS_CONTROL_ALLOW_HEADERS, "Authorization, Content-Type"),
        (ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, PUT, PATCH, DELETE"),
        (ACCESS_CONTROL_ALLOW_CREDENTIALS, "true"),
    ],
    refusal,
};

/// Writes a Verify object. `base` is where this simulator is reached, so that a client which follows
/// a `href` never carries its key to the real MessageBird.
pub(crate) fn verify_object(verify: &Verify, base: &str, now: UtcDateTime) -> Value {
    let message_id = &verify.message_id;
    let path = match verify.kind {
        Kind::Sms | Kind::Flash => "messages",
        Kind::Tts => "voicemessages",
        Kind::Email => "verify/messages/email",
    };
    json!({
        "id": verify.id,
        "href": format!("{base}/verify/{}", verify.id),
        "recipient": number_or_text(&verify.recipient),
        "originator": number_or_text(&verify.originator),
        "type": verify.kind.as_str(),
        "reference": verify.reference,
        "messages": { "id": message_id, "href": format!("{base}/{path}/{message_id}") },
        "status": verify.status(now),
        "createdDatetime": wire_date(verify.created_at),
        "validUntilDatetime": wire_date(verify.valid_until()),
    })
}

/// Writes the resource of a call or message, as `GET /voicemessages/{id}` and its siblings show it.
pub(crate) fn message_object(
    verify: &Verify,
    message: &Message,
    base: &str,
    now: UtcDateTime,
) -> Value {
    let (status, since) = message.status(now);
    let count = |one: bool| u8::from(one);
    let mut item = Map::new();
    item.insert("recipient".into(), number_or_text(&verify.recipient));
    item.insert("originator".into(), Value::Null);
    item.insert("status".into(), status.as_str().into());
    item.insert("statusDatetime".into(), wire_date(since).into());
    let good = matches!(status, Status::Answered | Status::Machine | Status::Delivered);
    let bad = matches!(
        status,
        Status::Failed | Status::Unanswered | Status::Busy | Status::DeliveryFailed
    );
    let recipients = |item: Map<String, Value>| {
        json!({
            "totalCount": 1, "totalSentCount": 1, "totalDeliveredCount": count(good),
            "totalDeliveryFailedCount": count(bad), "items": [item],
        })
    };
    match verify.kind {
        Kind::Email => json!({ "id": message.id, "status": "sent" }),
        Kind::Tts => json!({
            "id": message.id, "href": format!("{base}/voicemessages/{}", message.id),
            "originator": number_or_text(&verify.originator), "body": message.text,
            "reference": verify.reference, "language": message.language, "voice": message.voice,
            "repeat": 1, "ifMachine": "continue", "machineTimeout": 7000, "scheduledDatetime": null,
            "createdDatetime": wire_date(message.created_at), "recipients": recipients(item),
        }),
        Kind::Sms | Kind::Flash => {
            item.insert("messagePartCount".into(), 1.into());
            item.insert("messageLength".into(), message.text.chars().count().into());
            item.insert("statusReason".into(), if bad { "unknown" } else { "" }.into());
            json!({
                "id": message.id, "href": format!("{base}/messages/{}", message.id),
                "direction": "mt", "type": verify.kind.as_str(),
                "originator": number_or_text(&verify.originator), "body": message.text,
                "reference": verify.reference, "validity": null, "gateway": 0, "typeDetails": {},
                "datacoding": "plain", "mclass": 1, "scheduledDatetime": null,
                "createdDatetime": wire_date(message.created_at), "recipients": recipients(item),
            })
        }
    }
}

/// A phone number is a JSON number on this wire, anything else a string.
fn number_or_text(text: &str) -> Value {
    text.parse::<u64>().map_or_else(|_| text.into(), Value::from)
}
