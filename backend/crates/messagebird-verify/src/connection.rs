//! One connection that speaks HTTP/1.1: requests one after the other, driven by whoever waits for the answer, so
//! that nothing of it runs on its own. Which connection is used is in `pool`.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use http_body_util::Full;
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;

use crate::connect::Wire;

/// Larger than the head of any honest answer. The body has a limit of its own.
const MAX_HEAD: usize = 64 * 1024;

type Io = TokioIo<Box<dyn Wire>>;

pub(crate) struct Connection {
    requests: http1::SendRequest<Full<Bytes>>,
    /// On the heap, for it is large and goes from hand to hand. `None` once the connection has ended.
    protocol: Option<Box<http1::Connection<Io, Full<Bytes>>>>,
}

/// A request without an answer.
pub(crate) struct Lost {
    pub(crate) error: hyper::Error,
    /// The request, if not a byte of it was written.
    pub(crate) unsent: Option<Request<Full<Bytes>>>,
}

impl Connection {
    /// Speaks HTTP over an open wire. Sends nothing yet.
    pub(crate) async fn over(wire: Box<dyn Wire>) -> Result<Self, hyper::Error> {
        let mut protocol = http1::Builder::new();
        protocol.max_buf_size(MAX_HEAD);
        let (requests, protocol) = protocol.handshake(TokioIo::new(wire)).await?;
        Ok(Self { requests, protocol: Some(Box::new(protocol)) })
    }

    /// Sends a request and waits for the head of its answer.
    pub(crate) async fn send(
        &mut self,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, Lost> {
        let answer = self.requests.try_send_request(request);
        self.drive(answer).await.map_err(|mut lost| {
            let unsent = lost.take_message();
            Lost { error: lost.into_error(), unsent }
        })
    }

    /// The next piece of an answer's body; `None` after the last.
    pub(crate) async fn chunk(&mut self, body: &mut Incoming) -> Option<hyper::Result<Bytes>> {
        while !body.is_end_stream() {
            let frame = poll_fn(|context| Pin::new(&mut *body).poll_frame(context));
            match self.drive(frame).await? {
                Ok(frame) => {
                    // Trailers are nothing to us.
                    if let Ok(bytes) = frame.into_data() {
                        return Some(Ok(bytes));
                    }
                }
                Err(error) => return Some(Err(error)),
            }
        }
        None
    }

    /// Whether another request may be sent: the last answer was read to its end, and the other side has neither
    /// closed nor said anything since.
    pub(crate) fn is_fit(&mut self) -> bool {
        // Whoever sends next will be woken; while it rests there is nobody to wake.
        self.poll(&mut Context::from_waker(Waker::noop()));
        self.protocol.is_some() && self.requests.is_ready()
    }

    /// Waits for something that only this connection can bring.
    async fn drive<T>(&mut self, awaited: impl Future<Output = T>) -> T {
        let mut awaited = pin!(awaited);
        poll_fn(|context| {
            if let Poll::Ready(done) = awaited.as_mut().poll(context) {
                return Poll::Ready(done);
            }
            self.poll(context);
            awaited.as_mut().poll(context)
        })
        .await
    }

    /// Reads and writes what can be. An error is also told to whoever waits for an answer.
    fn poll(&mut self, context: &mut Context<'_>) {
        if let Some(protocol) = &mut self.protocol
            && Pin::new(protocol).poll(context).is_ready()
        {
            self.protocol = None;
        }
    }
}
