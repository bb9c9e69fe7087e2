//! One client's connection in time: what it may take how long, and the work it began. The bytes are
//! in `stream`; the middlewares tell where a request stands.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// How long a client may take. The defaults are what is served with; tests are in a hurry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// From a request's first byte to its last, headers and body together; and from opening the
    /// connection to that first byte.
    pub request: Duration,
    /// How long a client that should be taking an answer may take nothing of it.
    pub stall: Duration,
    /// How long a connection may rest between two requests.
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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Nothing of the next request is here.
    Resting,
    /// Part of it is.
    Arriving,
    /// All of it is, and the service is at work; how long that takes is not the client's doing.
    Answering,
}

/// Where a connection stands. Shared by its stream, by the middlewares (as connection data) and by
/// the work that it began; all of them live on one thread.
#[derive(Debug)]
pub struct Connection {
    limits: Limits,
    opened: Instant,
    phase: Cell<Phase>,
    /// Until when the client must have done its part; none while the service does its own.
    due: Cell<Option<Instant>>,
    late: Cell<bool>,
    last: Cell<bool>,
    answers: Cell<u32>,
    working: Cell<usize>,
    settled: Notify,
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
            late: Cell::new(false),
            last: Cell::new(false),
            answers: Cell::new(0),
            working: Cell::new(0),
            settled: Notify::new(),
        })
    }

    /// Bytes came. The first of a request start its clock; returns whether the time is up.
    pub(super) fn bytes_came(&self, now: Instant) -> bool {
        if self.phase.get() == Phase::Resting {
            self.phase.set(Phase::Arriving);
            let due = now + self.limits.request;
            self.due.set(Some(self.due.get().map_or(due, |earlier| earlier.min(due))));
        }
        self.due.get().is_some_and(|due| now >= due)
    }

    /// The request is here to its last byte.
    pub fn received(&self) {
        self.phase.set(Phase::Answering);
        self.due.set(None);
    }

    /// The answer is ready to be sent. Returns whether it is the connection's last: what follows a
    /// request that was refused before all of it came could be read in two ways.
    pub fn answered(&self) -> bool {
        let now = Instant::now();
        let cut_short = self.phase.replace(Phase::Resting) == Phase::Arriving;
        self.due.set(Some(now + self.limits.idle));
        self.answers.set(self.answers.get() + 1);
        let old = now >= self.opened + self.limits.lifetime;
        self.last.set(cut_short || old || self.answers.get() >= self.limits.requests);
        self.last.get()
    }

    /// Until when the client must have done its part.
    pub(super) fn due(&self) -> Option<Instant> {
        self.due.get()
    }

    /// How long a client may take nothing of an answer.
    pub(super) fn stall(&self) -> Duration {
        self.limits.stall
    }

    /// The client did not do its part in time.
    pub(super) fn expire(&self) {
        self.late.set(self.phase.get() == Phase::Arriving);
    }

    /// Whether a request came too slowly.
    #[must_use]
    pub fn late(&self) -> bool {
        self.late.get()
    }

    /// Whether part of a request came and will not be answered.
    pub(super) fn has_half_a_request(&self) -> bool {
        self.phase.get() == Phase::Arriving && !self.last.get()
    }

    /// Whether the service is at work on an answer.
    pub(super) fn answering(&self) -> bool {
        self.phase.get() == Phase::Answering
    }

    /// Notes work that goes on when the client leaves, for as long as the guard lives.
    #[must_use]
    pub fn work(self: &Rc<Self>) -> Work {
        self.working.set(self.working.get() + 1);
        Work(Rc::clone(self))
    }

    /// Waits for the work that outlives the client.
    pub(super) async fn settled(&self) {
        while self.working.get() > 0 {
            self.settled.notified().await;
        }
    }
}

/// Work under way on behalf of a connection.
#[derive(Debug)]
pub struct Work(Rc<Connection>);

impl Drop for Work {
    fn drop(&mut self) {
        self.0.working.set(self.0.working.get() - 1);
        self.0.settled.notify_one();
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
    fn a_client_that_does_its_part_is_never_late_and_one_that_drips_is() {
        let connection = Connection::open(Limits::default());
        let opened = connection.opened;
        let after = |seconds| opened + Duration::from_secs(seconds);
        assert!(!connection.bytes_came(after(4)));
        assert!(connection.bytes_came(after(5)), "the first request has no more than others");
        connection.received();
        assert!(!connection.bytes_came(after(100)), "the service may take its time");
        assert!(!connection.answered());
        let resting = connection.due().unwrap();
        assert!(!connection.bytes_came(resting - Duration::from_secs(30)));
        assert!(!connection.bytes_came(resting - Duration::from_secs(26)));
        assert!(connection.bytes_came(resting - Duration::from_secs(25)));
    }
}
