//! Doing a fault to an answer on its way out: late, in drops, cut off, or with the connection torn
//! down. Which fault is armed is `faults`' business; everything here happens after the operation took
//! effect, so the phone rings all the same.

use std::convert::Infallible;
use std::io;
#[cfg(unix)]
use std::os::fd::{AsFd, OwnedFd as Handle};
#[cfg(windows)]
use std::os::windows::io::{AsSocket, OwnedSocket as Handle};
use std::time::Duration;

use actix_web::body::{BodyStream, SizedStream};
use actix_web::dev::Extensions;
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_ENCODING;
use actix_web::rt::net::TcpStream;
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use futures_util::stream;
use serde_json::{Value, json};

use crate::answer::{Answer, Body};
use crate::phone::faults::{Fault, Kind};

/// How long `hang` keeps a client that never gives up. It is real time: what is tried is a client's
/// own patience, and moving the simulator's clock must not end it.
const HANG: Duration = Duration::from_secs(60);
/// The latest answer of `slow`, so that no moment lies beyond the calendar.
const LATEST: Duration = Duration::from_secs(3600);
/// Size of the body of `huge`.
const HUGE: usize = 8 * 1024 * 1024;

/// A second handle on the client's socket, kept per connection so that `reset` can reach it.
struct Wire(Handle);

/// Keeps a handle on the socket of a new connection (`HttpServer::on_connect`).
pub(crate) fn remember_socket(io: &dyn std::any::Any, connection: &mut Extensions) {
    let Some(socket) = io.downcast_ref::<TcpStream>() else {
        return;
    };
    #[cfg(unix)]
    let socket = socket.as_fd();
    #[cfg(windows)]
    let socket = socket.as_socket();
    // Without a handle `reset` says in the log that it ends with a FIN instead.
    if let Ok(handle) = socket.try_clone_to_owned() {
        connection.insert(Wire(handle));
    }
}

/// How late the answer of `slow` comes, on the simulator's clock.
pub(crate) fn late(fault: &Fault) -> Option<Duration> {
    let milliseconds = fault.milliseconds.unwrap_or(1000).min(LATEST.as_millis() as u64);
    (fault.fault == Kind::Slow).then(|| Duration::from_millis(milliseconds))
}

/// Sends the answer, as well or as badly as the fault asks.
pub(crate) async fn deliver(
    answer: Answer,
    fault: Option<&Fault>,
    request: &HttpRequest,
) -> HttpResponse {
    let Some(fault) = fault else {
        return answer.respond();
    };
    match fault.fault {
        Kind::Hang => {
            // Ends earlier when the client leaves: the server then drops this future.
            tokio::time::sleep(HANG).await;
            abort(&answer)
        }
        Kind::Drip => drip(&answer, Duration::from_millis(fault.milliseconds.unwrap_or(1000))),
        Kind::Reset => {
            if let Err(error) = reset_on_close(request) {
                tracing::warn!(%error, "no RST: the connection ends with a FIN instead");
            }
            abort(&answer)
        }
        Kind::Truncate => truncate(&answer),
        Kind::Garbage => {
            let page = "<!DOCTYPE html><title>Welcome</title><p>It works!".to_owned();
            Answer { status: StatusCode::OK, body: Body::Html(page), ..answer }.respond()
        }
        Kind::Huge => huge(&answer),
        Kind::MissingId | Kind::StringRecipient | Kind::HrefOnlyMessages | Kind::UnknownStatus => {
            distort(answer, fault.fault).respond()
        }
        // Done by the operation itself, or instead of it.
        Kind::Slow
        | Kind::LegacyId
        | Kind::BornFailed
        | Kind::Http401
        | Kind::Http402
        | Kind::Http429
        | Kind::Http500
        | Kind::Http503
        | Kind::Redirect => answer.respond(),
    }
}

