//! A TCP proxy that makes a good connection a bad one: late, slow, in slices, cut off, reset, or
//! silent. It knows no HTTP, so it stands before anything; what breaks inside an answer is the
//! business of `faults`. Faults may be changed at any time and also strike connections that are open.

use std::io;
use std::net::SocketAddr;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// What goes wrong, each way on its own. The default is a good connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// From client to server.
    pub up: Way,
    /// From server to client.
    pub down: Way,
}

/// What goes wrong one way. A piece is what one read found, or a slice of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Way {
    /// How late each piece is.
    pub latency: Duration,
    /// How much later still, by chance.
    pub jitter: Duration,
    /// The most bytes a piece has.
    pub slice: Option<usize>,
    /// The pause after each slice.
    pub pause: Duration,
    /// Bytes a second.
    pub bandwidth: Option<u32>,
    /// After how many bytes of a connection it is cut; 0: when the first arrives.
    pub limit: Option<u64>,
    /// How it is cut.
    pub cut: Cut,
    /// How late the end of the stream is passed on.
    pub slow_close: Duration,
}

/// How a connection is cut, both ways at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cut {
    /// With a FIN, as if it had come to its end.
    #[default]
    Close,
    /// With an RST.
    Reset,
    /// Not at all: it stays open and nothing more comes through until the faults change.
    BlackHole,
}

/// A running proxy; it and its connections end when it is dropped.
pub struct FaultProxy {
    addr: SocketAddr,
    faults: watch::Sender<Faults>,
    accepted: Arc<AtomicU64>,
    task: JoinHandle<()>,
}

impl FaultProxy {
    /// Listens on `listen` (port 0: a free one) and passes everything on to `upstream`, inside the
    /// current tokio runtime.
    ///
    /// # Errors
    /// The address cannot be bound.
    pub async fn start(listen: SocketAddr, upstream: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(listen).await?;
        let addr = listener.local_addr()?;
        let (faults, changes) = watch::channel(Faults::default());
        let accepted = Arc::new(AtomicU64::new(0));
        let task = tokio::spawn(accept(listener, upstream, changes, Arc::clone(&accepted)));
        Ok(Self { addr, faults, accepted, task })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Changes what goes wrong, from the next piece on.
    pub fn set(&self, faults: Faults) {
        self.faults.send_replace(faults);
    }

    /// How many connections came in so far.
    pub fn accepted(&self) -> u64 {
        self.accepted.load(Ordering::SeqCst)
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(
    listener: TcpListener,
    upstream: SocketAddr,
    faults: watch::Receiver<Faults>,
    accepted: Arc<AtomicU64>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            Ok((client, _peer)) = listener.accept() => {
                let number = accepted.fetch_add(1, Ordering::SeqCst);
                connections.spawn(pass_on(client, upstream, faults.clone(), number));
            }
            Some(_ended) = connections.join_next() => {}
        }
    }
}

async fn pass_on(
    mut client: TcpStream,
    upstream: SocketAddr,
    faults: watch::Receiver<Faults>,
    number: u64,
) {
    let Ok(mut server) = TcpStream::connect(upstream).await else {
        // The nearest thing to a refusal once a connection was accepted.
        let _ = client.set_zero_linger();
        return;
    };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let ended = {
        let ((from_client, to_client), (from_server, to_server)) = (client.split(), server.split());
        let mut up =
            Pump { way: |faults| faults.up, faults: faults.clone(), passed: 0, dice: number };
        let mut down = Pump { way: |faults| faults.down, faults, passed: 0, dice: !number };
        tokio::try_join!(up.run(from_client, to_server), down.run(from_server, to_client))
    };
    if let Err(Cut::Reset) = ended {
        // Without lingering a close sends RST, and drops what is still in the buffers.
        let _ = (client.set_zero_linger(), server.set_zero_linger());
    } else {
        // With something left unread a plain close would send RST too.
        let _ = tokio::join!(client.shutdown(), server.shutdown());
    }
}

struct Pump {
    way: fn(&Faults) -> Way,
    faults: watch::Receiver<Faults>,
    passed: u64,
    dice: u64,
}

impl Pump {
    /// Passes bytes on until the stream ends, or fails with the way it was cut.
    async fn run(&mut self, mut from: ReadHalf<'_>, mut to: WriteHalf<'_>) -> Result<(), Cut> {
        let mut buffer = vec![0; 16 * 1024];
        loop {
            // Whoever resets one side resets the other.
            let read = from.read(&mut buffer).await.map_err(|_reset| Cut::Reset)?;
            if read == 0 {
                idle(self.now().slow_close).await;
                return to.shutdown().await.map_err(|_gone| Cut::Close);
            }
            let mut rest = &buffer[..read];
            while !rest.is_empty() {
                let length = self.admit(rest.len()).await?;
                let (piece, after) = rest.split_at(length);
                to.write_all(piece).await.map_err(|_gone| Cut::Reset)?;
                self.passed += length as u64;
                rest = after;
                self.rest_after(length).await;
            }
            self.cut_at_limit()?;
        }
    }

