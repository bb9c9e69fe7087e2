//! The operators' listener: its page, metrics and verbose readiness. The page's files are in
//! [`super::ops_page`], what it shows in [`super::overview`], its levers in [`super::levers`]. Never public.

use super::health::livez;
use super::problem::Kind;
use super::reply::refused;
use super::state::State;
use super::{ops_page, overview};
use actix_web::http::header::ACCEPT;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;
use std::sync::atomic::Ordering;

/// Every path of the operators' listener.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/metrics", web::get().to(metrics))
        .route("/livez", web::get().to(livez))
        .route("/readyz", web::get().to(readyz))
        .route("/overview", web::get().to(overview::overview))
        .route("/", web::get().to(ops_page::file))
        .route("/favicon.svg", web::get().to(ops_page::file))
        .route("/styles/tokens.css", web::get().to(ops_page::file))
        .route("/operators/{file}", web::get().to(ops_page::file))
        .configure(super::levers::routes)
        .configure(super::demo_traffic::routes)
        .default_service(web::to(async || refused(&Kind::NotFound.into())));
}

/// Everything counted, in the text format that is asked for; the caps, if the store tells them.
async fn metrics(request: HttpRequest, state: Data<State>) -> HttpResponse {
    state.metrics.held.set(overview::held(&state).await.ok().as_ref());
    let accept = request.headers().get(ACCEPT).and_then(|accept| accept.to_str().ok());
    let (kind, text) = if accept.is_some_and(|it| it.contains("application/openmetrics-text")) {
        ("application/openmetrics-text; version=1.0.0; charset=utf-8", state.metrics.text())
    } else {
        ("text/plain; version=0.0.4; charset=utf-8", state.metrics.older_text())
    };
    HttpResponse::Ok().content_type(kind).body(text)
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
