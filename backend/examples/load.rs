//! The load that wrk cannot make, for `bench/run`: requests at a rate, requests all at once, and a
//! provider that takes its time. Measures nothing but answers; processor time and memory are read
//! by the script. Prints one JSON object.
//!
//! In a body, `########` becomes the next Dutch mobile number's last eight digits.

#![expect(clippy::unwrap_used, reason = "an example stops where it fails")]
#![expect(clippy::print_stdout, reason = "it is there to print")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::mpsc;

/// Longer than any answer may take; what is not answered by then counts as lost.
const PATIENCE: Duration = Duration::from_secs(30);
const USAGE: &str = "load paced ADDRESS PATH BODY RATE CONNECTIONS SECONDS FIRST_NUMBER
load crowd ADDRESS PATH BODY COUNT FIRST_NUMBER
load slow ADDRESS MILLISECONDS";

#[tokio::main]
async fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["paced", address, path, body, rate, connections, seconds, first] => {
            let wanted = Wanted::new(address, path, body, first);
            let [rate, seconds] = [rate, seconds].map(|text| text.parse().unwrap());
            paced(wanted, rate, connections.parse().unwrap(), seconds).await;
        }
        ["crowd", address, path, body, count, first] => {
            crowd(Wanted::new(address, path, body, first), count.parse().unwrap()).await;
        }
        ["slow", address, milliseconds] => {
            slow(address, Duration::from_millis(milliseconds.parse().unwrap())).await;
        }
        _ => println!("{USAGE}"),
    }
}

/// What is asked for, and how often it was.
struct Wanted {
    address: String,
    path: String,
    body: String,
    next: AtomicU64,
}

impl Wanted {
    fn new(address: &str, path: &str, body: &str, first: &str) -> Arc<Self> {
        let [address, path, body] = [address, path, body].map(str::to_owned);
        Arc::new(Self { address, path, body, next: AtomicU64::new(first.parse().unwrap()) })
    }

    fn request(&self) -> String {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        // Mobile numbers go on with 1 to 5 or 8; after each comes another prefix, as in real life.
        let lead = [1, 2, 3, 4, 5, 8][(number / 10_000_000) as usize % 6];
        let rest = number % 10_000_000;
        let digits = format!("{lead}{:03}{:04}", rest % 1_000, rest / 1_000);
        let body = self.body.replace("########", &digits);
        format!(
            "POST {} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            self.path,
            self.address,
            body.len()
        )
    }
}

/// Statuses and waits; a status of 0 is an answer that never came.
#[derive(Default)]
struct Answers(Vec<(u16, Duration)>);

impl Answers {
    fn print(mut self) {
        self.0.sort_by_key(|(_, wait)| *wait);
        let at = |share: f64| {
            let last = self.0.len().saturating_sub(1);
            let place = (share * last as f64).round() as usize;
            self.0.get(place).map_or(0.0, |(_, wait)| wait.as_secs_f64() * 1e3)
        };
        let mut statuses = BTreeMap::<u16, usize>::new();
        for (status, _) in &self.0 {
            *statuses.entry(*status).or_default() += 1;
        }
        let statuses: Vec<_> = statuses.iter().map(|(s, n)| format!("\"{s}\":{n}")).collect();
        println!(
            "{{\"answers\":{},\"statuses\":{{{}}},\"p50_ms\":{:.3},\"p99_ms\":{:.3},\"max_ms\":{:.3}}}",
            self.0.len(),
            statuses.join(","),
            at(0.5),
            at(0.99),
            at(1.0),
        );
    }
}

/// One request at a time on one kept connection.
struct Connection(TcpStream, Vec<u8>);

impl Connection {
    async fn open(address: &str) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self(stream, vec![0; 16 * 1024])
    }

    async fn ask(&mut self, request: &str) -> u16 {
        let answer = tokio::time::timeout(PATIENCE, self.exchange(request)).await;
        answer.ok().flatten().unwrap_or(0)
    }

    /// The status, once the whole answer is there.
    async fn exchange(&mut self, request: &str) -> Option<u16> {
        self.0.write_all(request.as_bytes()).await.ok()?;
        let mut filled = 0;
        loop {
            let read = self.0.read(&mut self.1[filled..]).await.ok().filter(|read| *read > 0)?;
            filled += read;
            let text = String::from_utf8_lossy(&self.1[..filled]);
            let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
            let head = head.to_ascii_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length?.parse().ok()? {
                return head.get(9..12)?.parse().ok();
            }
        }
    }
}

