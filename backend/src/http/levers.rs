//! The operators' levers: what stops new calls, a region or a number. What they do is in
//! `verification::guard::levers`, who may pull them in [`super::operators`]; reading what the service does
//! is in [`super::ops`].

use super::ops::resource;
use super::overview::shown;
use super::problem::{Kind, Problem};
use super::reply::refused;
use super::state::State;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{Bytes, Data, Path, ServiceConfig, delete, get, put};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::json;
use std::fmt::Display;
use std::time::Duration;
use verification::guard::NotChanged;
use verification::guard::blocks::Beginning;
use verification::guard::levers::LONGEST;
use verification::{Channel, Region};

/// What a pause is about.
const NEW_CALLS: &str = "new calls";

/// Every lever.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/pause", "PUT, DELETE", [put().to(pause), delete().to(resume)]))
        .service(resource("/regions/{region}", "PUT, DELETE", [put().to(close), delete().to(open)]))
        .service(resource("/blocked", "GET, DELETE", [get().to(blocked), delete().to(unblock_all)]))
        .service(resource(
            "/blocked/{beginning}",
            "PUT, DELETE",
            [put().to(block), delete().to(unblock)],
        ));
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

fn read(request: &HttpRequest, body: &[u8]) -> Result<Pulled, Problem> {
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

async fn pause(request: HttpRequest, state: Data<State>, body: Bytes) -> HttpResponse {
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
    request: HttpRequest,
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
    request: HttpRequest,
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
