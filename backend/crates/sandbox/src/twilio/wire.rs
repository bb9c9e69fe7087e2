//! Bodies, errors and forms of this API.

use std::collections::HashMap;

use actix_web::http::StatusCode;
use actix_web::http::header::WWW_AUTHENTICATE;
use serde_json::{Value, json};
use time::format_description::well_known::Rfc2822;
use time::{UtcDateTime, UtcOffset};

use super::Resource;
use crate::answer::Answer;
use crate::phone::message::{Channel, Message, Status};
use crate::phone::{Provider, Wire};

/// What all answers have in common; Twilio's own headers (`Twilio-Request-Id` and others) are read by nobody.
pub(super) static WIRE: Wire = Wire { provider: Provider::Twilio, headers: &[], refusal };

/// The fields of a request; an empty one counts as not given.
pub(super) struct Form(HashMap<String, String>);

impl Form {
    /// Reads a body. One that cannot be read counts as empty.
    pub(super) fn read(body: &[u8]) -> Self {
        Self(serde_urlencoded::from_bytes(body).unwrap_or_default())
    }

    /// A field, unless it is missing or empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

/// An error as Twilio writes it.
pub(super) fn error(status: StatusCode, code: u32, message: &str) -> Answer {
    let more = format!("https://www.twilio.com/docs/errors/{code}");
    let body = json!({
        "code": code, "message": message, "more_info": more, "status": status.as_u16(),
    });
    Answer::json(status, body)
}

/// Nothing has this name.
pub(super) fn not_found() -> Answer {
    error(StatusCode::NOT_FOUND, 20404, "The requested resource was not found")
}

/// How Twilio says no with a status. That an empty account is 402 is invented: what it is was not found.
pub(super) fn refusal(status: StatusCode) -> Answer {
    match status {
        StatusCode::UNAUTHORIZED => error(status, 20003, "Authenticate")
            .with(WWW_AUTHENTICATE, "Basic realm=\"Twilio API\""),
        StatusCode::PAYMENT_REQUIRED => error(status, 20005, "Account not active"),
        StatusCode::TOO_MANY_REQUESTS => error(status, 20429, "Too Many Requests"),
        _ => error(status, 20500, "Internal Server Error"),
    }
}

/// The word for how a call or message fares now.
pub(super) fn status(message: &Message, now: UtcDateTime) -> &'static str {
    match message.status(now) {
        (Status::Calling, _) => "ringing",
        (Status::Answered | Status::Machine, since) if now < since + message.talk => "in-progress",
        (Status::Answered | Status::Machine, _) => "completed",
        (Status::Busy, _) => "busy",
        (Status::Unanswered, _) => "no-answer",
        (Status::Failed, _) => "failed",
        (Status::Canceled, _) => "canceled",
        (Status::Sent, _) => "sent",
        (Status::Delivered, _) => "delivered",
        (Status::DeliveryFailed, _) => "undelivered",
    }
}

/// Writes a call or a message.
pub(super) fn object(
    resource: &Resource,
    message: &Message,
    status: &str,
    now: UtcDateTime,
) -> Value {
    let kind = if resource.channel == Channel::Voice { "Calls" } else { "Messages" };
    let uri = format!("/2010-04-01/Accounts/{}/{kind}/{}", resource.account, resource.sid);
    let created = rfc2822(message.created_at);
    let mut object = json!({
        "sid": resource.sid, "account_sid": resource.account, "to": resource.to,
        "from": resource.from, "status": status, "direction": "outbound-api",
        "api_version": "2010-04-01", "price": null, "price_unit": "USD",
        "date_created": created, "date_updated": rfc2822(now), "uri": format!("{uri}.json"),
    });
    let more = match resource.channel {
        Channel::Voice => {
            let (state, since) = message.status(now);
            let picked_up = matches!(state, Status::Answered | Status::Machine);
            let over = !matches!(status, "queued" | "ringing" | "in-progress");
            let who = if state == Status::Machine { "machine_start" } else { "human" };
            json!({
                "answered_by": (picked_up && resource.detects).then_some(who),
                "start_time": picked_up.then(|| rfc2822(since)),
                "end_time": over.then(|| rfc2822(now)),
                "duration": over.then(|| if picked_up { message.talk.as_secs() } else { 0 }.to_string()),
                "queue_time": "0", "caller_name": null, "parent_call_sid": null,
                "subresource_uris": { "recordings": format!("{uri}/Recordings.json") },
            })
        }
        Channel::Sms => json!({
            "body": resource.body, "num_segments": "1", "num_media": "0", "date_sent": created,
            "messaging_service_sid": null, "error_code": null, "error_message": null,
            "subresource_uris": { "media": format!("{uri}/Media.json") },
        }),
    };
    if let (Some(object), Value::Object(more)) = (object.as_object_mut(), more) {
        object.extend(more);
    }
    object
}

fn rfc2822(moment: UtcDateTime) -> String {
    moment.to_offset(UtcOffset::UTC).format(&Rfc2822).unwrap_or_default()
}