    /// Waits as long as the next piece is late, and says how many bytes it may have.
    async fn admit(&mut self, wanted: usize) -> Result<usize, Cut> {
        loop {
            let way = self.now();
            let room = way.limit.map_or(u64::MAX, |limit| limit.saturating_sub(self.passed));
            if room > 0 {
                let most = way.slice.unwrap_or(wanted).max(1);
                idle(way.latency + way.jitter.mul_f64(self.throw())).await;
                return Ok(wanted.min(most).min(usize::try_from(room).unwrap_or(wanted)));
            }
            self.cut_at_limit()?;
            self.faults.changed().await.map_err(|_dropped| Cut::Close)?;
        }
    }

    async fn rest_after(&self, length: usize) {
        let way = self.now();
        let transfer = way.bandwidth.map_or(0.0, |speed| length as f64 / f64::from(speed.max(1)));
        let pause = if way.slice.is_some() { way.pause } else { Duration::ZERO };
        idle(pause + Duration::from_secs_f64(transfer)).await;
    }

    fn cut_at_limit(&self) -> Result<(), Cut> {
        let way = self.now();
        let reached = way.limit.is_some_and(|limit| self.passed >= limit);
        if reached && way.cut != Cut::BlackHole { Err(way.cut) } else { Ok(()) }
    }

    fn now(&self) -> Way {
        (self.way)(&self.faults.borrow())
    }

    /// From 0 to 1, the same each time for the same connection (SplitMix64).
    fn throw(&mut self) -> f64 {
        self.dice = self.dice.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.dice;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((bits ^ (bits >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// A timer has ticks of a millisecond; no wait is to be none.
async fn idle(time: Duration) {
    if !time.is_zero() {
        tokio::time::sleep(time).await;
    }
}

impl FromStr for Faults {
    type Err = String;

    /// Reads `down latency=200 jitter=50 limit=10 cut=reset up bandwidth=1000`: times in
    /// milliseconds, sizes in bytes. An empty line is a good connection.
    fn from_str(line: &str) -> Result<Self, String> {
        let mut faults = Self::default();
        let mut way = None;
        for word in line.split_whitespace() {
            match word {
                "up" => way = Some(&mut faults.up),
                "down" => way = Some(&mut faults.down),
                _ => {
                    let way = way.as_mut().ok_or("begin with up or down")?;
                    way.set(word).ok_or_else(|| format!("what is {word}?"))?;
                }
            }
        }
        Ok(faults)
    }
}

impl Way {
    fn set(&mut self, word: &str) -> Option<()> {
        let (name, value) = word.split_once('=')?;
        if name == "cut" {
            self.cut = match value {
                "close" => Cut::Close,
                "reset" => Cut::Reset,
                "black_hole" => Cut::BlackHole,
                _ => return None,
            };
            return Some(());
        }
        let number: u32 = value.parse().ok()?;
        let time = Duration::from_millis(number.into());
        match name {
            "latency" => self.latency = time,
            "jitter" => self.jitter = time,
            "slice" => self.slice = Some(number as usize),
            "pause" => self.pause = time,
            "bandwidth" => self.bandwidth = Some(number),
            "limit" => self.limit = Some(number.into()),
            "slow_close" => self.slow_close = time,
            _ => return None,
        }
        Some(())
    }
}
