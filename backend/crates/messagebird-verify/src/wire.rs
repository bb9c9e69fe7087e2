//! JSON out and in. Reads every variant MessageBird has been seen to send; knows no HTTP.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::{
    CreateVerify, Delivery, DeliveryState, Kind, MessageId, MessageRef, Status, Verify, VerifyId,
    Voice,
};
use provider_http::{Unusable, object, printable};

/// The body of `POST /verify`. Names are MessageBird's, `datacoding` in lower case as most of its SDKs write it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreateBody<'a> {
    recipient: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    originator: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<&'a str>,
    r#type: &'static str,
    template: &'a str,
    /// For text messages: lets MessageBird pick Unicode when the sentence needs it; its default is `plain`.
    #[serde(rename = "datacoding", skip_serializing_if = "Option::is_none")]
    data_coding: Option<&'static str>,
    timeout: u32,
    token_length: u8,
    max_attempts: u8,
    language: &'a str,
    voice: &'static str,
}

impl<'a> From<&'a CreateVerify> for CreateBody<'a> {
    fn from(request: &'a CreateVerify) -> Self {
        Self {
            recipient: &request.recipient,
            originator: request.originator.as_deref(),
            reference: request.reference.as_deref(),
            r#type: match request.kind {
                Kind::Sms => "sms",
                Kind::Tts => "tts",
            },
            template: &request.template,
            data_coding: match request.kind {
                Kind::Sms => Some("auto"),
                Kind::Tts => None,
            },
            timeout: request.timeout_seconds,
            token_length: request.token_length,
            max_attempts: request.max_attempts,
            language: &request.language,
            voice: match request.voice {
                Voice::Female => "female",
                Voice::Male => "male",
            },
        }
    }
}

/// The fields of a Verify object that matter, each of any type: one odd field must not lose the id.
#[derive(Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[derive(Default)]
struct VerifyObject {
    id: Value,
    recipient: Value,
    r#type: Value,
    messages: Value,
    status: Value,
    valid_until_datetime: Value,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct RecipientObject {
    status: Value,
    status_datetime: Value,
}

/// Reads a Verify object.
pub(crate) fn verify(body: &[u8]) -> Result<Verify, Unusable> {
    let object: VerifyObject = object(body)?;
    let id = object.id.as_str().and_then(|id| VerifyId::parse(id).ok()).ok_or(Unusable::Id)?;
    Ok(Verify {
        id,
        status: status(&object.status),
        message: message_ref(&object.messages, &object.r#type),
        recipient: text_or_number(&object.recipient),
        valid_until: short_text(&object.valid_until_datetime),
    })
}

/// Reads a message or voice message: the state of its first recipient, nothing else. The `body` beside it
/// holds the code in clear and is not looked at.
pub(crate) fn delivery(body: &[u8]) -> Result<Delivery, Unusable> {
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct MessageObject {
        recipients: Value,
    }
    let mut object: MessageObject = object(body)?;
    let first = object
        .recipients
        .pointer_mut("/items/0")
        .map(Value::take)
        .filter(Value::is_object)
        .ok_or(Unusable::State)?;
    let recipient: RecipientObject =
        serde_json::from_value(first).map_err(|_shape| Unusable::State)?;
    let state = recipient.status.as_str().ok_or(Unusable::State)?;
    Ok(Delivery {
        state: delivery_state(state),
        updated_at: short_text(&recipient.status_datetime),
    })
}

fn status(value: &Value) -> Status {
    match value.as_str().unwrap_or_default() {
        "sent" => Status::Sent,
        "verified" => Status::Verified,
        "expired" => Status::Expired,
        "failed" => Status::Failed,
        "deleted" => Status::Deleted,
        other => Status::Other(printable(other)),
    }
}

fn delivery_state(text: &str) -> DeliveryState {
    match text {
        "scheduled" => DeliveryState::Scheduled,
        "calling" => DeliveryState::Calling,
        "answered" => DeliveryState::Answered,
        "busy" => DeliveryState::Busy,
        "machine" => DeliveryState::Machine,
        "failed" => DeliveryState::Failed,
        "sent" => DeliveryState::Sent,
        "buffered" => DeliveryState::Buffered,
        "delivered" => DeliveryState::Delivered,
        "expired" => DeliveryState::Expired,
        "delivery_failed" => DeliveryState::DeliveryFailed,
        other => DeliveryState::Other(printable(other)),
    }
}

/// Finds the call or message: from the path of `messages.href` (answers before 2019 have nothing else), and
/// from `messages.id` with the verification's type when the path does not help.
///
/// Only the path's last two segments are looked at. Its host is whatever somebody wrote; requests always go to
/// the configured one.
fn message_ref(messages: &Value, kind: &Value) -> Option<MessageRef> {
    let written_id = messages.get("id").and_then(Value::as_str);
    let path = messages.get("href").and_then(Value::as_str).map(path_of).unwrap_or_default();
    let mut segments = path.rsplit('/');
    let last = segments.next();
    let (build, last): (fn(MessageId) -> MessageRef, _) = match segments.next() {
        Some("voicemessages") => (MessageRef::Voice, last),
        Some("messages") => (MessageRef::Sms, last),
        _ => match kind.as_str() {
            Some("tts") => (MessageRef::Voice, None),
            Some("sms" | "flash") => (MessageRef::Sms, None),
            _ => return None,
        },
    };
    [last, written_id].into_iter().flatten().find_map(|id| MessageId::parse(id).ok()).map(build)
}

fn path_of(href: &str) -> &str {
    href.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/')
}

/// Phone numbers come as JSON numbers, mail addresses and some fixtures as strings.
fn text_or_number(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if text.len() <= 320 => Some(text.clone()),
        Value::Number(number) => number.as_u64().map(|digits| digits.to_string()),
        _ => None,
    }
}

fn short_text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| text.len() <= 40).map(str::to_owned)
}

#[cfg(test)]
#[path = "wire_tests.rs"]
mod tests;
