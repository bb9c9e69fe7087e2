//! The operators' listener: its page, metrics and verbose readiness. The page's files are in
//! [`super::ops_page`], what it shows in [`super::overview`], its levers in [`super::levers`]. Never public.

use super::health::livez;
use super::problem::{Kind, Problem};
use super::reply::refused;
use super::state::State;
use super::{ops_page, overview};
use actix_web::http::header::ACCEPT;
use actix_web::web::{self, Data, ServiceConfig, get};
use actix_web::{HttpRequest, HttpResponse, Resource, Route};
use serde_json::json;
use std::sync::atomic::Ordering;

/// Every path of the operators' listener.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/metrics", "GET", [get().to(metrics)]))
        .service(resource("/livez", "GET", [get().to(livez)]))
        .service(resource("/readyz", "GET", [get().to(readyz)]))
        .service(resource("/overview", "GET", [get().to(overview::overview)]))
        .service(resource("/", "GET", [get().to(ops_page::file)]))
        .service(resource("/favicon.svg", "GET", [get().to(ops_page::file)]))
        .service(resource("/styles/tokens.css", "GET", [get().to(ops_page::file)]))
        .service(resource("/operators/{file}", "GET", [get().to(ops_page::file)]))
        .configure(super::levers::routes)
        .configure(super::demo_traffic::routes)
        .default_service(web::to(async || {
            let nothing = Problem::from(Kind::NotFound);
            refused(
                &nothing
                    .detail("Check the address. docs/operators.md names what this listener has."),
            )
        }));
}

/// A path with its methods; any other method is 405 and told which there are.
pub(super) fn resource<const N: usize>(
    path: &str,
    allow: &'static str,
    routes: [Route; N],
) -> Resource {
    let refuse = move || async move {
        refused(&Problem::from(Kind::MethodNotAllowed).header("allow", allow))
    };
    let resource = web::resource(path).default_service(web::to(refuse));
    routes.into_iter().fold(resource, Resource::route)
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
