//! The endpoints of a verification: parse, ask the service, respond. Nothing else.

use super::body::Body;
use super::caller;
use super::counting::{self, Asked};
use super::dto::shown::VerificationBody;
use super::dto::{self, CheckBody, ResendBody, StartBody};
use super::edge::RequestId;
use super::idempotency;
use super::origin;
use super::problem::{Body as ProblemBody, Kind, Problem, RateLimit};
use super::reply::{Reply, Subject};
use super::state::State;
use super::to_completion::to_completion;
use super::twins::check_in_turn;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use verification::idempotency::{Done, may_ring};
use verification::{Channel, Context, Opened, Sealed, StartError, Verification};

/// Place a call or send a message
///
/// Rings the number and says a code, or sends it by SMS. Costs money, so it is guarded: per number,
/// per client, per prefix, per region, and overall.
#[utoipa::path(
    post, path = "/verifications", tag = "verifications", operation_id = "start-verification",
    params(idempotency::Header),
    request_body(content = StartBody, description = "Whom to reach, and how."),
    responses(
        (status = 201, description = "The call is on its way.", body = VerificationBody, headers(
            ("Location" = String, description = "The path of the verification."),
            ("RateLimit" = String, description = "Further calls to this number."),
            ("RateLimit-Policy" = String, description = "The number's limit.")), links(
            ("check" = (operation_id = "check-verification", parameters(("id" = "$response.body#/id")))),
            ("read" = (operation_id = "read-verification", parameters(("id" = "$response.body#/id")))),
            ("resend" = (operation_id = "resend-verification", parameters(("id" = "$response.body#/id")))),
            ("cancel" = (operation_id = "cancel-verification", parameters(("id" = "$response.body#/id")))))),
        (status = "4XX", description = "Nothing was sent.", body = ProblemBody, content_type = "application/problem+json"),
        (status = "5XX", description = "`delivery_unknown`: a call may be on its way. All others: nothing was sent.", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn start(
    request: HttpRequest,
    state: Data<State>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let client = caller::client(&request, &state.config.http.trusted_proxies);
    if let Some(proxy) = caller::unknown_proxy(&request, &state.config.http.trusted_proxies) {
        state.proxies.forwarded_by(proxy);
    }
    let from = Context {
        caller: caller::name(&request),
        audience: origin::audience(request.headers(), &state.config),
        ..Context::default()
    };
    if state.config.callers.required && from.caller.is_none() {
        return Err(Kind::CallerRequired.into());
    }
    let once = idempotency::read(&request, &body, client)?;
    let channel = state.verifications.settings.channels.first().copied();
    let channel = channel.unwrap_or(Channel::Voice);
    let wish = dto::read::<StartBody>(&request, &body)?.into_request(client, from, channel)?;
    Subject::number(&request, &wish.number, wish.channel);
    let (service, id) = (Data::clone(&state), RequestId::of(&request));
    let work = Box::pin(async move {
        let asked = Asked {
            region: wish.number.region(),
            channel: wish.channel,
            caller: wish.context.caller.clone(),
        };
        let start = async || {
            let result = service.verifications.start(wish).await;
            // Whole, for the caller sent it.
            created(&service, result, asked, true, &id)
        };
        idempotency::once(&service, once, start).await
    });
    Ok(to_completion(&request, &state, work).await??.respond(&request))
}

/// Call again
///
/// Calls the number of an earlier verification again, in the same way or another, without asking
/// for it again. The earlier one is cancelled once the new call is accepted.
#[utoipa::path(
    post, path = "/verifications/{id}/resend", tag = "verifications", operation_id = "resend-verification",
    params(("id" = String, Path, description = "The verification."), idempotency::Header),
    request_body(content = ResendBody, description = "What is to be different."),
    responses(
        (status = 201, description = "The call is on its way; the verification is a new one.", body = VerificationBody, headers(
            ("Location" = String, description = "The path of the new verification."),
            ("RateLimit" = String, description = "Further calls to this number."),
            ("RateLimit-Policy" = String, description = "The number's limit.")), links(
            ("check" = (operation_id = "check-verification", parameters(("id" = "$response.body#/id")))),
            ("read" = (operation_id = "read-verification", parameters(("id" = "$response.body#/id")))),
            ("resend" = (operation_id = "resend-verification", parameters(("id" = "$response.body#/id")))),
            ("cancel" = (operation_id = "cancel-verification", parameters(("id" = "$response.body#/id")))))),
        (status = "4XX", description = "Nothing was sent.", body = ProblemBody, content_type = "application/problem+json"),
        (status = "5XX", description = "`delivery_unknown`: a call may be on its way. All others: nothing was sent.", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn resend(
    request: HttpRequest,
    state: Data<State>,
    id: Path<String>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let client = caller::client(&request, &state.config.http.trusted_proxies);
    let original = open(&request, &state, &id)?;
    let once = idempotency::read(&request, &body, client)?;
    let (channel, locale) = ResendBody::read(&request, &body)?;
    let own = is_own(&request, &original.sealed);
    let (service, id) = (Data::clone(&state), RequestId::of(&request));
    let work = Box::pin(async move {
        let asked = Asked {
            region: original.sealed.number.region(),
            channel: channel.unwrap_or(original.sealed.channel),
            caller: original.sealed.context.caller.clone(),
        };
        let resend = async || {
            let result = service.verifications.resend(&original, channel, locale, client).await;
            created(&service, result, asked, own, &id)
        };
        idempotency::once(&service, once, resend).await
    });
    Ok(to_completion(&request, &state, work).await??.respond(&request))
}

/// Check a code
///
/// Only the right code is answered with 200.
#[utoipa::path(
    post, path = "/verifications/{id}/check", tag = "verifications", operation_id = "check-verification",
    params(("id" = String, Path, description = "The verification.")),
    request_body(content = CheckBody, description = "The code."),
    responses(
        (status = 200, description = "The code is right: the number is proven.", body = VerificationBody),
        (status = "4XX", description = "The number is not proven.", body = ProblemBody, content_type = "application/problem+json"),
        (status = "5XX", description = "The code was not checked, or it is not known whether it was.", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn check(
    request: HttpRequest,
    state: Data<State>,
    id: Path<String>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let opened = open(&request, &state, &id)?;
    let code = dto::read::<CheckBody>(&request, &body)?.code();
    let shown = shown_to(&request, &opened.sealed);
    let service = Data::clone(&state);
    let work = Box::pin(async move {
        let result = check_in_turn(&service.verifications, opened, &code).await;
        // Here, for its client may have left.
        service.metrics.check(result.as_ref().err());
        result
    });
    let result = to_completion(&request, &state, work).await?;
    let verification = result?;
    let receipt = state.receipt(&verification)?;
    let verified = shown(&verification).proven(receipt);
    Ok(Reply::json(StatusCode::OK, &verified).respond(&request))
}

/// Read a verification
///
/// Where it stands and how its call is faring. The answer names the wait until the next read.
#[utoipa::path(
    get, path = "/verifications/{id}", tag = "verifications", operation_id = "read-verification",
    params(("id" = String, Path, description = "The verification.")),
    responses(
        (status = 200, description = "Where it stands.", body = VerificationBody),
        (status = "4XX", description = "It is not known.", body = ProblemBody, content_type = "application/problem+json"),
        (status = "5XX", description = "It cannot be read now.", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn read(
    request: HttpRequest,
    state: Data<State>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let opened = open(&request, &state, &id)?;
    let shown = shown_to(&request, &opened.sealed);
    let verification = state.verifications.status(opened).await?;
    counting::read(&state, &verification).await;
    let body = shown(&verification);
    Ok(Reply::json(StatusCode::OK, &body).respond(&request))
}

/// Cancel a verification
///
/// Makes its code useless. Cancelling twice is no fault.
#[utoipa::path(
    delete, path = "/verifications/{id}", tag = "verifications", operation_id = "cancel-verification",
    params(("id" = String, Path, description = "The verification.")),
    responses(
        (status = 204, description = "It is cancelled."),
        (status = "4XX", description = "It is not known, or over.", body = ProblemBody, content_type = "application/problem+json"),
        (status = "5XX", description = "It cannot be cancelled now.", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn cancel(
    request: HttpRequest,
    state: Data<State>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let opened = open(&request, &state, &id)?;
    let service = Data::clone(&state);
    let work = async move { service.verifications.cancel(&opened).await };
    to_completion(&request, &state, work).await??;
    Ok(HttpResponse::NoContent().finish())
}

/// Opens an id. To a service with a key, what another one started is not there.
fn open(request: &HttpRequest, state: &State, id: &str) -> Result<Opened, Problem> {
    let opened = state.verifications.open(id)?;
    let starter = &opened.sealed.context.caller;
    if caller::name(request).is_some_and(|name| starter.as_ref().is_some_and(|it| *it != name)) {
        return Err(Kind::VerificationNotFound.into());
    }
    Subject::number(request, &opened.sealed.number, opened.sealed.channel);
    Ok(opened)
}

/// Whether the service that sends this with its key started the verification.
fn is_own(request: &HttpRequest, sealed: &Sealed) -> bool {
    let name = caller::name(request);
    name.is_some() && name == sealed.context.caller
}

/// How a verification is shown to who asks: with the whole number to the service that started it.
fn shown_to(request: &HttpRequest, sealed: &Sealed) -> fn(&Verification) -> VerificationBody {
    if is_own(request, sealed) { VerificationBody::whole } else { VerificationBody::masked }
}

/// The answer to a start or resend: to whose own it is, or to somebody who holds the id.
fn created(
    state: &State,
    result: Result<Verification, StartError>,
    asked: Asked,
    own: bool,
    request_id: &str,
) -> Done<Reply> {
    let keep = may_ring(&result);
    counting::start(state, asked, &result);
    let answer = match result {
        Ok(verification) => {
            let provider = state.verifications.providers.name(verification.sealed.provider);
            let (room, at) = (verification.room, verification.sealed.created_at);
            let limit = RateLimit {
                remaining: if room.next_at > at { 0 } else { room.left },
                reset: room.next_at.since(at),
            };
            let shown = match own {
                true => VerificationBody::whole(&verification),
                false => VerificationBody::masked(&verification),
            };
            Reply::json(StatusCode::CREATED, &shown)
                .by(provider)
                .with("location", format!("/verifications/{}", verification.id.as_str()))
                .with("ratelimit", limit.to_string())
                .with("ratelimit-policy", state.number_policy())
        }
        Err(error) => {
            let problem = match error {
                StartError::Limited(limited) if !own => limited.to_others().into(),
                error => Problem::from(error),
            };
            let reply = Reply::problem(&problem, request_id);
            match problem.rate_limit {
                true => reply.with("ratelimit-policy", state.number_policy()),
                false => reply,
            }
        }
    };
    Done { answer, keep }
}
