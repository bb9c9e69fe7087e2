//! The buttons of the demo on the operators' page. What they begin is in [`crate::demo`].

use super::ops::resource;
use super::problem::Kind as Fault;
use super::reply::refused;
use super::state::State;
use crate::demo::Kind;
use actix_web::HttpResponse;
use actix_web::web::{Bytes, Data, ServiceConfig, delete, put};
use serde::Deserialize;

/// What is to be simulated.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    kind: Kind,
}

/// Outside the demo there is nothing here.
pub fn routes(config: &mut ServiceConfig) {
    let routes = [put().to(begin), delete().to(end)];
    config.service(resource("/demo/traffic", "PUT, DELETE", routes));
}

async fn begin(state: Data<State>, body: Bytes) -> HttpResponse {
    let Some(traffic) = &state.traffic else { return refused(&Fault::NotFound.into()) };
    match serde_json::from_slice(&body) {
        Ok(Wish { kind }) => traffic.begin(kind),
        Err(_) => return refused(&Fault::MalformedRequest.into()),
    }
    HttpResponse::NoContent().finish()
}

async fn end(state: Data<State>) -> HttpResponse {
    let Some(traffic) = &state.traffic else { return refused(&Fault::NotFound.into()) };
    traffic.end();
    HttpResponse::NoContent().finish()
}
