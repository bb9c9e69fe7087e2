//! The operators' levers: what stops new calls, a region or a number, and who may pull them. What they
//! do is in `verification::guard::levers`; reading what the service does is in [`super::ops`].

use super::ops_page::file_of;
use super::overview::shown;
use super::problem::{Kind, Problem};
use super::reply::refused;
use super::security_headers::{self, Content};
use super::state::State;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderMap};
use actix_web::middleware::Next;
use actix_web::web::{self, Bytes, Data, Path, ServiceConfig};
use actix_web::{Error, HttpResponse};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::fmt::Display;
use std::net::IpAddr;
use std::time::Duration;
use subtle::ConstantTimeEq;
use verification::guard::NotChanged;
use verification::guard::blocks::Beginning;
use verification::guard::levers::LONGEST;
use verification::{Channel, Region};

/// What a pause is about.
const NEW_CALLS: &str = "new calls";

/// Every lever.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/pause", web::put().to(pause))
        .route("/pause", web::delete().to(resume))
        .route("/regions/{region}", web::put().to(close))
        .route("/regions/{region}", web::delete().to(open))
        .route("/blocked", web::get().to(blocked))
        .route("/blocked", web::delete().to(unblock_all))
        .route("/blocked/{beginning}", web::put().to(block))
        .route("/blocked/{beginning}", web::delete().to(unblock));
}

/// Lets through who may: with `OPS_TOKEN` whoever has it, without it whoever reaches this listener by an
/// address, so that no page can have a name of its own resolve to it. Without it levers are only for
/// this machine; and no page of another origin pulls one.
///
/// # Errors
/// Those of the service behind it.
pub async fn guarded(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    match request.app_data::<Data<State>>().map(|state| permitted(&request, state)) {
        Some(Ok(())) => {
            let mut answer = next.call(request).await?;
            let content = Content::of(answer.status(), answer.headers());
            security_headers::set(answer.headers_mut(), content);
            Ok(answer.map_into_left_body())
        }
        Some(Err(problem)) => Ok(request.into_response(refused(&problem)).map_into_right_body()),
        None => Ok(request.into_response(refused(&Kind::NotFound.into())).map_into_right_body()),
    }
}

fn permitted(request: &ServiceRequest, state: &State) -> Result<(), Problem> {
    if ["/metrics", "/readyz", "/livez"].contains(&request.path()) {
        return Ok(());
    }
    let (headers, http) = (request.headers(), &state.config.http);
    let is_lever = request.method() != Method::GET && request.method() != Method::HEAD;
    match &http.ops_token {
        // The page says nothing; it asks for the token, and sends it with what it asks then.
        Some(_) if !is_lever && file_of(request.path()).is_some() => return Ok(()),
        Some(token) if !has_token(headers, token) => {
            return Err(Problem::from(Kind::CallerRequired)
                .detail("Send the header Authorization: Bearer with the value of OPS_TOKEN."));
        }
        None if !is_by_address(headers) => {
            return Err(Problem::from(Kind::CrossSiteRequest)
                .detail("Open this listener by its address or as localhost, or set OPS_TOKEN."));
        }
        None if is_lever && !http.ops_listen.ip().is_loopback() => {
            return Err(Problem::from(Kind::CallerRequired)
                .detail("Set OPS_TOKEN: this listener is reached from other machines."));
        }
        _ => {}
    }
    let site = headers.get("sec-fetch-site").map(|site| site.as_bytes());
    if is_lever && !matches!(site, None | Some(b"same-origin" | b"none")) {
        return Err(Kind::CrossSiteRequest.into());
    }
    Ok(())
}

fn has_token(headers: &HeaderMap, token: &SecretString) -> bool {
    let given = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given = given.and_then(|value| value.split_once(' '));
    // Of digests, so that how much of it is right takes no other time.
    given.is_some_and(|(scheme, given)| {
        let [given, token] = [given.trim(), token.expose_secret()].map(Sha256::digest);
        scheme.eq_ignore_ascii_case("bearer") && bool::from(given.ct_eq(&token))
    })
}

/// Whether a request names this listener as no page of another site can.
fn is_by_address(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(HOST).and_then(|host| host.to_str().ok()) else { return false };
    let without_port = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !name.ends_with(':') => {
            name
        }
        _ => host,
    };
    let name = without_port.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok()
}

/// What a lever is pulled with; every member may be left out.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Pull {
    /// `voice`, `sms` or `all`.
    channel: Option<String>,
    /// How long, such as `90m`.
    #[serde(rename = "for")]
    lasts: Option<String>,
    /// For the log.
    why: Option<String>,
}

/// How a lever is pulled.
struct Pulled {
    channels: Vec<Channel>,
    lasts: Duration,
    why: String,
}

fn read(request: &actix_web::HttpRequest, body: &[u8]) -> Result<Pulled, Problem> {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let is_json = kind.is_some_and(|kind| {
        kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
    });
    if !is_json {
        return Err(Kind::UnsupportedMediaType.into());
    }
    let pull: Pull = serde_json::from_slice(body).map_err(|_| {
        Problem::from(Kind::MalformedRequest)
            .detail("Send one JSON object with only the members channel, for and why.")
    })?;
    let fault =
        |pointer, detail| Problem::from(Kind::InvalidRequest).error(pointer, "malformed", detail);
    let channels = match pull.channel.as_deref() {
        None | Some("all") => Channel::ALL.to_vec(),
        Some(name) => vec![
            Channel::parse(name).ok_or_else(|| fault("#/channel", "This is voice, sms or all."))?,
        ],
    };
    let span = |text: &str| humantime::parse_duration(text).ok();
    let lasts = match pull.lasts.as_deref() {
        None => LONGEST,
        Some(text) => {
            span(text).filter(|lasts| !lasts.is_zero() && *lasts <= LONGEST).ok_or_else(|| {
                fault("#/for", "This is a time such as 30m or 2h, of a year at most.")
            })?
        }
    };
    Ok(Pulled { channels, lasts, why: pull.why.unwrap_or_default() })
}

