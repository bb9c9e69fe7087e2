//! What MessageBird's answers mean: refusals for the gateway, states for the domain.

use crate::adapters::provider::{Meaning, Refused};
use messagebird_verify::{DeliveryState, Refusal as No, Status};
use verification::Channel;
use verification::ports::{Delivery, ProviderStatus};

impl Refused for No {
    fn meaning(&self) -> Meaning {
        match self {
            Self::RecipientRefused | Self::RecipientBlacklisted => Meaning::Recipient,
            Self::RateLimited { retry_after } => Meaning::TooManyRequests(*retry_after),
            Self::Busy { retry_after } => Meaning::Overloaded(*retry_after),
            Self::NoBalance => Meaning::NoBalance,
            Self::NotAuthorised => Meaning::KeyRejected,
            Self::NotFound
            | Self::TokenIncorrect
            | Self::TokenMalformed
            | Self::TokenExpired
            | Self::AlreadyProcessed
            | Self::Other { .. } => Meaning::Request,
        }
    }
}

/// Where a verification stands.
pub(super) fn status(status: &Status) -> ProviderStatus {
    match status {
        Status::Verified => ProviderStatus::Verified,
        Status::Expired => ProviderStatus::Expired,
        Status::Failed => ProviderStatus::Failed,
        Status::Deleted => ProviderStatus::Deleted,
        Status::Sent | Status::Other(_) => ProviderStatus::Pending,
    }
}

/// How a call or message fares; unknown without a state of it.
pub(super) fn delivery(state: Option<&DeliveryState>, channel: Channel) -> Delivery {
    match (state, channel) {
        (Some(DeliveryState::Scheduled), _) => Delivery::Queued,
        (Some(DeliveryState::Calling), _) => Delivery::Ringing,
        (Some(DeliveryState::Answered), _) => Delivery::Answered,
        (Some(DeliveryState::Busy), _) => Delivery::Busy,
        (Some(DeliveryState::Machine), _) => Delivery::Voicemail,
        // MessageBird says "failed" of a call that nobody took.
        (Some(DeliveryState::Failed), Channel::Voice) => Delivery::NoAnswer,
        (Some(DeliveryState::Sent | DeliveryState::Buffered), _) => Delivery::Sent,
        (Some(DeliveryState::Delivered), _) => Delivery::Delivered,
        (
            Some(DeliveryState::Failed | DeliveryState::Expired | DeliveryState::DeliveryFailed),
            _,
        ) => Delivery::Failed,
        (Some(DeliveryState::Other(_)) | None, _) => Delivery::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_codes_and_refused_numbers_say_nothing_of_the_account() {
        for no in [
            No::TokenIncorrect,
            No::TokenMalformed,
            No::TokenExpired,
            No::AlreadyProcessed,
            No::NotFound,
            No::Other { status: 400, code: None, parameter: None },
        ] {
            assert_eq!(no.meaning(), Meaning::Request);
        }
        for no in [No::RecipientRefused, No::RecipientBlacklisted] {
            assert_eq!(no.meaning(), Meaning::Recipient);
        }
    }
}
