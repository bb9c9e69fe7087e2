//! The whole table of problems: from code to status, title and words.

use serde::Serialize;
use utoipa::ToSchema;

/// What kind of problem. The name in snake case is the `code` of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the table below says what each means")]
pub enum Kind {
    MalformedRequest,
    CallerUnknown,
    CallerRequired,
    IdempotencyKeyInvalid,
    DestinationNotAllowed,
    CrossSiteRequest,
    NotFound,
    VerificationNotFound,
    MethodNotAllowed,
    RequestTimeout,
    BodyTooLarge,
    UriTooLong,
    UnsupportedMediaType,
    HeadersTooLarge,
    AlreadyVerified,
    IdempotencyKeyInUse,
    ReceiptRedeemed,
    VerificationExpired,
    AttemptsExhausted,
    VerificationCanceled,
    InvalidRequest,
    PhoneNumberInvalid,
    CodeMalformed,
    CodeIncorrect,
    IdempotencyKeyReused,
    ReceiptInvalid,
    RateLimited,
    InternalError,
    ProviderError,
    DeliveryUnknown,
    CheckUnknown,
    TemporarilyUnavailable,
    CapacityReached,
    Paused,
}

/// One row: kind, code, usual status, title, and what a person can do now.
type Row = (Kind, &'static str, u16, &'static str, &'static str);

/// The whole table. Codes are the contract; titles and words are not.
#[rustfmt::skip]
pub const TABLE: [Row; 34] = [
    (Kind::MalformedRequest, "malformed_request", 400, "The request cannot be read", "Send one JSON object with only the members that openapi.yaml lists."),
    (Kind::CallerUnknown, "caller_unknown", 401, "The key is not known", "Check the key in the header Authorization, or ask the operator of this service for a new one."),
    (Kind::CallerRequired, "caller_required", 401, "This needs a key", "Send it from your server, with the header Authorization: Bearer and your service's key."),
    (Kind::IdempotencyKeyInvalid, "idempotency_key_invalid", 400, "The Idempotency-Key cannot be used", "Use 1 to 128 visible ASCII characters, none of them a quote."),
    (Kind::DestinationNotAllowed, "destination_not_allowed", 403, "This number cannot be called", "Numbers of this country or kind are not called from here. Use another phone number."),
    (Kind::CrossSiteRequest, "cross_site_request", 403, "Another site sent this request", "Open this service's own page and try there."),
    (Kind::NotFound, "not_found", 404, "There is nothing here", "Check the address. openapi.yaml lists every path."),
    (Kind::VerificationNotFound, "verification_not_found", 404, "This verification is not known", "Start again with your phone number."),
    (Kind::MethodNotAllowed, "method_not_allowed", 405, "This method is not for this path", "Use one of the methods in the Allow header."),
    (Kind::RequestTimeout, "request_timeout", 408, "The request came too slowly", "Send the whole request within 5 seconds."),
    (Kind::BodyTooLarge, "body_too_large", 413, "The request is too large", "Send at most 4 KiB."),
    (Kind::UriTooLong, "uri_too_long", 414, "The address is too long", "Use an address of at most 2 KiB."),
    (Kind::UnsupportedMediaType, "unsupported_media_type", 415, "The request is not JSON", "Send the header Content-Type: application/json."),
    (Kind::HeadersTooLarge, "headers_too_large", 431, "The headers are too large", "Send at most 64 headers and 16 KiB of them."),
    (Kind::AlreadyVerified, "already_verified", 409, "This number is verified already", "You are done; there is no need for another code."),
    (Kind::IdempotencyKeyInUse, "idempotency_key_in_use", 409, "The same request is still running", "Wait a second and send it again to get its answer."),
    (Kind::ReceiptRedeemed, "receipt_redeemed", 409, "This receipt was redeemed before", "Let the person verify the number again; a receipt is good once."),
    (Kind::VerificationExpired, "verification_expired", 410, "The code has expired", "Ask for a new call; the old code no longer works."),
    (Kind::AttemptsExhausted, "attempts_exhausted", 410, "Too many wrong codes", "Ask for a new call; the old code no longer works."),
    (Kind::VerificationCanceled, "verification_canceled", 410, "This verification was cancelled", "Use the newest code you were given, or start again."),
    (Kind::InvalidRequest, "invalid_request", 422, "Something in the request is not right", "Correct the members listed under errors."),
    (Kind::PhoneNumberInvalid, "phone_number_invalid", 422, "The phone number is not right", "Check the number and its country."),
    (Kind::CodeMalformed, "code_malformed", 422, "The code is incomplete", "Enter all the digits you heard, and only digits."),
    (Kind::CodeIncorrect, "code_incorrect", 422, "The code is not right", "Check the code and enter it again."),
    (Kind::IdempotencyKeyReused, "idempotency_key_reused", 422, "The Idempotency-Key was used for another request", "Use a new key for a new request."),
    (Kind::ReceiptInvalid, "receipt_invalid", 422, "This receipt proves nothing here", "Do not accept it. Let the person verify the number again, and send what this session expects."),
    (Kind::RateLimited, "rate_limited", 429, "Too many tries", "Wait a while, then try again."),
    (Kind::InternalError, "internal_error", 500, "Something went wrong here", "Try again. If it happens again, report the instance of this problem."),
    (Kind::ProviderError, "provider_error", 502, "Calls cannot be placed right now", "Nothing was sent. The operator of this service must mend something; try again later."),
    (Kind::DeliveryUnknown, "delivery_unknown", 502, "We could not confirm the call", "If your phone rings now, that code will not work here. Ask for a new call when the wait is over."),
    (Kind::CheckUnknown, "check_unknown", 502, "We could not confirm the code", "Send the same code again."),
    (Kind::TemporarilyUnavailable, "temporarily_unavailable", 503, "This does not work right now", "Nothing was sent. Try again in a moment."),
    (Kind::CapacityReached, "capacity_reached", 503, "No more calls can be placed right now", "Nothing was sent. Try again later."),
    (Kind::Paused, "paused", 503, "New calls and messages are paused for now", "It has nothing to do with your number. Nothing was sent; try again later."),
];

impl Kind {
    pub(super) fn row(self) -> &'static Row {
        #[expect(
            clippy::indexing_slicing,
            reason = "a row for each kind, in this order: see the test"
        )]
        &TABLE[self as usize]
    }

    /// The `code` of the contract.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.row().1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_row() {
        for (index, (kind, code, ..)) in TABLE.iter().enumerate() {
            assert_eq!(*kind as usize, index, "{code}");
            assert_eq!(serde_json::to_value(kind).unwrap(), **code);
        }
    }
}
