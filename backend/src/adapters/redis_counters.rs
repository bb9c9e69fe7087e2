//! Counters in Redis or Valkey, shared by every replica. What a step means is written down twice,
//! in `verification::log` and in `decide.lua`; one suite of tests holds both to it.
//!
//! | question | file |
//! |---|---|
//! | how does a decision travel? | `wire.rs` |
//! | what happens to it there? | `decide.lua`, `keep.lua` |
//! | who connects, and again after a fault? | `link.rs` |
//! | what time is it there? | `store_clock.rs` |
//! | which addresses are understood? | `config/store_address.rs` |
//!
//! # Why no unit is admitted twice
//!
//! All keys of all decisions carry one hash tag, `{guard}`, so they live in one slot, on one
//! server, also in a cluster. A decision is one script there: its server runs nothing else
//! between looking and charging, and a request whose keys lie elsewhere is refused before it runs.
//! The price is one slot that does not spread. It costs nothing that was not spent before: every
//! start is charged to the hourly and the daily cap, so every decision meets in those two keys
//! whatever the others do, and one server makes many thousand decisions a second where the caps
//! admit some hundred an hour. Kept values are decided one by one; they spread over all slots.
//!
//! A decision says until when it may be made, by its server's clock: one that lay in a queue or on the
//! way for longer than anybody waits takes no effect. One whose answer is lost on the way back is never
//! asked again: it may have been made, so its charge stays and the caller is told that nothing was
//! decided. What remains is a server that loses what
//! it acknowledged: a primary that dies before its replica heard of the last charges, which are
//! those of a round trip, or that restarts without a log on disk. The second is noticed: the key that
//! says since when it counts is gone with the counters, and caps are admitted in part for a while.
//!
//! A start does not `WAIT` for a replica. It would not undo a charge that no replica has, it blocks
//! every other decision on its connection, and with a replica that lags it would refuse what the
//! primary admits. Who wants that has `min-replicas-to-write`, which is obeyed here.
//!
//! # What is stored
//!
//! Keyed hashes as names, moments and counts as content: no number, no address. Every key expires;
//! its lifetime is set by the command that writes it.

mod link;
mod store_clock;
mod wire;

use crate::config::{InvalidStoreUrl, StoreAddress};
use async_trait::async_trait;
use link::{Connection, Link};
use redis::{Cmd, ErrorKind, RedisError, RedisResult, ServerErrorKind, Value};
use secrecy::SecretString;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use store_clock::StoreClock;
use verification::limits::COLD_FOR;
use verification::ports::{Clock, Counters, Decision, Key, Step, StoreError};

/// How long one operation may take, waiting for a connection included.
pub const BUDGET: Duration = Duration::from_millis(100);
/// Between two attempts at a slot that is on its way to another server.
const REDIRECTED: Duration = Duration::from_millis(5);
/// Under a clock that is moved by hand, keys outlive their time by Redis's clock by this much:
/// the one stands still while the other runs.
const GRACE: Duration = Duration::from_secs(600);

/// Counters shared through Redis or Valkey, standalone or cluster.
pub struct RedisCounters {
    link: Link,
    clock: Option<Arc<dyn Clock>>,
    /// The clock of the server that decides; in a cluster, values have others.
    store_clock: StoreClock,
    budget: Duration,
    cold: AtomicBool,
    decide: redis::Script,
    keep: redis::Script,
}

impl RedisCounters {
    /// Counters at `url`, by Redis's own clock; see [`RedisCounters::at`].
    ///
    /// # Errors
    /// [`InvalidStoreUrl`] when no connection to such an address can ever be tried.
    pub fn connect(url: &SecretString) -> Result<Self, InvalidStoreUrl> {
        StoreAddress::parse(url).map(Self::at)
    }

    /// Counters at an address, by Redis's own clock. Connects in the background, now and after every
    /// fault; until it has, operations fail within their time. Must be called within a Tokio runtime,
    /// which then keeps the connection.
    #[must_use]
    pub fn at(address: StoreAddress) -> Self {
        Self {
            link: Link::keep(address),
            clock: None,
            store_clock: StoreClock::default(),
            budget: BUDGET,
            cold: AtomicBool::new(false),
            decide: redis::Script::new(include_str!("redis_counters/decide.lua")),
            keep: redis::Script::new(include_str!("redis_counters/keep.lua")),
        }
    }

    /// [`RedisCounters::connect`], but by `clock`, for tests that move the time.
    ///
    /// # Errors
    /// [`InvalidStoreUrl`].
    pub fn with_clock(url: &SecretString, clock: Arc<dyn Clock>) -> Result<Self, InvalidStoreUrl> {
        Self::connect(url).map(|counters| counters.by(clock))
    }

