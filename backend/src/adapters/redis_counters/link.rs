//! The connection: made in the background, watched, made again after a fault. What is asked over
//! it is not known here.
//!
//! The library's own reconnecting manager is not used: an operation can wait for its back-off,
//! and what it repeats cannot be told. Here an operation takes the connection there is, or waits
//! for the first; only this module's task connects, and nothing is ever repeated.

use super::wire;
use crate::config::StoreAddress;
use redis::aio::MultiplexedConnection;
use redis::cluster::ClusterClient;
use redis::cluster_async::ClusterConnection;
use redis::{
    AsyncConnectionConfig, Cmd, ErrorKind, RedisError, RedisResult, ServerErrorKind, Value,
};
use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use verification::ports::StoreError;

/// For a connection to be made and greeted.
const CONNECT_WITHIN: Duration = Duration::from_millis(800);
/// Between two looks at a connection that nobody complains of, and for the answer to each.
const PROBE: Duration = Duration::from_millis(500);
/// How many such looks pass between two at the policy of eviction: ten seconds.
const PROBES_PER_POLICY: u32 = 20;
/// Between two attempts to connect: the shortest and the longest.
const PAUSE: (Duration, Duration) = (Duration::from_millis(50), Duration::from_millis(500));

const EVICTS: &str = "it may evict counters, and with them the limits they enforce; set its \
    maxmemory-policy to noeviction";

/// A connection of either kind; clones share it.
#[derive(Clone)]
pub(super) enum Connection {
    Standalone(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl Connection {
    /// Sends one command, once.
    pub(super) async fn run(&mut self, command: &Cmd) -> RedisResult<Value> {
        match self {
            Self::Standalone(connection) => command.query_async(connection).await,
            Self::Cluster(connection) => command.query_async(connection).await,
        }
    }

    async fn make(address: &StoreAddress) -> RedisResult<Self> {
        if address.cluster {
            // No retries: the library would also repeat what may have been done already.
            let client = ClusterClient::builder(address.nodes.clone())
                .retries(0)
                .connection_timeout(CONNECT_WITHIN)
                .response_timeout(PROBE);
            let client = match address.certificates() {
                Some(certificates) => client.certs(certificates).build()?,
                None => client.build()?,
            };
            return Ok(Self::Cluster(client.get_async_connection().await?));
        }
        let Some(node) = address.nodes.first() else {
            return Err((ErrorKind::InvalidClientConfig, "no server").into());
        };
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_WITHIN))
            .set_response_timeout(Some(PROBE));
        let client = match address.certificates() {
            Some(certificates) => redis::Client::build_with_tls(node.clone(), certificates)?,
            None => redis::Client::open(node.clone())?,
        };
        let connection = client.get_multiplexed_async_connection_with_config(&config).await?;
        Ok(Self::Standalone(connection))
    }
}

/// The connection as operations see it. Dropping it ends the task that keeps it.
pub(super) struct Link {
    latest: watch::Receiver<Option<Connection>>,
    broken: Arc<Notify>,
    keeper: AbortHandle,
    is_cluster: bool,
}

impl Link {
    /// Starts to connect, and keeps connected.
    pub(super) fn keep(address: StoreAddress) -> Self {
        let (sender, latest) = watch::channel(None);
        let broken = Arc::new(Notify::new());
        let is_cluster = address.cluster;
        let keeper = tokio::spawn(keep(address, sender, broken.clone()));
        Self { latest, broken, keeper: keeper.abort_handle(), is_cluster }
    }

    /// Whether not all keys are on one server.
    pub(super) fn is_cluster(&self) -> bool {
        self.is_cluster
    }

    /// The latest connection; waits for the first.
    pub(super) async fn connection(&self) -> Result<Connection, StoreError> {
        let mut latest = self.latest.clone();
        let connection = latest.wait_for(Option::is_some).await;
        let connection = connection.ok().and_then(|connection| connection.clone());
        connection.ok_or_else(|| StoreError("its connection is no longer kept".into()))
    }

