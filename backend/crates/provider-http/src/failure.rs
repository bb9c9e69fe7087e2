//! What an error of reqwest proves about what was sent.

use std::error::Error as StdError;
use std::io;

use crate::error::{Error, NotSent, Unknown};

/// Sorts an error. Two things prove that nothing left: the connector failed, or hyper hands the request back
/// because it was never begun (it sends such a request again by itself, on another connection, when the first
/// was a reused one). Whatever else happened, a byte may have left.
pub(crate) fn failure<R>(error: reqwest::Error) -> Error<R> {
    let error = error.without_url();
    if error.is_builder() {
        return Error::NotSent(NotSent::Request(error.into()));
    }
    if error.is_connect() {
        return Error::NotSent(connect_failure(error));
    }
    if was_never_begun(&error) {
        return Error::NotSent(NotSent::Connect(error.into()));
    }
    if error.is_timeout() {
        return Error::Unknown(Unknown::TimedOut(error.into()));
    }
    Error::Unknown(Unknown::Broken(error.into()))
}

fn connect_failure(error: reqwest::Error) -> NotSent {
    let of = if error.is_dns() {
        NotSent::Dns
    } else if error.is_timeout() {
        NotSent::ConnectTimeout
    } else if has_io_kind(&error, io::ErrorKind::InvalidData) {
        // How rustls reports a certificate, name or version it does not accept, and an alert of the other side.
        NotSent::Tls
    } else if has_io_kind(&error, io::ErrorKind::ConnectionRefused) {
        NotSent::Refused
    } else {
        NotSent::Connect
    };
    of(error.into())
}

fn was_never_begun(error: &(dyn StdError + 'static)) -> bool {
    causes(error)
        .any(|cause| cause.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_canceled))
}

/// Looks for an I/O error of this kind anywhere underneath. `source()` of an I/O error skips the error it
/// wraps, so those are unwrapped by hand.
fn has_io_kind(error: &(dyn StdError + 'static), kind: io::ErrorKind) -> bool {
    causes(error).any(|cause| {
        let mut io = cause.downcast_ref::<io::Error>();
        while let Some(inner) = io {
            if inner.kind() == kind {
                return true;
            }
            io = inner.get_ref().and_then(|wrapped| wrapped.downcast_ref());
        }
        false
    })
}

fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |cause| (*cause).source())
}
