//! Is it alive, and is it ready?

use super::problem::{Body as ProblemBody, Kind, Problem};
use super::state::State;
use actix_web::HttpResponse;
use actix_web::web::Data;
use serde::Serialize;
use std::sync::atomic::Ordering;
use std::time::Duration;
use utoipa::ToSchema;

/// A word on the state of things.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Health)]
pub struct HealthBody {
    /// `ok`.
    #[schema(examples("ok"))]
    status: &'static str,
}

/// Is the process alive?
///
/// Asks nothing of anybody.
#[utoipa::path(
    get, path = "/livez", tag = "service", operation_id = "read-liveness",
    responses((status = 200, description = "It is.", body = HealthBody)),
)]
pub async fn livez() -> HttpResponse {
    HttpResponse::Ok().json(HealthBody { status: "ok" })
}

/// Is it ready for requests?
///
/// Not while the store cannot be reached, nor while it is stopping. A provider outage does not make
/// it unready: then every replica would leave at once.
#[utoipa::path(
    get, path = "/readyz", tag = "service", operation_id = "read-readiness",
    responses(
        (status = 200, description = "It is.", body = HealthBody),
        (status = 503, description = "It is not.", body = ProblemBody, content_type = "application/problem+json",
            headers(("Retry-After" = u64, description = "Seconds until it is worth asking again."))),
    ),
)]
pub async fn readyz(state: Data<State>) -> Result<HttpResponse, Problem> {
    let ready = !state.draining.load(Ordering::Acquire)
        && state.verifications.guard.counters.ping().await.is_ok();
    if !ready {
        return Err(Problem::from(Kind::TemporarilyUnavailable)
            .detail("This replica takes no requests now.")
            .after(Duration::from_secs(5)));
    }
    Ok(HttpResponse::Ok().json(HealthBody { status: "ok" }))
}
