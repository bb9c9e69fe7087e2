//! Forms out, JSON in. Reads every variant that is known; knows no HTTP.

use serde::Deserialize;
use serde_json::Value;

use crate::model::{
    AnsweredBy, Call, CallState, CallStatus, End, Message, MessageState, MessageStatus, Sid,
};
use provider_http::{Unusable, object, printable};

/// A form's fields, in the carrier's names.
pub(crate) type Form = Vec<(&'static str, String)>;

/// The form of a new call. `Url` is never among them: with it the carrier would ignore `Twiml`.
pub(crate) fn call_form(call: &Call) -> Form {
    let mut form = vec![
        ("To", call.to.clone()),
        ("From", call.from.clone()),
        ("Twiml", call.twiml.as_str().to_owned()),
    ];
    form.extend(call.ring_seconds.map(|seconds| ("Timeout", seconds.to_string())));
    form.extend(call.talk_seconds.map(|seconds| ("TimeLimit", seconds.to_string())));
    form.extend(call.detect_machine.then(|| ("MachineDetection", "Enable".to_owned())));
    form
}

/// The form of a new text message.
pub(crate) fn message_form(message: &Message) -> Form {
    let service = message
        .from
        .strip_prefix("MG")
        .is_some_and(|rest| rest.len() == 32 && rest.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let sender = if service { "MessagingServiceSid" } else { "From" };
    let mut form = vec![
        ("To", message.to.clone()),
        (sender, message.from.clone()),
        ("Body", message.text.replace("%token", &message.code)),
    ];
    form.extend(message.valid_seconds.map(|seconds| ("ValidityPeriod", seconds.to_string())));
    form
}

/// The form that ends a call.
pub(crate) fn end_form(end: End) -> Form {
    let status = match end {
        End::Unanswered => "canceled",
        End::Always => "completed",
    };
    vec![("Status", status.to_owned())]
}

/// The members of a call or message that matter, each of any type: one odd member must not lose the sid.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Resource {
    sid: Value,
    status: Value,
    answered_by: Value,
}

impl Resource {
    fn sid(&self) -> Result<Sid, Unusable> {
        self.sid.as_str().and_then(|sid| Sid::parse(sid).ok()).ok_or(Unusable::Id)
    }

    fn status(&self) -> &str {
        self.status.as_str().unwrap_or_default()
    }
}

/// Reads a call.
pub(crate) fn call(body: &[u8]) -> Result<CallState, Unusable> {
    let resource: Resource = object(body)?;
    let status = match resource.status() {
        "queued" | "initiated" => CallStatus::Queued,
        "ringing" => CallStatus::Ringing,
        "in-progress" => CallStatus::InProgress,
        "completed" => CallStatus::Completed,
        "busy" => CallStatus::Busy,
        "no-answer" => CallStatus::NoAnswer,
        "failed" => CallStatus::Failed,
        "canceled" => CallStatus::Canceled,
        other => CallStatus::Other(printable(other)),
    };
    let answered_by = resource.answered_by.as_str().map(|who| match who {
        "human" => AnsweredBy::Human,
        "fax" => AnsweredBy::Machine,
        who if who.starts_with("machine") => AnsweredBy::Machine,
        _ => AnsweredBy::Unknown,
    });
    Ok(CallState { id: resource.sid()?, status, answered_by })
}

/// Reads a text message: the `body` beside its status holds the code in clear and is not looked at.
pub(crate) fn message(body: &[u8]) -> Result<MessageState, Unusable> {
    let resource: Resource = object(body)?;
    let status = match resource.status() {
        "accepted" | "scheduled" | "queued" | "sending" => MessageStatus::Queued,
        "sent" => MessageStatus::Sent,
        "delivered" | "read" => MessageStatus::Delivered,
        "failed" | "undelivered" | "canceled" => MessageStatus::Failed,
        other => MessageStatus::Other(printable(other)),
    };
    Ok(MessageState { id: resource.sid()?, status })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_of_a_call_is_read() {
        for (word, status) in [
            ("queued", CallStatus::Queued),
            ("initiated", CallStatus::Queued),
            ("ringing", CallStatus::Ringing),
            ("in-progress", CallStatus::InProgress),
            ("completed", CallStatus::Completed),
            ("busy", CallStatus::Busy),
            ("no-answer", CallStatus::NoAnswer),
            ("failed", CallStatus::Failed),
            ("canceled", CallStatus::Canceled),
            ("on +31 hold", CallStatus::Other("on??31?hold".to_owned())),
        ] {
            let body = format!(r#"{{"sid":"CA1","status":"{word}"}}"#);
            assert_eq!(call(body.as_bytes()).unwrap().status, status, "{word}");
        }
    }

    #[test]
    fn who_picked_up_is_read_when_it_is_told() {
        for (word, who) in [
            ("null", None),
            (r#""human""#, Some(AnsweredBy::Human)),
            (r#""machine""#, Some(AnsweredBy::Machine)),
            (r#""machine_end_beep""#, Some(AnsweredBy::Machine)),
            (r#""fax""#, Some(AnsweredBy::Machine)),
            (r#""unknown""#, Some(AnsweredBy::Unknown)),
        ] {
            let body = format!(r#"{{"sid":"CA1","status":"completed","answered_by":{word}}}"#);
            assert_eq!(call(body.as_bytes()).unwrap().answered_by, who, "{word}");
        }
    }

    #[test]
    fn every_state_of_a_message_is_read() {
        for (word, status) in [
            ("accepted", MessageStatus::Queued),
            ("scheduled", MessageStatus::Queued),
            ("queued", MessageStatus::Queued),
            ("sending", MessageStatus::Queued),
            ("sent", MessageStatus::Sent),
            ("delivered", MessageStatus::Delivered),
            ("read", MessageStatus::Delivered),
            ("failed", MessageStatus::Failed),
            ("undelivered", MessageStatus::Failed),
            ("canceled", MessageStatus::Failed),
            ("", MessageStatus::Other(String::new())),
        ] {
            let body = format!(r#"{{"sid":"SM1","status":"{word}"}}"#);
            assert_eq!(message(body.as_bytes()).unwrap().status, status, "{word}");
        }
    }

    #[test]
    fn a_uuid_and_odd_members_beside_it_lose_nothing() {
        let body = r#"{"sid":"2f5b9c1e-0d3a-4c62-9d4e-5a2f6a0f6b1c","status":7,"answered_by":[1]}"#;
        let state = call(body.as_bytes()).unwrap();
        assert_eq!(state.status, CallStatus::Other(String::new()));
        assert_eq!(state.id.as_str(), "2f5b9c1e-0d3a-4c62-9d4e-5a2f6a0f6b1c");
    }

    #[test]
    fn a_messaging_service_is_no_number() {
        let mut text = Message {
            to: "+31600482913".to_owned(),
            from: "MG0123456789abcdef0123456789ABCDEF".to_owned(),
            text: "%token is your code, %token".to_owned(),
            code: "000042".to_owned(),
            valid_seconds: Some(600),
        };
        assert_eq!(
            message_form(&text),
            [
                ("To", text.to.clone()),
                ("MessagingServiceSid", text.from.clone()),
                ("Body", "000042 is your code, 000042".to_owned()),
                ("ValidityPeriod", "600".to_owned()),
            ]
        );
        text.from = "MGM Hotels".to_owned();
        assert_eq!(message_form(&text)[1].0, "From");
    }
}