/// Answers for a lever, and writes the one line that tells of it when it was pulled.
fn told<E: Into<NotChanged>>(
    what: &str,
    about: impl Display,
    how: Option<&Pulled>,
    result: Result<(), E>,
) -> HttpResponse {
    if let Err(error) = result {
        return refused(&error.into().into());
    }
    let channels =
        how.map(|how| how.channels.iter().map(Channel::to_string).collect::<Vec<_>>().join(","));
    let minutes = how.map(|how| how.lasts.as_secs().div_ceil(60));
    let why = how.map(|how| &how.why);
    tracing::warn!(what, %about, channels, minutes, why, "an operator pulled a lever");
    HttpResponse::NoContent().finish()
}

macro_rules! or_refuse {
    ($result:expr) => {
        match $result {
            Ok(value) => value,
            Err(problem) => return refused(&problem),
        }
    };
}

async fn pause(request: actix_web::HttpRequest, state: Data<State>, body: Bytes) -> HttpResponse {
    let pulled = or_refuse!(read(&request, &body));
    let result = state.verifications.guard.pause(&pulled.channels, pulled.lasts).await;
    told("pause", NEW_CALLS, Some(&pulled), result)
}

async fn resume(state: Data<State>) -> HttpResponse {
    told("resume", NEW_CALLS, None, state.verifications.guard.resume().await)
}

fn region(path: &str) -> Result<Region, Problem> {
    path.parse().ok().filter(|region: &Region| region.has_numbers()).ok_or_else(|| {
        Problem::from(Kind::NotFound).detail("Name a region by two letters, such as NL.")
    })
}

async fn close(
    request: actix_web::HttpRequest,
    state: Data<State>,
    path: Path<String>,
    body: Bytes,
) -> HttpResponse {
    let (region, pulled) = (or_refuse!(region(&path)), or_refuse!(read(&request, &body)));
    let result = state.verifications.guard.close(region, &pulled.channels, pulled.lasts).await;
    told("close", region, Some(&pulled), result)
}

async fn open(state: Data<State>, path: Path<String>) -> HttpResponse {
    let region = or_refuse!(region(&path));
    told("open", region, None, state.verifications.guard.open(region).await)
}

fn beginning(path: &str) -> Result<Beginning, Problem> {
    path.parse().map_err(|()| {
        Problem::from(Kind::NotFound).detail("Name a number or its beginning: 4 to 15 digits.")
    })
}

async fn block(
    request: actix_web::HttpRequest,
    state: Data<State>,
    path: Path<String>,
    body: Bytes,
) -> HttpResponse {
    let (beginning, pulled) = (or_refuse!(beginning(&path)), or_refuse!(read(&request, &body)));
    let result = state.verifications.guard.block(beginning, pulled.lasts).await;
    told("block", beginning, Some(&pulled), result)
}

async fn unblock(state: Data<State>, path: Path<String>) -> HttpResponse {
    let guard = &state.verifications.guard;
    if is_handle(&path) {
        return match guard.unblock_named(&path).await {
            Ok(Some(beginning)) => told("unblock", beginning, None, Ok::<_, NotChanged>(())),
            Ok(None) => refused(&Kind::NotFound.into()),
            Err(why) => refused(&why.into()),
        };
    }
    let beginning = or_refuse!(beginning(&path));
    told("unblock", beginning, None, guard.unblock(beginning).await)
}

/// Whether this is what `GET /blocked` calls an entry, where it must not show the number: 16 hex digits,
/// which no beginning has.
fn is_handle(path: &str) -> bool {
    path.len() == 16 && path.bytes().all(|b| b.is_ascii_hexdigit())
}

async fn unblock_all(state: Data<State>) -> HttpResponse {
    told("unblock", "everything", None, state.verifications.guard.unblock_all().await)
}

async fn blocked(state: Data<State>) -> HttpResponse {
    match state.verifications.guard.blocked().await {
        Ok(blocks) => {
            let shown = blocks.iter().map(|block| shown(&state, block)).collect::<Vec<_>>();
            HttpResponse::Ok().json(json!({ "blocked": shown }))
        }
        Err(why) => refused(&why.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    #[test]
    fn only_an_address_or_localhost_names_this_listener() {
        let by = |host: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, HeaderValue::from_static(host));
            is_by_address(&headers)
        };
        for good in
            ["127.0.0.1:9090", "localhost", "LOCALHOST:9090", "[::1]:9090", "::1", "10.0.0.7"]
        {
            assert!(by(good), "{good}");
        }
        for bad in ["evil.example", "localhost.evil.example:9090", "127.0.0.1.evil.example", ""] {
            assert!(!by(bad), "{bad}");
        }
        assert!(!is_by_address(&HeaderMap::new()));
    }
}