    /// The same counters by another clock, for tests that move the time.
    #[must_use]
    pub fn by(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// The same counters with another limit to the time of one operation; 100 ms unless told.
    #[must_use]
    pub fn within(mut self, budget: Duration) -> Self {
        self.budget = budget;
        self
    }

    /// The moment, the grace of expiry, and from when on it is too late, as both scripts take them.
    fn time(&self, until: u64) -> [String; 3] {
        let [moment, grace] = match &self.clock {
            None => [String::new(), "0".into()],
            Some(clock) => [clock.now().0.to_string(), wire::milliseconds(GRACE).to_string()],
        };
        [moment, grace, until.to_string()]
    }

    /// Runs a script that takes effect within the time of one operation, or not at all. What came too
    /// late took no effect and says what time it is, so while there is time it is sent again; the first
    /// time of all is found out in the same way.
    async fn run(
        &self,
        script: &redis::Script,
        clock: &StoreClock,
        late: [usize; 2],
        call: impl Fn([String; 3]) -> wire::Call,
    ) -> Result<Vec<Value>, StoreError> {
        let until = Instant::now() + self.budget;
        self.bounded(async |connection| {
            loop {
                let call = call(self.time(clock.moment(until).unwrap_or(0)));
                let asked = Instant::now();
                let by_hash = call.command("EVALSHA", script.get_hash());
                let answer = match patient(connection, &by_hash).await {
                    // A server that has not seen the script has not run it either.
                    Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                        patient(connection, &call.command("EVAL", call.source)).await
                    }
                    answer => answer,
                };
                let answer =
                    wire::answer(answer.map_err(|error| self.link.trouble(&error))?, late)?;
                clock.told(answer.clock, asked, Instant::now());
                if !answer.late {
                    return Ok(answer.rest);
                }
            }
        })
        .await
    }

    async fn bounded<T>(
        &self,
        operation: impl AsyncFnOnce(&mut Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let within = async {
            let mut connection = self.link.connection().await?;
            operation(&mut connection).await
        };
        match tokio::time::timeout(self.budget, within).await {
            Ok(answer) => answer,
            Err(_) => Err(StoreError("it did not answer in time".into())),
        }
    }

    /// One plain command, for what may as well be done late.
    async fn plain(&self, command: &Cmd) -> Result<(), StoreError> {
        let run = async |connection: &mut Connection| {
            patient(connection, command).await.map(drop).map_err(|error| self.link.trouble(&error))
        };
        self.bounded(run).await
    }

    async fn keep_value(
        &self,
        key: Key,
        value: &[u8],
        ttl: Duration,
        when: &str,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        // In a cluster each value may be on another server, whose clock is asked first.
        let elsewhere = StoreClock::default();
        let clock = if self.link.is_cluster() { &elsewhere } else { &self.store_clock };
        let call = |time| wire::keep(key, value, ttl, when, time);
        match self.run(&self.keep, clock, [1, 1], call).await?.get(1) {
            Some(Value::Nil) => Ok(None),
            Some(Value::BulkString(value)) => Ok(Some(value.clone())),
            _ => Err(wire::not_understood()),
        }
    }
}

/// Asks again while the slot is on its way to another server: such a refusal comes before
/// anything ran. Ends with the operation's time.
async fn patient(connection: &mut Connection, command: &Cmd) -> RedisResult<Value> {
    loop {
        match connection.run(command).await {
            Err(error) if is_redirect(&error) => tokio::time::sleep(REDIRECTED).await,
            answer => return answer,
        }
    }
}

fn is_redirect(error: &RedisError) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Server(
            ServerErrorKind::Moved
                | ServerErrorKind::Ask
                | ServerErrorKind::TryAgain
                | ServerErrorKind::ClusterDown
                | ServerErrorKind::MasterDown
        )
    )
}

fn tell(cold: bool) {
    if cold {
        tracing::warn!(
            minutes = COLD_FOR.as_secs() / 60,
            "the shared store has just begun to count: it is new, or it lost what it had counted; \
             for a while only a part of the caps is admitted"
        );
    } else {
        tracing::info!("the shared store has counted for long enough: the caps are whole again");
    }
}

#[async_trait]
impl Counters for RedisCounters {
    async fn decide(&self, steps: &[Step]) -> Result<Decision, StoreError> {
        let call = |time| wire::decide(steps, time);
        let answer = self.run(&self.decide, &self.store_clock, [2, 2], call).await?;
        let (decision, cold) = wire::decision(answer, steps)?;
        if let Some(cold) = cold
            && self.cold.swap(cold, Ordering::Relaxed) != cold
        {
            tell(cold);
        }
        Ok(decision)
    }

    async fn keep_first(
        &self,
        key: Key,
        value: &[u8],
        ttl: Duration,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        self.keep_value(key, value, ttl, "first").await
    }

    async fn keep(&self, key: Key, value: &[u8], ttl: Duration) -> Result<(), StoreError> {
        self.keep_value(key, value, ttl, "always").await.map(drop)
    }

    async fn drop_value(&self, key: Key) -> Result<(), StoreError> {
        let mut command = redis::cmd("DEL");
        command.arg(wire::value_name(key));
        self.plain(&command).await
    }

    /// Writes: a server that is full, or that became a replica, still answers but cannot decide.
    async fn ping(&self) -> Result<(), StoreError> {
        let mut command = redis::cmd("SET");
        command.arg(wire::READY).arg(1).arg("EX").arg(60);
        self.plain(&command).await
    }
}