    /// Takes note of a failure, and says it without names.
    pub(super) fn trouble(&self, error: &RedisError) -> StoreError {
        if is_broken(error) {
            self.broken.notify_one();
        }
        StoreError(meaning(error).into())
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}

/// Connects, and again whenever the connection no longer serves. The old one stays in use until
/// there is a new one: in a cluster it may still reach the servers that matter. Not so when a server
/// may evict counters: then no decision can be trusted, and none is asked for.
async fn keep(
    address: StoreAddress,
    latest: watch::Sender<Option<Connection>>,
    broken: Arc<Notify>,
) {
    let (mut pause, mut told) = (PAUSE.0, None);
    loop {
        let attempt = Instant::now();
        let reason = match connect(&address).await {
            Ok(mut connection) => {
                latest.send_replace(Some(connection.clone()));
                tracing::info!("connected to the shared store");
                (pause, told) = (PAUSE.0, None);
                until_broken(&mut connection, &broken).await;
                // Whoever complains may complain of every connection; not more often than this.
                sleep_until(attempt + PAUSE.1).await;
                continue;
            }
            Err(reason) => reason,
        };
        if reason == EVICTS {
            latest.send_replace(None);
        }
        if told != Some(reason) {
            tracing::error!(reason, "cannot connect to the shared store, trying on");
            told = Some(reason);
        }
        sleep(pause).await;
        pause = (pause * 2).min(PAUSE.1);
    }
}

async fn connect(address: &StoreAddress) -> Result<Connection, &'static str> {
    match timeout(CONNECT_WITHIN, Connection::make(address)).await {
        Ok(Ok(mut connection)) => match evicts(&mut connection).await {
            true => Err(EVICTS),
            false => Ok(connection),
        },
        Ok(Err(error)) => Err(meaning(&error)),
        Err(_) => Err("it did not answer in time"),
    }
}

async fn until_broken(connection: &mut Connection, broken: &Notify) {
    let mut probe = redis::cmd("EXISTS");
    probe.arg(wire::READY);
    for probes in 1_u32.. {
        tokio::select! {
            () = broken.notified() => return,
            () = sleep(PROBE) => {}
        }
        match timeout(PROBE, connection.run(&probe)).await {
            Ok(Err(error)) if is_broken(&error) => return,
            Ok(_) => {}
            Err(_) => return,
        }
        if probes.is_multiple_of(PROBES_PER_POLICY) && evicts(connection).await {
            return;
        }
    }
}

/// Whether another connection may fare better.
fn is_broken(error: &RedisError) -> bool {
    match error.kind() {
        // A primary that became a replica: its name may lead to the new primary by now.
        ErrorKind::Server(ServerErrorKind::ReadOnly) => true,
        ErrorKind::Server(_) | ErrorKind::Extension => false,
        _ => true,
    }
}

/// What an error means, in words that hold no address, key or secret.
fn meaning(error: &RedisError) -> &'static str {
    match error.kind() {
        ErrorKind::AuthenticationFailed => "it refused the user or the password",
        ErrorKind::Server(kind) => match kind {
            ServerErrorKind::ReadOnly => "it is a replica",
            ServerErrorKind::BusyLoading => "it is still loading",
            ServerErrorKind::NoPerm => "it does not permit a command",
            _ => "it answered with an error",
        },
        ErrorKind::Extension => match error.code() {
            Some("OOM") => "its memory is full",
            Some("NOAUTH" | "WRONGPASS") => "it refused the user or the password",
            Some("MISCONF") => "it cannot write to its disk",
            Some("NOREPLICAS") => "it has too few replicas",
            _ => "it answered with an error",
        },
        ErrorKind::ClusterConnectionNotFound => "no server of the cluster is reached",
        _ if error.is_timeout() => "it did not answer in time",
        _ if is_untrusted(error) => "its certificate is not trusted; see REDIS_CA_FILE",
        _ => "its connection failed",
    }
}

/// Whether TLS failed for the server's certificate: its authority, its name or its time.
fn is_untrusted(error: &RedisError) -> bool {
    let shared = error.source().and_then(<dyn Error>::downcast_ref::<Arc<dyn Error + Send + Sync>>);
    let io = shared.and_then(|error| error.downcast_ref::<io::Error>());
    let tls = io.and_then(io::Error::get_ref).and_then(|error| error.downcast_ref());
    matches!(tls, Some(rustls::Error::InvalidCertificate(_)))
}

/// Whether a server may evict counters: an evicted counter is a forgotten charge. Asked of `INFO`,
/// which managed servers permit where they forbid `CONFIG`; one that does not tell is trusted.
async fn evicts(connection: &mut Connection) -> bool {
    let mut info = redis::cmd("INFO");
    info.arg("memory");
    let Ok(Ok(answer)) = timeout(PROBE, connection.run(&info)).await else {
        return false;
    };
    let mut texts = Vec::new();
    collect_texts(answer, &mut texts);
    let lines = texts.iter().flat_map(|text| text.lines());
    let mut policies = lines.filter_map(|line| line.strip_prefix("maxmemory_policy:"));
    policies.any(|policy| policy.trim() != "noeviction")
}

/// One server answers a text, a cluster a map of them.
fn collect_texts(value: Value, texts: &mut Vec<String>) {
    match value {
        Value::BulkString(bytes) => texts.push(String::from_utf8_lossy(&bytes).into_owned()),
        Value::VerbatimString { text, .. } => texts.push(text),
        Value::Map(pairs) => pairs.into_iter().for_each(|(_, value)| collect_texts(value, texts)),
        Value::Array(values) => values.into_iter().for_each(|value| collect_texts(value, texts)),
        _ => {}
    }
}
