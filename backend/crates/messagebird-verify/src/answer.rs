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
            Self::Check => "check",
            Self::Delete => "delete",
            Self::Delivery => "delivery",
        }
    }

    fn judge(&self, status: u16, retry_after: Option<Duration>) -> Result<Reading, Error> {
        match (status, self) {
            (200..=299, Self::Delete) => Ok(Reading::Done),
            // Observed: 201 for a create, 200 for the rest. Some mocks say 200 for a create, so either will do.
            // 202, 204, 206 cannot carry the whole object and are nobody's documented answer.
            (200 | 201, _) => Ok(Reading::Object),
            (429, _) => Err(Error::Refused(Refusal::RateLimited { retry_after })),
            // Whoever says when to come back has not acted on the request; a bare 503 may come from anywhere.
            (503, _) => Err(retry_after
                .map_or(Error::Unknown(Unknown::Status(status)), |retry_after| {
                    Error::Refused(Refusal::Busy { retry_after })
                })),
            // Statuses that are only sent by a server that read the request and turned it down. Not 408 (it may
            // have been half read), not 418 or 499 (nobody's contract), not 421 and 425 (an edge's business).
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

    const ALL: [Operation; 5] = [
        Operation::Create,
        Operation::View,
        Operation::Check,
        Operation::Delete,
        Operation::Delivery,
    ];

    #[test]
    fn f15_f28_f29_every_status_nobody_promised_is_unknown() {
        let listed =
            [200, 201, 400, 401, 402, 403, 404, 405, 406, 409, 410, 411, 413, 414, 415, 422, 429];
        for operation in ALL {
            for status in (100..=999).filter(|status| !listed.contains(status)) {
                if operation == Operation::Delete && (200..=299).contains(&status) {
                    continue;
                }
                assert!(
                    matches!(operation.judge(status, None), Err(Error::Unknown(Unknown::Status(it))) if it == status),
                    "{operation:?} {status}"
                );
            }
        }
    }

    #[test]
    fn only_a_delete_is_content_with_a_2xx_alone() {
        assert!(matches!(Operation::Delete.judge(204, None), Ok(Reading::Done)));
        assert!(matches!(Operation::Delete.judge(200, None), Ok(Reading::Done)));
        for operation in [Operation::Create, Operation::View, Operation::Check, Operation::Delivery]
        {
            assert!(matches!(operation.judge(201, None), Ok(Reading::Object)));
            assert!(operation.judge(204, None).is_err());
        }
    }

    #[test]
    fn f16_f17_only_429_and_503_look_at_the_waiting_time() {
        let wait = Some(Duration::from_secs(9));
        assert!(matches!(
            Operation::Create.judge(503, wait),
            Err(Error::Refused(Refusal::Busy { retry_after })) if Some(retry_after) == wait
        ));
        assert!(matches!(
            Operation::Create.judge(429, wait),
            Err(Error::Refused(Refusal::RateLimited { retry_after })) if retry_after == wait
        ));
        for status in [500, 502, 504] {
            assert!(matches!(
                Operation::Create.judge(status, wait),
                Err(Error::Unknown(Unknown::Status(_)))
            ));
        }
    }
}
