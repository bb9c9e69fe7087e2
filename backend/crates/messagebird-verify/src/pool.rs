//! Connections that rest until the next request. A connection is used again only on the runtime that it was
//! opened on: another one would be woken by it across threads, and would lose it when the first one ends.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::runtime::{Handle, Id};
use tokio::time::{Instant, interval};

use crate::connection::Connection;

/// Below every keep-alive seen at the other end, so that we are the ones who close a resting connection.
const REST: Duration = Duration::from_secs(15);
/// How often those that have rested long enough are looked for.
const ROUND: Duration = Duration::from_secs(5);

/// All resting connections.
#[derive(Default)]
pub(crate) struct Pool(Arc<Shelves>);

type Shelves = Mutex<HashMap<Id, Shelf>>;

/// Those of one runtime, the last used last.
#[derive(Default)]
struct Shelf {
    resting: Vec<(Connection, Instant)>,
    /// Whether somebody closes those that have rested long enough.
    swept: bool,
}

impl Pool {
    /// The connection that was used last, if any is fit for another request.
    pub(crate) fn take(&self) -> Option<Connection> {
        let runtime = Handle::current().id();
        loop {
            // Unlocked before it is looked at: that may be a system call.
            let (mut connection, since) = lock(&self.0).get_mut(&runtime)?.resting.pop()?;
            if since.elapsed() < REST && connection.is_fit() {
                return Some(connection);
            }
        }
    }

    /// Lets a connection rest, if it is fit for another request.
    pub(crate) fn put(&self, mut connection: Connection) {
        if !connection.is_fit() {
            return;
        }
        let runtime = Handle::current().id();
        let swept = {
            let mut shelves = lock(&self.0);
            let shelf = shelves.entry(runtime).or_default();
            shelf.resting.push((connection, Instant::now()));
            std::mem::replace(&mut shelf.swept, true)
        };
        if !swept {
            // Unlocked: on a runtime that is ending, the sweeper ends at once and clears its shelf.
            tokio::spawn(Sweeper { shelves: Arc::downgrade(&self.0), runtime }.sweep());
        }
    }
}

/// Closes what has rested long enough or was closed by the other side, until nothing rests. When it ends, be it
/// with its runtime, so does its shelf.
struct Sweeper {
    shelves: Weak<Shelves>,
    runtime: Id,
}

impl Sweeper {
    async fn sweep(self) {
        let mut rounds = interval(ROUND);
        while self.shelves.upgrade().is_some_and(|shelves| self.round(&shelves)) {
            rounds.tick().await;
        }
    }

    /// Returns whether anything rests on.
    fn round(&self, shelves: &Shelves) -> bool {
        let mut shelves = lock(shelves);
        let Some(shelf) = shelves.get_mut(&self.runtime) else {
            return false;
        };
        shelf
            .resting
            .retain_mut(|(connection, since)| since.elapsed() < REST && connection.is_fit());
        !shelf.resting.is_empty()
    }
}

impl Drop for Sweeper {
    fn drop(&mut self) {
        if let Some(shelves) = self.shelves.upgrade() {
            lock(&shelves).remove(&self.runtime);
        }
    }
}

fn lock(shelves: &Shelves) -> MutexGuard<'_, HashMap<Id, Shelf>> {
    // Nothing is left half done when a thread panics in here.
    shelves.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use tokio::io::{DuplexStream, duplex};
    use tokio::runtime::{Builder, Runtime};
    use tokio::time::{advance, pause};

    use super::*;

    /// A connection, and the other side's end of it.
    async fn connection() -> (Connection, DuplexStream) {
        let (ours, theirs) = duplex(1024);
        (Connection::over(Box::new(ours)).await.unwrap(), theirs)
    }

    fn runtime() -> Runtime {
        Builder::new_current_thread().enable_all().build().unwrap()
    }

    fn shelves(pool: &Pool) -> usize {
        lock(&pool.0).len()
    }

    #[tokio::test]
    async fn the_connection_used_last_is_used_again() {
        let pool = Pool::default();
        let (first, _theirs) = connection().await;
        let (second, theirs) = connection().await;
        pool.put(first);
        pool.put(second);
        let again = pool.take().unwrap();
        drop(theirs);
        tokio::task::yield_now().await;
        pool.put(again);
        assert!(pool.take().is_some(), "the first; the second was closed in use");
        assert!(pool.take().is_none());
    }

    #[tokio::test]
    async fn f14_a_connection_closed_while_it_rests_is_not_used() {
        let pool = Pool::default();
        let (ours, theirs) = connection().await;
        pool.put(ours);
        drop(theirs);
        assert!(pool.take().is_none());
    }

    #[tokio::test]
    async fn nothing_rests_for_longer_than_it_should() {
        pause();
        let pool = Pool::default();
        let (ours, _theirs) = connection().await;
        pool.put(ours);
        advance(REST - ROUND / 2).await;
        let ours = pool.take().expect("it rested for long enough");
        pool.put(ours);
        advance(REST).await;
        assert!(pool.take().is_none(), "not even before it is looked for");

        let (ours, _theirs) = connection().await;
        pool.put(ours);
        for _ in 0..5 {
            advance(ROUND).await;
            // The sweeper comes around.
            tokio::task::yield_now().await;
        }
        assert_eq!(shelves(&pool), 0);
    }

    #[test]
    fn a_connection_stays_on_its_runtime_and_ends_with_it() {
        let pool = Pool::default();
        let (one, other) = (runtime(), runtime());
        let theirs = one.block_on(async {
            let (ours, theirs) = connection().await;
            pool.put(ours);
            theirs
        });
        assert!(other.block_on(async { pool.take() }).is_none());
        assert!(one.block_on(async { pool.take() }).is_some());
        drop(theirs);

        let theirs = one.block_on(async {
            let (ours, theirs) = connection().await;
            pool.put(ours);
            theirs
        });
        assert_eq!(shelves(&pool), 1);
        drop(one);
        assert_eq!(shelves(&pool), 0);
        drop(theirs);
    }
}
