//! What a client hears whose request never reached the application: the same problem that the
//! application would have given.
//!
//! The HTTP/1.1 parser answers what it cannot read with a bare status and closes the connection;
//! there is no hook for it. So the bare head is recognised on its way out and replaced. What the
//! application answers always carries `x-request-id`, which is how the two are told apart.

use super::edge::REQUEST_ID;
use super::problem::{Kind, Problem};
use super::security_headers::{self, Content};
use actix_web::http::StatusCode;
use actix_web::http::header::{
    CONNECTION, DATE, HeaderMap, HeaderName, HeaderValue, HttpDate, TryIntoHeaderValue,
};
use std::str;
use std::time::SystemTime;
use uuid::Uuid;

const HEAD: &str = "HTTP/1.1 ";

/// The answer to a request that did not arrive in time.
pub(super) fn too_late() -> Vec<u8> {
    problem(&Kind::RequestTimeout.into())
}

/// When the bytes end with a bare refusal: what comes before it, and the problem to send instead.
pub(super) fn in_place_of(bytes: &[u8]) -> Option<(&[u8], Vec<u8>)> {
    if !bytes.ends_with(b"\r\n\r\n") {
        return None;
    }
    let from = bytes.windows(HEAD.len()).rposition(|window| window == HEAD.as_bytes())?;
    let (before, head) = bytes.split_at_checked(from)?;
    let head = str::from_utf8(head).ok()?;
    if head.contains(REQUEST_ID.as_str()) {
        return None;
    }
    let status = StatusCode::from_bytes(head.get(HEAD.len()..)?.as_bytes().get(..3)?).ok()?;
    let failed = status.is_client_error() || status.is_server_error();
    failed.then(|| (before, problem(&Problem::of_status(status))))
}

fn problem(problem: &Problem) -> Vec<u8> {
    let id = Uuid::new_v4().to_string();
    let body = problem.body(&id);
    let mut headers = HeaderMap::new();
    let own = problem.headers().into_iter();
    for (name, value) in
        own.chain([(REQUEST_ID.as_str(), id), ("content-length", body.len().to_string())])
    {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            headers.insert(name, value);
        }
    }
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    if let Ok(date) = HttpDate::from(now()).try_into_value() {
        headers.insert(DATE, date);
    }
    security_headers::set(&mut headers, Content::Data);
    let mut bytes = format!("{HEAD}{}\r\n", problem.status()).into_bytes();
    for (name, value) in &headers {
        for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
            bytes.extend_from_slice(part);
        }
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(body.as_bytes());
    bytes
}

#[expect(clippy::disallowed_methods, reason = "only said to the client; nothing is decided by it")]
fn now() -> SystemTime {
    SystemTime::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BARE: &[u8] =
        b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

    fn replaced(bytes: &[u8]) -> Option<String> {
        in_place_of(bytes)
            .map(|(before, words)| String::from_utf8([before, &words[..]].concat()).unwrap())
    }

    #[test]
    fn a_bare_refusal_becomes_a_problem_and_nothing_else_changes() {
        let whole = replaced(BARE).unwrap();
        assert!(whole.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{whole}");
        assert!(whole.contains("content-type: application/problem+json\r\n"), "{whole}");
        assert!(whole.contains("connection: close\r\n"), "{whole}");
        let (head, body) = whole.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("content-length: {}", body.len())), "{whole}");
        assert!(body.contains("\"code\":\"malformed_request\""), "{whole}");

        let answered = b"HTTP/1.1 200 OK\r\nx-request-id: 1\r\ncontent-length: 2\r\n\r\n{}";
        let both = replaced(&[&answered[..], BARE].concat()).unwrap();
        assert!(both.as_bytes().starts_with(answered), "what came before is kept: {both}");

        for other in [
            &answered[..],
            b"HTTP/1.1 404 Not Found\r\nx-request-id: 1\r\ncontent-length: 9\r\n\r\n",
            b"HTTP/1.1 100 Continue\r\n\r\n",
            b"a file that ends so\r\n\r\n",
            b"\r\n\r\n",
            b"HTTP/1.1 \r\n\r\n",
            b"",
        ] {
            assert_eq!(replaced(other), None, "{}", String::from_utf8_lossy(other));
        }
    }
}
