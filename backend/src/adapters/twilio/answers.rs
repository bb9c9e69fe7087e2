//! What the carrier's answers mean: refusals for the gateway, states for the domain.

use crate::adapters::provider::{Meaning, Refused};
use twilio_rest::{AnsweredBy, CallState, CallStatus, MessageState, MessageStatus, Refusal as No};
use verification::ports::Delivery;

impl Refused for No {
    fn meaning(&self) -> Meaning {
        match self {
            Self::Recipient => Meaning::Recipient,
            Self::Destination => Meaning::Destination,
            Self::Blocked => Meaning::Blocked,
            Self::Busy { retry_after } => Meaning::TooManyRequests(*retry_after),
            Self::NoBalance => Meaning::NoBalance,
            Self::NotAuthorised => Meaning::KeyRejected,
            Self::NotFound | Self::Over | Self::Other { .. } => Meaning::Request,
        }
    }
}

/// How a call fares. Picked up is not heard: a machine may have been first, where that is known.
pub(super) fn call_delivery(call: &CallState) -> Delivery {
    match (&call.status, call.answered_by) {
        (CallStatus::Queued, _) => Delivery::Queued,
        (CallStatus::Ringing, _) => Delivery::Ringing,
        (CallStatus::InProgress | CallStatus::Completed, Some(AnsweredBy::Machine)) => {
            Delivery::Voicemail
        }
        (CallStatus::InProgress | CallStatus::Completed, _) => Delivery::Answered,
        (CallStatus::Busy, _) => Delivery::Busy,
        (CallStatus::NoAnswer, _) => Delivery::NoAnswer,
        (CallStatus::Failed | CallStatus::Canceled, _) => Delivery::Failed,
        (CallStatus::Other(_), _) => Delivery::Unknown,
    }
}

/// How a message fares.
pub(super) fn message_delivery(message: &MessageState) -> Delivery {
    match message.status {
        MessageStatus::Queued => Delivery::Queued,
        MessageStatus::Sent => Delivery::Sent,
        MessageStatus::Delivered => Delivery::Delivered,
        MessageStatus::Failed => Delivery::Failed,
        MessageStatus::Other(_) => Delivery::Unknown,
    }
}
