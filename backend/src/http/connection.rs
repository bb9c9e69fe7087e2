//! What a client may take how long, and where its connection stands. The bytes are in `stream`; the
//! middlewares tell where a request stands.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;
use tokio::time::Instant;

/// How long a client may take. The defaults are what is served with; tests are in a hurry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// From a request's first byte to its last, headers and body together; and from opening the
    /// connection to that first byte.
    pub request: Duration,
    /// How long a client that should be taking an answer may take nothing of it. The kernel keeps
    /// this time (`TCP_USER_TIMEOUT`).
    pub stall: Duration,
    /// How long a connection may rest between two requests. The server keeps this time.
    pub idle: Duration,
    /// After this the next answer is the connection's last.
    pub lifetime: Duration,
    /// After this many answers there is no other on the connection.
    pub requests: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            request: Duration::from_secs(5),
            stall: Duration::from_secs(10),
            idle: Duration::from_secs(60),
            lifetime: Duration::from_secs(600),
            requests: 1000,
        }
    }
}

/// How long a connection is still listened to after a request that was answered before all of it
/// came, so that the client hears the answer.
pub const LINGER: Duration = Duration::from_secs(1);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Nothing of the next request is here.
    Resting,
    /// Part of it is.
    Arriving,
    /// All of it is, and the service is at work; how long that takes is not the client's doing.
    Answering,
    /// It was answered before all of it came; there is no other.
    CutShort,
}

/// Where a connection stands. Shared by its stream and, as connection data, by the middlewares; all
/// of them live on one thread.
#[derive(Debug)]
pub struct Connection {
    limits: Limits,
    opened: Instant,
    phase: Cell<Phase>,
    /// When the client must have done its part; none while it has none to do.
    due: Cell<Option<Instant>>,
    answers: Cell<u32>,
}

impl Connection {
    /// A connection that was opened just now.
    #[must_use]
    pub fn open(limits: Limits) -> Rc<Self> {
        let opened = Instant::now();
        Rc::new(Self {
            limits,
            opened,
            phase: Cell::new(Phase::Resting),
            due: Cell::new(Some(opened + limits.request)),
            answers: Cell::new(0),
        })
    }

    pub(super) fn opened(&self) -> Instant {
        self.opened
    }

    /// Notes that bytes came. The first of a request start its clock.
    pub(super) fn bytes_came(&self) {
        if self.phase.get() == Phase::Resting {
            self.begin(Instant::now());
        }
    }

    fn begin(&self, now: Instant) {
        self.phase.set(Phase::Arriving);
        let due = self.due.get().unwrap_or(now + self.limits.request);
        self.due.set(Some(due));
    }

    /// Notes that the request is here to its last byte.
    pub fn received(&self) {
        self.phase.set(Phase::Answering);
        self.due.set(None);
    }

    /// Notes that the answer is ready to be sent. Returns whether it is the connection's last: what
    /// follows a request that was refused before all of it came could be read in two ways.
    pub fn answered(&self) -> bool {
        let now = Instant::now();
        self.answers.set(self.answers.get() + 1);
        let cut_short = self.phase.get() == Phase::Arriving;
        self.phase.set(if cut_short { Phase::CutShort } else { Phase::Resting });
        self.due.set(cut_short.then(|| now + LINGER));
        let old = now >= self.opened + self.limits.lifetime;
        cut_short || old || self.answers.get() >= self.limits.requests
    }

    /// When the client must have sent the whole of its request.
    pub(super) fn due(&self) -> Option<Instant> {
        self.due.get()
    }

    /// Whether a request came too slowly.
    #[must_use]
    pub fn late(&self) -> bool {
        self.due.get().is_some_and(|due| Instant::now() >= due)
    }

    /// Whether the connection ends because only part of a request came in time.
    pub(super) fn ends_with_half_a_request(&self) -> bool {
        self.phase.get() == Phase::Arriving && self.late()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_get_the_time_that_is_written_down() {
        let seconds = Duration::from_secs;
        let served_with = Limits {
            request: seconds(5),
            stall: seconds(10),
            idle: seconds(60),
            lifetime: seconds(600),
            requests: 1000,
        };
        assert_eq!(Limits::default(), served_with);
    }

    #[test]
    fn every_request_has_the_same_time_and_the_service_has_all_it_needs() {
        let connection = Connection::open(Limits::default());
        let opened = connection.opened;
        let after = |seconds| Some(opened + Duration::from_secs(seconds));
        assert_eq!(connection.due(), after(5), "also for saying nothing at all");
        connection.begin(opened + Duration::from_secs(4));
        assert_eq!(connection.due(), after(5), "the first request has no more than others");
        connection.received();
        assert_eq!(connection.due(), None, "the service may take its time");
        assert!(!connection.answered());
        assert_eq!(connection.due(), None, "a connection may rest");
        connection.begin(opened + Duration::from_secs(30));
        assert_eq!(connection.due(), after(35));
        connection.bytes_came();
        assert_eq!(connection.due(), after(35), "more bytes give no more time");
        assert!(connection.answered(), "a request that was not read is the last");
        assert!(connection.due() < after(5), "and what follows it is not read for long");
    }
}
