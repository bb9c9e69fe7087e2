//! `Idempotency-Key`: the same request sent twice places one call. Kept answers are sealed, for
//! they hold the number.

use super::problem::{Kind, Problem};
use super::reply::Reply;
use super::state::State;
use actix_web::HttpRequest;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::time::Duration;
use utoipa::IntoParams;
use verification::ports::{Key, Space};
use verification::{CheckError, Client};

/// How long an answer is kept.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);
/// Longer than any call to the provider can take: a replica that died does not block a key for ever.
const RUNNING: Duration = Duration::from_secs(60);
const PURPOSE: &str = "idempotent reply v1";

/// The header, for openapi.yaml.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "describes a header that is read by hand")]
pub struct Header {
    /// The same key and body get the same answer for 24 hours, and place one call.
    #[param(
        rename = "Idempotency-Key",
        required = false,
        pattern = "^([A-Za-z0-9_-]{1,128}|\"[A-Za-z0-9_-]{1,128}\")$"
    )]
    idempotency_key: String,
}

/// A request that may be repeated, if it has a key.
#[derive(Debug)]
pub struct Request(Option<Repeatable>);

/// The key, what keeps equal keys of different clients and paths apart, and a fingerprint of what is
/// asked.
#[derive(Debug)]
struct Repeatable {
    key: String,
    path: String,
    client: Client,
    fingerprint: [u8; 32],
}

/// What is kept under a key.
#[derive(Serialize, Deserialize)]
struct Kept {
    fingerprint: [u8; 32],
    /// The answer; none while the first request still runs.
    reply: Option<Reply>,
}

impl Request {
    /// Reads the header, bare or quoted.
    ///
    /// # Errors
    /// [`Kind::IdempotencyKeyInvalid`].
    pub fn of(request: &HttpRequest, body: &[u8], client: Client) -> Result<Self, Problem> {
        let mut headers = request.headers().get_all("idempotency-key");
        let key = match (headers.next(), headers.next()) {
            (None, _) => None,
            (Some(header), None) => Some(header.to_str().ok().and_then(parse)),
            (Some(_), Some(_)) => Some(None),
        };
        match key {
            None => Ok(Self(None)),
            Some(None) => Err(Kind::IdempotencyKeyInvalid.into()),
            Some(Some(key)) => {
                let (path, fingerprint) = (request.path().to_owned(), Sha256::digest(body).into());
                Ok(Self(Some(Repeatable { key, path, client, fingerprint })))
            }
        }
    }
}

fn parse(header: &str) -> Option<String> {
    let header = header.trim();
    let bare = header.strip_prefix('"').map_or(Some(header), |rest| rest.strip_suffix('"'))?;
    let fits = (1..=128).contains(&bare.len())
        && bare.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    fits.then(|| bare.to_owned())
}

/// Does the work once per key, and answers repetitions with the first answer.
///
/// # Errors
/// [`Kind::IdempotencyKeyReused`], [`Kind::IdempotencyKeyInUse`], and 503 when the store cannot
/// tell: then nothing is done.
pub async fn once(
    state: &State,
    request: Request,
    work: impl AsyncFnOnce() -> Reply,
) -> Result<Reply, Problem> {
    let Some(Repeatable { key, path, client, fingerprint }) = request.0 else {
        return Ok(work().await);
    };
    let guard = &state.verifications.guard;
    let parts =
        [key.as_bytes(), path.as_bytes(), format!("{client:?}").as_bytes()].map(<[u8]>::to_vec);
    let key = guard.keys.hide(Space::Idempotency, &parts.each_ref().map(Vec::as_slice));
    let running = seal(state, &Kept { fingerprint, reply: None });
    let earlier = guard.counters.keep_first(key, &running, RUNNING).await;
    if let Some(earlier) = earlier.map_err(CheckError::Store)? {
        return replay(state, &earlier, fingerprint);
    }
    let reply = work().await;
    finish(state, key, Kept { fingerprint, reply: Some(reply.clone()) }).await;
    Ok(reply)
}

fn replay(state: &State, earlier: &[u8], fingerprint: [u8; 32]) -> Result<Reply, Problem> {
    let opened = state.verifications.guard.keys.open(PURPOSE, earlier);
    let kept = opened.and_then(|plain| serde_json::from_slice::<Kept>(&plain).ok());
    match kept {
        Some(kept) if kept.fingerprint != fingerprint => Err(Kind::IdempotencyKeyReused.into()),
        Some(Kept { reply: Some(reply), .. }) => Ok(reply.with("idempotent-replayed", "true")),
        Some(Kept { reply: None, .. }) | None => {
            Err(Problem::from(Kind::IdempotencyKeyInUse).after(Duration::from_secs(1)))
        }
    }
}

/// Keeps an answer when a call was placed or may have been. All others cost nothing to give again,
/// may be better next time, and would let anybody fill the store.
async fn finish(state: &State, key: Key, kept: Kept) {
    let counters = &state.verifications.guard.counters;
    let frozen = kept.reply.as_ref().is_some_and(|reply| {
        reply.status == 201 || reply.code.as_deref() == Some(Kind::DeliveryUnknown.code())
    });
    let result = if frozen {
        counters.keep(key, &seal(state, &kept), KEPT).await
    } else {
        counters.drop_value(key).await
    };
    if let Err(error) = result {
        // The answer still goes out; only a repetition will have to wait for the key to lapse.
        tracing::warn!(%error, "an idempotent answer could not be kept");
    }
}

fn seal(state: &State, kept: &Kept) -> Vec<u8> {
    let plain = serde_json::to_vec(kept).unwrap_or_default();
    state.verifications.guard.keys.seal(PURPOSE, &plain)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn reads_bare_and_quoted_keys() {
        assert_eq!(parse("abc-1_2").as_deref(), Some("abc-1_2"));
        assert_eq!(parse("\"abc\"").as_deref(), Some("abc"));
        for bad in ["", "\"\"", "\"abc", "a b", "ä", &"x".repeat(129)] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
