//! Two clicks are one check: the second waits for the first. That two codes are never compared at once is
//! the guard's business.

use actix_web::rt::time::sleep;
use std::time::Duration;
use verification::{CheckError, Opened, Verification, Verifications};

/// How many milliseconds a check waits for its twin, again and again: three seconds together.
const TWIN_CHECKED_IN: [u64; 5] = [100, 200, 400, 800, 1_600];

/// Checks a code, after its twin that is being checked.
///
/// # Errors
/// Those of [`Verifications::check`].
pub async fn check_in_turn(
    service: &Verifications,
    opened: Opened,
    code: &str,
) -> Result<Verification, CheckError> {
    for wait in TWIN_CHECKED_IN {
        match service.check(&opened, code).await {
            Err(CheckError::UnderWay { is_same: true }) => {
                sleep(Duration::from_millis(wait)).await;
            }
            result => return result,
        }
    }
    service.check(&opened, code).await
}
