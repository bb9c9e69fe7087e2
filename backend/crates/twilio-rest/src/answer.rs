//! Which HTTP status belongs to which outcome class, per operation. Reads no body and opens no connection.

use std::time::Duration;

use provider_http::{Answers, Reading, Unknown};

use crate::codes::{self, Operation};
use crate::error::{Error, Refusal};

impl Answers for Operation {
    type Refusal = Refusal;

    fn name(&self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::View => "view",
            Self::End => "end",
        }
    }

    fn judge(&self, status: u16, retry_after: Option<Duration>) -> Result<Reading, Error> {
        match (status, self) {
            (200..=299, Self::End) => Ok(Reading::Done),
            // Twilio: 201 for a create, 200 for the rest. Somleng and others differ, so either will do.
            (200 | 201, _) => Ok(Reading::Object),
            // Twilio promises that nothing was done (20429).
            (429, _) => Err(Error::Refused(Refusal::Busy { retry_after })),
            // Statuses that are only sent by a server that read the request and turned it down. A 503 promises
            // nothing, whatever it says about coming back.
            (400..=406 | 409 | 410 | 411 | 413 | 414 | 415 | 422, _) => Ok(Reading::Refusal),
            _ => Err(Error::Unknown(Unknown::Status(status))),
        }
    }

    fn refusal(&self, status: u16, body: &[u8]) -> Refusal {
        codes::refusal(*self, status, body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_nobody_promised_is_unknown() {
        let listed =
            [200, 201, 400, 401, 402, 403, 404, 405, 406, 409, 410, 411, 413, 414, 415, 422, 429];
        for operation in [Operation::Create, Operation::View, Operation::End] {
            for status in (100..=999).filter(|status| !listed.contains(status)) {
                if operation == Operation::End && (200..=299).contains(&status) {
                    continue;
                }
                for wait in [None, Some(Duration::from_secs(9))] {
                    let judged = operation.judge(status, wait);
                    assert!(
                        matches!(judged, Err(Error::Unknown(Unknown::Status(it))) if it == status),
                        "{operation:?} {status}"
                    );
                }
            }
        }
    }

    #[test]
    fn only_an_end_is_content_with_a_2xx_alone() {
        assert!(matches!(Operation::End.judge(204, None), Ok(Reading::Done)));
        for operation in [Operation::Create, Operation::View] {
            assert!(matches!(operation.judge(201, None), Ok(Reading::Object)));
            assert!(operation.judge(204, None).is_err());
        }
    }
}
