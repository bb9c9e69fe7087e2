//! A client's socket with the clocks of its `connection`, and with words for the failures that
//! end a connection before the application sees a request.

use super::connection::Connection;
use super::last_words;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

/// A socket that ends when its client does not do its part in time.
///
/// A request that comes too slowly looks to its reader as if the client had stopped sending. A
/// client that takes nothing of its answer looks like a broken connection.
#[derive(Debug)]
pub struct Stream<I> {
    io: I,
    connection: Rc<Connection>,
    /// One timer for all clocks. It is moved when it fires, not at each request: most requests are
    /// answered long before.
    timer: Option<Pin<Box<Sleep>>>,
    /// Until when something of the answer must be taken.
    taken_by: Option<Instant>,
    ended: bool,
    /// What is still to be sent in place of what the server would have said.
    last_words: Vec<u8>,
}

impl<I> Stream<I> {
    /// The socket of a connection.
    pub fn new(io: I, connection: Rc<Connection>) -> Self {
        Self { io, connection, timer: None, taken_by: None, ended: false, last_words: Vec::new() }
    }

    /// The connection that it belongs to.
    pub fn connection(&self) -> &Rc<Connection> {
        &self.connection
    }

    /// Resolves at that moment; until then the task is woken for it.
    fn poll_until(&mut self, moment: Instant, context: &mut Context<'_>) -> Poll<()> {
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(moment)));
        if timer.deadline() > moment {
            timer.as_mut().reset(moment);
        }
        loop {
            ready!(timer.as_mut().poll(context));
            if Instant::now() >= moment {
                return Poll::Ready(());
            }
            timer.as_mut().reset(moment);
        }
    }

    fn poll_taken_by(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        match self.taken_by {
            Some(moment) => {
                self.poll_until(moment, context).map(|()| io::ErrorKind::TimedOut.into())
            }
            None => Poll::Pending,
        }
    }

    fn poll_due(&mut self, context: &mut Context<'_>) -> Poll<()> {
        self.connection.due().map_or(Poll::Pending, |due| self.poll_until(due, context))
    }

    fn end(&mut self) {
        self.connection.expire();
        self.ended = true;
    }
}

impl<I: AsyncWrite + Unpin> Stream<I> {
    fn poll_last_words(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.last_words.is_empty() {
            let written = ready!(Pin::new(&mut self.io).poll_write(context, &self.last_words))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.last_words.drain(..written);
        }
        Poll::Ready(Ok(()))
    }
}

impl<I: AsyncRead + Unpin> AsyncRead for Stream<I> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.ended {
            return Poll::Ready(Ok(()));
        }
        let before = buffer.filled().len();
        if let Poll::Ready(read) = Pin::new(&mut this.io).poll_read(context, buffer) {
            let came = buffer.filled().len() > before;
            if came && this.connection.bytes_came(Instant::now()) {
                buffer.set_filled(before);
                this.end();
            }
            return Poll::Ready(read);
        }
        if let Poll::Ready(error) = this.poll_taken_by(context) {
            return Poll::Ready(Err(error));
        }
        ready!(this.poll_due(context));
        this.end();
        Poll::Ready(Ok(()))
    }
}

impl<I: AsyncWrite + Unpin> AsyncWrite for Stream<I> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        ready!(this.poll_last_words(context))?;
        if !this.connection.answering()
            && let Some((before, words)) = last_words::in_place_of(bytes)
        {
            this.last_words.extend_from_slice(before);
            this.last_words.extend_from_slice(&words);
            if let Poll::Ready(Err(error)) = this.poll_last_words(context) {
                return Poll::Ready(Err(error));
            }
            return Poll::Ready(Ok(bytes.len()));
        }
        if let Poll::Ready(written) = Pin::new(&mut this.io).poll_write(context, bytes) {
            this.taken_by = None;
            // Nothing else asks for the time before the next request's first byte.
            let _ = this.poll_due(context);
            return Poll::Ready(written);
        }
        let stall = this.connection.stall();
        this.taken_by.get_or_insert_with(|| Instant::now() + stall);
        this.poll_taken_by(context).map(Err)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_last_words(context))?;
        Pin::new(&mut this.io).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.connection.late() && this.connection.has_half_a_request() {
            this.connection.received();
            this.last_words.extend(last_words::too_late());
        }
        ready!(this.poll_last_words(context))?;
        Pin::new(&mut this.io).poll_shutdown(context)
    }
}
