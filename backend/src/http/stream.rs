//! A client's socket that ends when a request takes too long to arrive. When that is, `connection`
//! knows.

use super::connection::Connection;
use actix_web::http::header::HttpDate;
use actix_web::rt::net::TcpStream;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::SystemTime;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep_until};

/// What a client hears whose request never got as far as the application.
fn too_late() -> String {
    #[expect(
        clippy::disallowed_methods,
        reason = "the server dates its other answers by this clock"
    )]
    let date = HttpDate::from(SystemTime::now());
    format!(
        "HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\ndate: {date}\r\n\r\n"
    )
}

/// A socket whose reader is told, once the time is up, that the client has stopped sending.
#[derive(Debug)]
pub struct Stream {
    io: TcpStream,
    connection: Rc<Connection>,
    timer: Pin<Box<Sleep>>,
}

impl Stream {
    /// The socket of a connection.
    pub fn new(io: TcpStream, connection: Rc<Connection>) -> Self {
        let timer = Box::pin(sleep_until(connection.opened()));
        Self { io, connection, timer }
    }

    /// The connection that it belongs to.
    pub fn connection(&self) -> &Rc<Connection> {
        &self.connection
    }

    /// Resolves when the client should have sent the whole of its request.
    fn poll_late(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let Some(due) = self.connection.due() else { return Poll::Pending };
        loop {
            // An earlier moment is left as it is: most requests are here long before they are due,
            // and moving the timer for each would cost more than it firing now and then.
            if self.timer.deadline() > due {
                self.timer.as_mut().reset(due);
            }
            ready!(self.timer.as_mut().poll(context));
            if self.timer.deadline() == due {
                return Poll::Ready(());
            }
            self.timer.as_mut().reset(due);
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        // First, so that a client that never pauses is not heard for ever.
        if this.poll_late(context).is_ready() {
            return Poll::Ready(Ok(()));
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut this.io).poll_read(context, buffer))?;
        if buffer.filled().len() > before {
            this.connection.bytes_came();
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().io).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.connection.ends_with_half_a_request() {
            // A client that does not take these few bytes has lost nothing.
            let _ = Pin::new(&mut this.io).poll_write(context, too_late().as_bytes());
        }
        Pin::new(&mut this.io).poll_shutdown(context)
    }
}
