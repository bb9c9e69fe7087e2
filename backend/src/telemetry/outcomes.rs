//! What operators call the ways in which a start or a check comes to nothing. What a caller is told is in
//! `http::problem`.

use verification::ports::CounterKind;
use verification::{CheckError, StartError};

/// Why a start came to nothing, as operators know it.
#[must_use]
pub fn outcome_of_start(error: &StartError) -> &'static str {
    match error {
        StartError::ChannelClosed(_) => "channel_closed",
        StartError::DestinationClosed => "destination_not_allowed",
        StartError::Landline => "landline",
        StartError::Paused { .. } => "paused",
        StartError::Limited(limited) => rule_name(limited.rule),
        StartError::RecipientRefused => "recipient_refused",
        StartError::ProviderRefusedUs => "provider_error",
        StartError::NotPlaced { .. } => "not_placed",
        StartError::DeliveryUnknown { .. } => "delivery_unknown",
        StartError::Store(_) => "store_unreachable",
        StartError::Original(error) => outcome_of_check(error),
    }
}

/// Why a code was not found right, as operators know it.
pub(super) fn outcome_of_check(error: &CheckError) -> &'static str {
    match error {
        CheckError::NotFound => "not_found",
        CheckError::Expired => "expired",
        CheckError::AttemptsExhausted => "attempts_exhausted",
        CheckError::Canceled => "canceled",
        CheckError::AlreadyVerified => "already_verified",
        CheckError::CodeMalformed(_) => "code_malformed",
        CheckError::CodeIncorrect { .. } => "code_incorrect",
        CheckError::Limited(limited) => rule_name(limited.rule),
        CheckError::ProviderRefusedUs => "provider_error",
        CheckError::UnderWay { .. } => "under_way",
        CheckError::NotChecked { .. } => "not_checked",
        CheckError::CheckUnknown { .. } => "check_unknown",
        CheckError::Store(_) => "store_unreachable",
    }
}

/// The limit that refused, as operators know it.
fn rule_name(rule: CounterKind) -> &'static str {
    match rule {
        CounterKind::Number => "number_limit",
        CounterKind::Client
        | CounterKind::ClientVerified
        | CounterKind::CallerClient
        | CounterKind::CallerClientVerified => "client_limit",
        CounterKind::Caller => "caller_limit",
        CounterKind::Prefix | CounterKind::PrefixVerified => "prefix_limit",
        CounterKind::Region => "region_limit",
        CounterKind::Hour => "hourly_cap",
        CounterKind::Day => "daily_cap",
        CounterKind::Codes => "check_limit",
        CounterKind::Tries => "attempts_exhausted",
        CounterKind::Closed
        | CounterKind::Observed
        | CounterKind::ClosedByHand
        | CounterKind::Paused
        | CounterKind::BlocksVersion
        | CounterKind::BlockList
        | CounterKind::Figures
        | CounterKind::FiguresTaken
        | CounterKind::FiguresThere
        | CounterKind::BlocksChanging
        | CounterKind::Started
        | CounterKind::Verified => "region_closed",
        CounterKind::KeyPress
        | CounterKind::Mark
        | CounterKind::Lost
        | CounterKind::Reads
        | CounterKind::Ending
        | CounterKind::Unchecked
        | CounterKind::Told
        | CounterKind::Idempotency
        | CounterKind::Receipt => "ended",
    }
}
