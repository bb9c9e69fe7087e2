//! Which operation a request on MessageBird's paths is, and who asks for it.

use actix_web::HttpRequest;
use actix_web::http::header::{ALLOW, AUTHORIZATION, CONTENT_TYPE};
use actix_web::http::{Method, StatusCode};

use super::verify::Kind;
use super::wire::{ErrorEntry, Params, errors};
use crate::answer::Answer;
use crate::phone::faults::Operation;

/// What a request wants.
pub(crate) enum Call {
    Create(Params),
    Check { id: String, token: String },
    View { id: String },
    Delete { id: String },
    Delivery { id: String, kinds: &'static [Kind] },
}

impl Call {
    /// Its name in a fault.
    pub(crate) fn operation(&self) -> Operation {
        match self {
            Self::Create(_) => Operation::Create,
            Self::Check { .. } => Operation::Check,
            Self::View { .. } => Operation::View,
            Self::Delete { .. } => Operation::Delete,
            Self::Delivery { .. } => Operation::Delivery,
        }
    }

    /// Tells the operation from path, verb and query. The query's `_method` overrides the verb, for
    /// clients that can only GET; their parameters are then in the query as well.
    pub(crate) fn read(request: &HttpRequest, body: &[u8]) -> Result<Self, Answer> {
        let query = Params::from_pairs(request.query_string());
        let verb = match query.text("_method") {
            Some(other) => Method::from_bytes(other.to_ascii_uppercase().as_bytes()).ok(),
            None => Some(request.method().clone()),
        };
        let verb = verb.as_ref().map_or("", Method::as_str);
        let pattern = request.match_pattern().unwrap_or_default();
        let id = request.match_info().get("id").unwrap_or_default().to_owned();
        match (pattern.as_str(), verb) {
            ("/verify", "POST") => {
                let content_type = request.headers().get(CONTENT_TYPE);
                let content_type = content_type.and_then(|v| v.to_str().ok()).unwrap_or_default();
                let given = Params::from_body(content_type, body);
                Ok(Self::Create(if given.is_empty() { query } else { given }))
            }
            ("/verify/{id}", "GET") => Ok(match query.text("token") {
                // An empty token is a plain read: MessageBird answers 200 `sent` to it.
                None => Self::View { id },
                Some(token) => Self::Check { id, token: token.to_owned() },
            }),
            ("/verify/{id}", "DELETE") => Ok(Self::Delete { id }),
            ("/voicemessages/{id}", "GET") => Ok(Self::Delivery { id, kinds: &[Kind::Tts] }),
            ("/messages/{id}", "GET") => {
                Ok(Self::Delivery { id, kinds: &[Kind::Sms, Kind::Flash] })
            }
            ("/verify/messages/email/{id}", "GET") => {
                Ok(Self::Delivery { id, kinds: &[Kind::Email] })
            }
            (pattern, _) => Err(wrong_method(pattern)),
        }
    }
}

fn wrong_method(pattern: &str) -> Answer {
    let allow = match pattern {
        "/verify" => "POST",
        "/verify/{id}" => "GET, DELETE",
        _ => "GET",
    };
    let entry = ErrorEntry::new(98, "Method not allowed", None);
    errors(StatusCode::METHOD_NOT_ALLOWED, &[entry]).with(ALLOW, allow)
}

/// The key of a request, from the header or the query; none when it is missing or revoked.
pub(crate) fn key(request: &HttpRequest) -> Option<String> {
    let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let key = match header {
        Some(header) => header.strip_prefix("AccessKey ")?.trim().to_owned(),
        None => Params::from_pairs(request.query_string()).text("access_key")?.to_owned(),
    };
    (!key.is_empty() && !key.starts_with("revoked_")).then_some(key)
}

/// Who asks, and under which address they know this server.
pub(crate) struct Caller {
    /// A test key's verifications are faked and never found again.
    pub(crate) test: bool,
    pub(crate) base: String,
}

impl Caller {
    /// Reads the key's kind and the `Host` they used.
    pub(crate) fn of(request: &HttpRequest, key: &str) -> Self {
        let base = format!("http://{}", request.app_config().local_addr());
        let host = request.headers().get("host").and_then(|value| value.to_str().ok());
        Self {
            test: key.starts_with("test_"),
            base: host.map_or(base, |host| format!("http://{host}")),
        }
    }
}
