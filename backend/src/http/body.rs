//! The body of a request: read whole, and no more than is allowed, before anything is done about it.

use super::MAX_BODY;
use super::connection::Connection;
use super::problem::{Kind, Problem};
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::{CONTENT_LENGTH, HeaderMap, TRANSFER_ENCODING, UPGRADE};
use actix_web::middleware::Next;
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest};
use futures_util::StreamExt;
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::ops::Deref;
use std::rc::Rc;

/// What some editors and languages put in front of UTF-8. JSON has none, but one may be ignored
/// (RFC 8259 section 8.1).
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// The body of a request, as a handler asks for it; empty when there is none.
#[derive(Debug, Default)]
pub struct Body(Vec<u8>);

impl Deref for Body {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl FromRequest for Body {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _read: &mut Payload) -> Self::Future {
        ready(Ok(request.extensions_mut().remove().unwrap_or_default()))
    }
}

/// Reads the body, also one that nobody asked for: a request is not done with before it is here.
///
/// # Errors
/// Those of the inner service.
pub async fn receive(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let connection = request.conn_data::<Rc<Connection>>().cloned();
    match whole(&mut request).await {
        Ok(mut body) => {
            if body.starts_with(BYTE_ORDER_MARK) {
                body.drain(..BYTE_ORDER_MARK.len());
            }
            request.extensions_mut().insert(Body(body));
        }
        Err(Kind::MalformedRequest) if connection.as_ref().is_some_and(|c| c.late()) => {
            return Ok(request.error_response(Problem::from(Kind::RequestTimeout)));
        }
        Err(kind) => return Ok(request.error_response(Problem::from(kind))),
    }
    if let Some(connection) = connection {
        connection.received();
    }
    next.call(request).await.map(ServiceResponse::map_into_boxed_body)
}

async fn whole(request: &mut ServiceRequest) -> Result<Vec<u8>, Kind> {
    let announced = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    let announced = announced.and_then(|value| value.parse::<usize>().ok());
    if announced.is_some_and(|length| length > MAX_BODY) {
        return Err(Kind::BodyTooLarge);
    }
    let end = match is_unbounded(request.headers()) {
        true => announced.unwrap_or(0),
        false => usize::MAX,
    };
    let mut payload = request.take_payload();
    let mut body = Vec::new();
    while body.len() < end
        && let Some(chunk) = payload.next().await
    {
        let chunk = chunk.map_err(|_| Kind::MalformedRequest)?;
        let chunk = chunk.get(..end - body.len()).unwrap_or(&chunk);
        if body.len() + chunk.len() > MAX_BODY {
            return Err(Kind::BodyTooLarge);
        }
        body.extend_from_slice(chunk);
    }
    Ok(body)
}

/// Whether actix-http takes all that follows on the connection for the body of this request: it
/// does so where a WebSocket is offered, which we never take.
pub(super) fn is_unbounded(headers: &HeaderMap) -> bool {
    let websocket = headers.get_all(UPGRADE).any(|value| {
        value.to_str().is_ok_and(|value| value.trim().eq_ignore_ascii_case("websocket"))
    });
    websocket && !headers.contains_key(TRANSFER_ENCODING)
}
