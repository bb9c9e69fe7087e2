//! The header `Idempotency-Key`. What becomes of a request that has one is in
//! [`verification::idempotency`].

use super::caller;
use super::problem::{Kind, Problem};
use super::reply::Reply;
use super::state::State;
use crate::config;
use actix_web::HttpRequest;
use actix_web::http::header::ORIGIN;
use std::borrow::Cow;
use std::time::Duration;
use utoipa::IntoParams;
use uuid::Uuid;
use verification::idempotency::{
    self, Done, IdempotencyKey, Keepable, KeyOwner, Once, RepeatError, Repeatable,
};
use verification::{CheckError, Client};

/// The header, for openapi.yaml.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "describes a header that is read by hand")]
pub struct Header {
    /// The same key and body get the same answer for 24 hours, and place one call. A UUID is good from
    /// any network; any other key only from the address that it was first sent from.
    #[param(
        rename = "Idempotency-Key",
        required = false,
        pattern = "^([!#-~]{1,128}|\"[!#-~]{1,128}\")$"
    )]
    idempotency_key: String,
}

/// Reads the header, bare or quoted.
///
/// # Errors
/// [`Kind::IdempotencyKeyInvalid`].
pub fn read(
    request: &HttpRequest,
    body: &[u8],
    client: Client,
) -> Result<Option<Repeatable>, Problem> {
    let mut headers = request.headers().get_all("idempotency-key");
    let key = match (headers.next(), headers.next()) {
        (None, _) => return Ok(None),
        (Some(header), None) => header.to_str().ok().and_then(parse),
        (Some(_), Some(_)) => None,
    };
    let key = key.ok_or(Kind::IdempotencyKeyInvalid)?;
    let owner = match (caller::name(request), Uuid::try_parse(key.as_str())) {
        (Some(name), _) => KeyOwner::Caller(name),
        (None, Ok(uuid)) if !uuid.is_nil() && !uuid.is_max() => KeyOwner::Page(origin(request)),
        (None, _) => KeyOwner::Client(client),
    };
    Ok(Some(Repeatable::new(key, request.path().to_owned(), owner, &canonical(body))))
}

fn origin(request: &HttpRequest) -> Option<String> {
    config::origin(request.headers().get(ORIGIN)?.to_str().ok()?)
}

/// The body as a value: equal for bodies that say the same in other words.
fn canonical(body: &[u8]) -> Cow<'_, [u8]> {
    let value = serde_json::from_slice::<serde_json::Value>(body).ok();
    // Members of an object are written in the order of their names.
    let written = value.and_then(|value| serde_json::to_vec(&value).ok());
    written.map_or(Cow::Borrowed(body), Cow::Owned)
}

fn parse(header: &str) -> Option<IdempotencyKey> {
    let header = header.trim();
    let bare = header.strip_prefix('"').map_or(Some(header), |rest| rest.strip_suffix('"'))?;
    IdempotencyKey::parse(bare)
}

/// Does some work, once if the request has a key.
///
/// # Errors
/// [`Kind::IdempotencyKeyReused`], [`Kind::IdempotencyKeyInUse`], and 503 when the store cannot
/// tell: then nothing is done.
pub async fn once(
    state: &State,
    request: Option<Repeatable>,
    work: impl AsyncFnOnce() -> Done<Reply>,
) -> Result<Reply, Problem> {
    let Some(request) = request else {
        return Ok(work().await.answer);
    };
    match idempotency::once(&state.verifications.guard, &request, work).await {
        Ok(Once::First { answer, kept }) => {
            if let Err(error) = kept {
                // The answer still goes out; only a repetition will have to wait for the key to lapse.
                tracing::warn!(%error, "an idempotent answer could not be kept");
            }
            Ok(answer)
        }
        Ok(Once::Again(answer)) => {
            state.metrics.funnel.replay();
            Ok(answer.with("idempotent-replayed", "true"))
        }
        Err(RepeatError::Reused) => Err(Kind::IdempotencyKeyReused.into()),
        Err(RepeatError::InUse) => {
            Err(Problem::from(Kind::IdempotencyKeyInUse).after(Duration::from_secs(1)))
        }
        Err(RepeatError::Store(error)) => Err(CheckError::Store(error).into()),
    }
}

impl Keepable for Reply {
    fn to_bytes(&self) -> Vec<u8> {
        // Our own type: there is nothing in it that JSON cannot say.
        serde_json::to_vec(self).unwrap_or_default()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::{IdempotencyKey, parse};

    #[test]
    fn reads_bare_and_quoted_keys() {
        assert_eq!(parse("abc-1_2"), IdempotencyKey::parse("abc-1_2"));
        assert_eq!(parse("\"abc\""), IdempotencyKey::parse("abc"));
        for bad in ["", "\"\"", "\"abc", "abc\"", "a b", "ä", &"x".repeat(129)] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
