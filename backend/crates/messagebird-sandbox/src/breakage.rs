//! Breaking an answer on the wire: withheld, slowed down, cut short, endless or never sent.
//! The operation has taken effect by then; which fault strikes is decided in `faults`.

use std::any::Any;
use std::convert::Infallible;
use std::io;
use std::net::TcpStream;
use std::os::fd::AsFd;
use std::time::Duration;

use actix_web::body::{BodyStream, SizedStream};
use actix_web::dev::Extensions;
use actix_web::rt::{net, task, time};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use futures_util::stream::{self, StreamExt};

use crate::faults::{Fault, Kind};
use crate::wire::{Answer, Body};

/// A client that waits longer than this for a `hang` is let go, so that nothing is held for ever.
const LONGEST_HANG: Duration = Duration::from_secs(60);
const HUGE_CHUNK: usize = 64 * 1024;
const HUGE_CHUNKS: usize = 1024;

/// A second handle on the socket of a connection, the only way to end it with a reset.
struct Socket(TcpStream);

/// Keeps a handle on every accepted connection; for `HttpServer::on_connect`.
pub(crate) fn keep_socket(connection: &dyn Any, data: &mut Extensions) {
    if let Some(stream) = connection.downcast_ref::<net::TcpStream>()
        && let Ok(handle) = stream.as_fd().try_clone_to_owned()
    {
        data.insert(Socket(TcpStream::from(handle)));
    }
}

/// Sends an answer the way the fault wants it.
pub(crate) async fn send(fault: &Fault, request: &HttpRequest, answer: &Answer) -> HttpResponse {
    match fault.kind {
        Kind::Hang => {
            time::sleep(LONGEST_HANG).await;
            reset(request, answer)
        }
        Kind::Slow => {
            time::sleep(Duration::from_millis(fault.milliseconds.unwrap_or(15_000))).await;
            answer.respond()
        }
        Kind::Drip => drip(answer),
        Kind::Reset => reset(request, answer),
        Kind::Truncate => truncate(answer),
        Kind::Garbage => {
            Answer::html(200, "<!doctype html><title>Maintenance</title><p>Back soon").respond()
        }
        Kind::Huge => huge(answer),
        _ => answer.respond(),
    }
}

/// Ends the connection with a TCP reset and without a byte of an answer.
///
/// A body that fails at its first poll makes actix drop the connection before it flushes even the
/// head, and a socket with no linger time that is dropped sends RST.
fn reset(request: &HttpRequest, answer: &Answer) -> HttpResponse {
    if let Some(Socket(handle)) = request.conn_data::<Socket>() {
        let lingerless = handle
            .try_clone()
            .and_then(net::TcpStream::from_std)
            .and_then(|stream| stream.set_zero_linger());
        if let Err(error) = lingerless {
            tracing::warn!(%error, "the connection will end without a reset");
        }
    }
    answer.head().body(BodyStream::new(stream::once(async {
        Err::<Bytes, _>(broken())
    })))
}

/// Promises more bytes than it sends, then closes.
fn truncate(answer: &Answer) -> HttpResponse {
    let mut text = answer.encoded().0;
    let promised = text.len().max(20);
    text.truncate(text.len() / 2);
    let sent = stream::once(async move { Ok(Bytes::from(text)) });
    let cut = stream::once(async {
        // Lets the half that there is leave before the connection goes.
        task::yield_now().await;
        Err(broken())
    });
    let body = sent.filter(|chunk: &Result<Bytes, io::Error>| {
        let empty = chunk.as_ref().is_ok_and(Bytes::is_empty);
        std::future::ready(!empty)
    });
    with_body(answer).head().body(SizedStream::new(
        length(promised),
        Box::pin(body.chain(cut)),
    ))
}

/// One byte a second: each read of the client succeeds, the whole takes minutes.
fn drip(answer: &Answer) -> HttpResponse {
    let text = answer.encoded().0.into_bytes();
    let size = length(text.len());
    let bytes = stream::iter(text).then(|byte| async move {
        time::sleep(Duration::from_secs(1)).await;
        Ok::<_, Infallible>(Bytes::copy_from_slice(&[byte]))
    });
    with_body(answer)
        .head()
        .body(SizedStream::new(size, Box::pin(bytes)))
}

/// 64 MiB of JSON that goes on and on, of no announced length.
fn huge(answer: &Answer) -> HttpResponse {
    let chunk = Bytes::from(vec![b' '; HUGE_CHUNK]);
    let start = stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"{\"padding\":\""))]);
    let rest = stream::repeat_with(move || Ok(chunk.clone())).take(HUGE_CHUNKS);
    let mut json = with_body(answer);
    json.body = Body::Json(serde_json::Value::Null);
    json.head().body(BodyStream::new(start.chain(rest)))
}

/// The same answer with a status that may have a body: a 204 must not.
fn with_body(answer: &Answer) -> Answer {
    let mut answer = answer.clone();
    if answer.status == 204 {
        answer.status = 200;
    }
    answer
}

fn length(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

fn broken() -> io::Error {
    io::Error::other("broken on purpose")
}