/// `rate` requests a second, spread over the connections in turn. A wait is counted from the moment
/// a request was due, so a server that stalls cannot hide it by slowing the load.
///
/// Says when every connection is open and was used once, and begins when told to: opening them is not
/// part of what is measured. Nor is closing them, for which it waits to be told as well.
async fn paced(wanted: Arc<Wanted>, rate: u32, connections: usize, seconds: u32) {
    let (answered, mut answers) = mpsc::unbounded_channel();
    let mut lanes = Vec::new();
    for _ in 0..connections {
        let (due, mut dues) = mpsc::unbounded_channel::<Instant>();
        let (wanted, answered) = (Arc::clone(&wanted), answered.clone());
        let mut connection = Connection::open(&wanted.address).await;
        connection.ask(&wanted.request()).await;
        tokio::spawn(async move {
            while let Some(due) = dues.recv().await {
                let status = connection.ask(&wanted.request()).await;
                let _ = answered.send((status, due.elapsed()));
            }
        });
        lanes.push(due);
    }
    drop(answered);
    println!("ready");
    told().await;
    let (began, gap) = (Instant::now(), Duration::from_secs(1) / rate);
    for count in 0..rate * seconds {
        let due = began + gap * count;
        // The timer's grain is a millisecond; the last stretch is waited for with open eyes.
        let early = due.saturating_duration_since(Instant::now());
        if early > Duration::from_millis(2) {
            tokio::time::sleep(early - Duration::from_millis(1)).await;
        }
        while Instant::now() < due {
            tokio::task::yield_now().await;
        }
        let _ = lanes[count as usize % connections].send(due);
    }
    let mut all = Answers::default();
    for _ in 0..rate * seconds {
        all.0.extend(answers.recv().await);
    }
    all.print();
    told().await;
}

/// Waits for a line or the end of standard input.
async fn told() {
    let line = || std::io::stdin().read_line(&mut String::new()).map(drop);
    tokio::task::spawn_blocking(line).await.unwrap().unwrap();
}

/// `count` requests at the same time, each on a connection of its own that is open before.
async fn crowd(wanted: Arc<Wanted>, count: usize) {
    let mut connections = Vec::new();
    for _ in 0..count {
        connections.push(Connection::open(&wanted.address).await);
    }
    let asks = connections.into_iter().map(|mut connection| {
        let wanted = Arc::clone(&wanted);
        tokio::spawn(async move {
            let asked = Instant::now();
            (connection.ask(&wanted.request()).await, asked.elapsed())
        })
    });
    let mut all = Answers::default();
    for ask in asks.collect::<Vec<_>>() {
        all.0.push(ask.await.unwrap());
    }
    all.print();
}

/// A provider that accepts every call, after a while.
async fn slow(address: &str, wait: Duration) {
    let body = include_str!("../crates/messagebird-verify/fixtures/verify_created_voice.json");
    let length = body.len();
    let answer: Arc<str> = format!(
        "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .into();
    // An id that was given out before would rightly be refused: each has its own, as long as the fixture's.
    let fixture: serde_json::Value = serde_json::from_str(body).unwrap();
    let id: Arc<str> = fixture["id"].as_str().unwrap().into();
    let given = Arc::new(AtomicU64::new(0));
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    socket.bind(address.parse().unwrap()).unwrap();
    // Ten thousand come at once; a connection that finds no room here waits a second for its next try.
    let listener = socket.listen(4096).unwrap();
    loop {
        let (mut stream, _) = listener.accept().await.unwrap();
        let (answer, id, given) = (Arc::clone(&answer), Arc::clone(&id), Arc::clone(&given));
        tokio::spawn(async move {
            let mut buffer = [0; 4096];
            // One small request is one read, near enough: nothing here asks for more.
            while stream.read(&mut buffer).await.is_ok_and(|read| read > 0) {
                tokio::time::sleep(wait).await;
                let next = format!("{:032x}", given.fetch_add(1, Ordering::Relaxed));
                if stream.write_all(answer.replace(&*id, &next).as_bytes()).await.is_err() {
                    return;
                }
            }
        });
    }
}
