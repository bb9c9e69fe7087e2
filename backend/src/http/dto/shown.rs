//! How a verification is shown.

use serde::Serialize;
use std::time::Duration;
use time::UtcDateTime;
use time::format_description::well_known::Rfc3339;
use utoipa::ToSchema;
use verification::ports::Delivery;
use verification::{Timestamp, Verification};

/// How a code travels.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ChannelName {
    /// A call in which a voice says the code.
    Voice,
    /// A text message.
    Sms,
}

/// Where a verification stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum StatusName {
    /// Waiting for the code.
    Pending,
    /// The number is proven.
    Verified,
    /// The code's time is over.
    Expired,
    /// Too many wrong codes.
    Failed,
    /// Cancelled, or replaced by a newer call.
    Canceled,
}

/// A verification: one attempt to prove that somebody holds a phone number.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Verification)]
pub struct VerificationBody {
    /// Opaque; part of the path of later calls.
    id: String,
    /// Where it stands.
    #[schema(value_type = StatusName)]
    status: &'static str,
    /// How the code travels.
    #[schema(value_type = ChannelName)]
    channel: &'static str,
    /// Whole (E.164) in the answer to who sent it, and in all answers to the service that started this
    /// with its key; masked everywhere else.
    #[schema(examples("+316******78"))]
    phone_number: String,
    /// The language that is spoken.
    #[schema(examples("nl-NL"))]
    locale: String,
    /// Digits of the code.
    code_length: u8,
    /// Codes that may still be tried.
    attempts_remaining: u8,
    /// Whether the call asks for a key before it says the code; absent when it does not.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(nullable = false, required = false)]
    press_key: bool,
    /// Your own reference.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reference: Option<String>,
    /// When the call was placed.
    #[schema(format = DateTime)]
    created_at: String,
    /// When the code stops being good.
    #[schema(format = DateTime)]
    expires_at: String,
    /// When the number may be called again. Sooner, once a read has found that nobody took the call.
    #[schema(format = DateTime)]
    resend_at: String,
    /// How the call or message is faring; only in answers to `GET`, while the code is awaited.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    delivery: Option<DeliveryBody>,
    /// When to ask again, in seconds; only in answers to `GET` while something may change. 2 while
    /// the call is under way, more once it is over or when we may not ask the provider as often.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    poll_after_seconds: Option<u64>,
    /// Proof for your own server, a JWT; only in the answer to the right code.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    receipt: Option<String>,
}

/// How a call or message is faring.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Delivery)]
pub struct DeliveryBody {
    /// One of `queued`, `ringing`, `answered`, `busy`, `no_answer`, `voicemail`, `sent`,
    /// `delivered`, `failed`, `unknown`; more may come. `answered` does not mean that a person heard it.
    #[schema(examples("ringing"))]
    state: &'static str,
    /// When this was learnt.
    #[schema(format = DateTime)]
    updated_at: String,
}

impl VerificationBody {
    /// As the caller who sent the number sees it.
    #[must_use]
    pub fn whole(verification: &Verification) -> Self {
        let phone_number = verification.sealed.number.e164();
        Self { phone_number, ..Self::masked(verification) }
    }

    /// As anybody who holds the id sees it.
    #[must_use]
    pub fn masked(verification: &Verification) -> Self {
        let sealed = &verification.sealed;
        let resend_at = verification.room.next_at.max(sealed.created_at);
        Self {
            id: verification.id.as_str().to_owned(),
            status: verification.status.as_str(),
            channel: sealed.channel.as_str(),
            phone_number: sealed.number.to_string(),
            locale: sealed.locale.tag().to_owned(),
            code_length: sealed.code_length,
            attempts_remaining: verification.attempts_remaining,
            press_key: sealed.press_a_key,
            reference: sealed.context.reference.clone(),
            created_at: rfc3339(sealed.created_at),
            expires_at: rfc3339(sealed.expires_at()),
            // Rounded up: a call that is promised for a moment is not refused at it.
            resend_at: rfc3339(resend_at + Duration::from_millis(999)),
            delivery: delivery(verification),
            poll_after_seconds: verification.poll_after.map(|wait| wait.as_secs()),
            receipt: None,
        }
    }

    /// As whoever sent the right code sees it.
    #[must_use]
    pub fn proven(self, receipt: String) -> Self {
        Self { receipt: Some(receipt), ..self }
    }
}

/// What was learnt of the call; nothing yet is `unknown` in an answer that tells when to ask again.
fn delivery(verification: &Verification) -> Option<DeliveryBody> {
    let (delivery, at) = match (verification.progress, verification.poll_after) {
        (Some(progress), _) => (progress.delivery, progress.updated_at),
        (None, Some(_)) => (Delivery::Unknown, verification.sealed.created_at),
        (None, None) => return None,
    };
    Some(DeliveryBody { state: delivery.as_str(), updated_at: rfc3339(at) })
}

/// Whole seconds in UTC.
pub(crate) fn rfc3339(at: Timestamp) -> String {
    let seconds = i64::try_from(at.0 / 1000).unwrap_or(i64::MAX);
    let time = UtcDateTime::from_unix_timestamp(seconds).unwrap_or(UtcDateTime::MAX);
    time.format(&Rfc3339).unwrap_or_default()
}
