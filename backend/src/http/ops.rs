//! The operators' listener: metrics, verbose readiness, and what the guard holds; its levers are in
//! [`super::levers`]. Never public.

use super::health::livez;
use super::problem::{Kind, Problem};
use super::reply::Reply;
use super::state::State;
use actix_web::http::header::ACCEPT;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value, json};
use std::sync::atomic::Ordering;
use verification::guard::overview::{Overview, Used};
use verification::ports::StoreError;
use verification::{Channel, CheckError, Region};

/// Every path of the operators' listener.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/metrics", web::get().to(metrics))
        .route("/livez", web::get().to(livez))
        .route("/readyz", web::get().to(readyz))
        .route("/guard", web::get().to(overview))
        .route("/overview", web::get().to(overview))
        .configure(super::levers::routes)
        .default_service(web::to(async || refused(&Kind::NotFound.into())));
}

/// A problem; requests have no names here.
pub(super) fn refused(problem: &Problem) -> HttpResponse {
    Reply::problem(problem, "").into_response()
}

/// Everything counted, in the text format that is asked for; the caps, if the store tells them.
async fn metrics(request: HttpRequest, state: Data<State>) -> HttpResponse {
    state.metrics.held.set(held(&state).await.ok().as_ref());
    let accept = request.headers().get(ACCEPT).and_then(|accept| accept.to_str().ok());
    let (kind, text) = if accept.is_some_and(|it| it.contains("application/openmetrics-text")) {
        ("application/openmetrics-text; version=1.0.0; charset=utf-8", state.metrics.text())
    } else {
        ("text/plain; version=0.0.4; charset=utf-8", state.metrics.older_text())
    };
    HttpResponse::Ok().content_type(kind).body(text)
}

/// What the guard holds of the regions that are open here.
async fn held(state: &State) -> Result<Overview, StoreError> {
    let regions = match &state.verifications.settings.destinations.regions {
        Some(open) => open.keys().copied().collect(),
        None => Region::all(),
    };
    state.verifications.guard.overview(&regions).await
}

async fn readyz(state: Data<State>) -> HttpResponse {
    let draining = state.draining.load(Ordering::Acquire);
    let store = match state.verifications.guard.counters.ping().await {
        Ok(()) => "ok".to_owned(),
        Err(error) => error.to_string(),
    };
    let mut response = if draining || store != "ok" {
        HttpResponse::ServiceUnavailable()
    } else {
        HttpResponse::Ok()
    };
    response.json(json!({ "draining": draining, "store": store }))
}

/// Caps used, regions closed, and why starts were refused since this process began.
async fn overview(state: Data<State>) -> HttpResponse {
    match held(&state).await {
        Ok(overview) => {
            let used = |used: Used| json!({ "used": used.used, "cap": used.quota });
            let region = |(region, count): &(Region, Used)| (region.to_string(), used(*count));
            let regions: Map<String, Value> = overview.regions.iter().map(region).collect();
            let closed: Vec<_> = overview.closed.iter().map(Region::to_string).collect();
            let names = |channels: &[Channel]| -> Vec<_> {
                channels.iter().map(Channel::to_string).collect()
            };
            let paused = names(&overview.paused);
            let by_hand =
                |(region, on): &(Region, Vec<Channel>)| (region.to_string(), json!(names(on)));
            let by_hand: Map<String, Value> = overview.closed_by_hand.iter().map(by_hand).collect();
            HttpResponse::Ok().json(json!({
                "hour": used(overview.hour),
                "day": used(overview.day),
                "regions": regions,
                "closed_for_voice": closed,
                "paused": paused,
                "closed_by_hand": by_hand,
                "blocks_unreadable": overview.blocks_unreadable,
                "refused": state.metrics.refused(),
            }))
        }
        Err(error) => refused(&CheckError::Store(error).into()),
    }
}