/// Makes the kernel send RST, not FIN, once the server closes this connection. The option belongs to
/// the socket, not to the handle, so setting it through the second handle is enough.
fn reset_on_close(request: &HttpRequest) -> io::Result<()> {
    let Wire(handle) = request.conn_data::<Wire>().ok_or(io::ErrorKind::NotFound)?;
    let socket = std::net::TcpStream::from(handle.try_clone()?);
    TcpStream::from_std(socket)?.set_zero_linger()
}

/// Ends the connection without a byte: a body that fails at once makes the server drop the
/// connection before the head, still in its buffer, is written.
fn abort(answer: &Answer) -> HttpResponse {
    let failing = stream::iter([Err::<Bytes, _>(io::Error::other("fault: no answer"))]);
    answer.head().body(SizedStream::new(1, failing))
}

/// Announces the whole length, sends half, then closes.
fn truncate(answer: &Answer) -> HttpResponse {
    let whole = answer.bytes();
    if whole.is_empty() {
        return abort(answer);
    }
    let length = whole.len() as u64;
    let half = Bytes::from(whole).slice(..length as usize / 2);
    let steps = stream::unfold(Some(half), |step| async {
        match step {
            Some(half) => Some((Ok(half), None)),
            None => {
                // Lets the server flush the half before it learns of the failure.
                tokio::task::yield_now().await;
                Some((Err(io::Error::other("fault: truncated")), None))
            }
        }
    });
    identity(answer).body(SizedStream::new(length, steps))
}

/// Sends the body byte by byte with a pause after each.
fn drip(answer: &Answer, pause: Duration) -> HttpResponse {
    let whole = Bytes::from(answer.bytes());
    if whole.is_empty() {
        return answer.respond();
    }
    let length = whole.len() as u64;
    let drops = stream::unfold((whole, 0), move |(whole, at)| async move {
        if at > 0 {
            tokio::time::sleep(pause).await;
        }
        (at < whole.len()).then(|| (Ok::<_, Infallible>(whole.slice(at..=at)), (whole, at + 1)))
    });
    identity(answer).body(SizedStream::new(length, drops))
}

/// Sends the answer with 8 MiB of padding as its first member.
fn huge(answer: &Answer) -> HttpResponse {
    let Body::Json(Value::Object(members)) = &answer.body else {
        return answer.respond();
    };
    let rest = Value::Object(members.clone()).to_string();
    let chunk = Bytes::from(vec![b'x'; 64 * 1024]);
    let padding = std::iter::repeat_n(chunk, HUGE / (64 * 1024));
    let parts = std::iter::once(Bytes::from_static(b"{\"padding\":\""))
        .chain(padding)
        .chain([Bytes::from(format!("\",{}", rest.trim_start_matches('{')))]);
    identity(answer).body(BodyStream::new(stream::iter(parts.map(Ok::<_, Infallible>))))
}

/// Alters one detail of an object; what a provider's objects do not have stays as it is.
fn distort(mut answer: Answer, how: Kind) -> Answer {
    let Body::Json(Value::Object(object)) = &mut answer.body else {
        return answer;
    };
    match how {
        Kind::MissingId => {
            for name in ["id", "href", "sid", "uri"] {
                object.remove(name);
            }
        }
        Kind::StringRecipient => {
            if let Some(recipient) = object.get_mut("recipient") {
                *recipient = json!(recipient.to_string().trim_matches('"'));
            }
        }
        Kind::HrefOnlyMessages => {
            if let Some(Value::Object(messages)) = object.get_mut("messages") {
                messages.remove("id");
            }
        }
        Kind::UnknownStatus => {
            if let Some(status) = object.get_mut("status") {
                *status = json!("queued_by_carrier");
            }
        }
        _ => {}
    }
    answer
}

/// The head for a body that must go out as it is: compressing would gather what is to be scattered.
fn identity(answer: &Answer) -> actix_web::HttpResponseBuilder {
    let mut head = answer.head();
    head.insert_header((CONTENT_ENCODING, "identity"));
    head
}
