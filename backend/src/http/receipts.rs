//! The endpoints of receipts: whom a site's server asks, or whose keys it verifies with. The receipt
//! itself leaves with the answer to a check.

use super::body::Body;
use super::dto::receipt::{ClaimsBody, KeySetBody, RedeemBody};
use super::edge::RequestId;
use super::problem::{Body as ProblemBody, Problem};
use super::reply::Reply;
use super::state::State;
use super::to_completion::to_completion;
use super::{dto, idempotency};
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;
use uuid::Uuid;
use verification::idempotency::{Done, Repeatable};
use verification::receipt::Claims;

/// Redeem a receipt
///
/// For servers that would rather ask than verify a signature. Each receipt is redeemed once.
#[utoipa::path(
    post, path = "/receipts/redeem", tag = "receipts", operation_id = "redeem-receipt",
    params(idempotency::Header),
    request_body(content = RedeemBody, description = "The receipt, and what it is expected to say."),
    responses(
        (status = 200, description = "The receipt is good, and now used up.", body = ClaimsBody),
        (status = "4XX", description = "The receipt proves nothing here, or was redeemed before.", body = ProblemBody, content_type = "application/problem+json"),
        (status = "5XX", description = "It is not known. Ask again, with the same `Idempotency-Key`.", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn redeem(
    request: HttpRequest,
    state: Data<State>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let client = super::caller::client(&request, &state.config.http.trusted_proxies);
    let once = idempotency::read(&request, &body, client)?;
    let wish = dto::read::<RedeemBody>(&request, &body)?;
    let caller = super::caller::name(&request);
    let (receipt, expected) = wish.parts(caller.as_deref())?;
    // Before the store is asked: what is forged costs it nothing.
    let refused = |problem: &Problem| state.metrics.funnel.receipt(problem.kind.code());
    let claims =
        state.receipts.read(receipt, expected).map_err(Problem::from).inspect_err(refused)?;
    let (service, id) = (Data::clone(&state), RequestId::of(&request));
    let work = async move {
        let name = |once: &Repeatable| once.name(&service.verifications.guard);
        let name = once.as_ref().map_or_else(|| Uuid::new_v4().as_u128(), name);
        let redeem = async || match redeem_now(&service, &claims, name).await {
            Ok(()) => {
                service.metrics.funnel.receipt("redeemed");
                Done { answer: Reply::json(StatusCode::OK, &claims), keep: true }
            }
            Err(problem) => {
                service.metrics.funnel.receipt(problem.kind.code());
                Done { answer: Reply::problem(&problem, &id), keep: false }
            }
        };
        idempotency::once(&service, once, redeem).await
    };
    Ok(to_completion(&request, &state, work).await??.respond(&request))
}

async fn redeem_now(state: &State, claims: &Claims, by: u128) -> Result<(), Problem> {
    // A repetition of what was done in time may come late; a first request may not.
    claims.in_time(state.verifications.clock.now())?;
    Ok(claims.redeem(&state.verifications.guard, by).await?)
}

/// The public keys
///
/// What receipts are verified with. Changes when `SECRET_KEY` does; then both are listed.
#[utoipa::path(
    get, path = "/.well-known/jwks.json", tag = "receipts", operation_id = "read-keys",
    responses((status = 200, description = "The keys.", body = KeySetBody, content_type = "application/jwk-set+json")),
)]
pub async fn keys(request: HttpRequest, state: Data<State>) -> HttpResponse {
    let keys: Vec<_> = state.receipts.public_keys().collect();
    let set = Reply::json(StatusCode::OK, &json!({ "keys": keys }))
        .with("content-type", "application/jwk-set+json")
        .with("cache-control", "public, max-age=3600");
    set.respond(&request)
}
