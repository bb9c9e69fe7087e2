//! A server that reads one request at a time and then does what its script says. Not the project's simulator:
//! it knows no provider, so the two cannot be wrong together.

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use provider_http::Url;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// What to do once a whole request was read.
pub(crate) enum Act {
    /// Answer and wait for the next request on the same connection.
    Reply(Vec<u8>),
    /// Answer, whole or not, and close.
    ReplyAndClose(Vec<u8>),
    /// Answer in part and say no more until the client leaves.
    ReplyAndHold(Vec<u8>),
    /// Say nothing until the client leaves.
    Hold,
    /// Close without an answer.
    Close,
    /// Reset the connection without an answer.
    Reset,
    /// Send the head, then the piece again and again with pauses, until the client leaves.
    Drip { head: Vec<u8>, piece: Vec<u8>, pause: Duration },
    /// Send the head, then the piece again and again as fast as possible, until the client leaves.
    Endless { head: Vec<u8>, piece: Vec<u8> },
}

pub(crate) struct Fake {
    pub(crate) url: Url,
    shared: Arc<Shared>,
    arrivals: mpsc::UnboundedReceiver<String>,
    departures: mpsc::UnboundedReceiver<usize>,
}

struct Shared {
    script: Mutex<VecDeque<Act>>,
    requests: Mutex<Vec<String>>,
    connections: AtomicUsize,
    arrived: mpsc::UnboundedSender<String>,
    departed: mpsc::UnboundedSender<usize>,
}

impl Fake {
    /// Listens on a free port of this machine and plays the script, one act for each request.
    pub(crate) async fn start(script: impl IntoIterator<Item = Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let (arrived, arrivals) = mpsc::unbounded_channel();
        let (departed, departures) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            script: Mutex::new(script.into_iter().collect()),
            requests: Mutex::default(),
            connections: AtomicUsize::new(0),
            arrived,
            departed,
        });
        tokio::spawn(accept(listener, Arc::clone(&shared)));
        Self { url, shared, arrivals, departures }
    }

    /// All requests read so far, each as its whole text.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.shared.requests.lock().unwrap().clone()
    }

    pub(crate) fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// Waits until one more request was read whole.
    pub(crate) async fn arrival(&mut self) -> String {
        self.arrivals.recv().await.unwrap()
    }

    /// Waits until the client left while it was being written to; says how many bytes it was sent.
    pub(crate) async fn departure(&mut self) -> usize {
        self.departures.recv().await.unwrap()
    }
}

/// An answer with a JSON body and its right length.
pub(crate) fn json(status: u16, body: &str) -> Vec<u8> {
    with_headers(status, "Content-Type: application/json; charset=UTF-8\r\n", body)
}

/// An answer with these extra header lines, each ending in CRLF, and its right length.
pub(crate) fn with_headers(status: u16, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status} X\r\n{headers}Content-Length: {length}\r\n\r\n{body}").into_bytes()
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((stream, _peer)) = listener.accept().await {
        shared.connections.fetch_add(1, Ordering::SeqCst);
        let shared = Arc::clone(&shared);
        // A broken connection is what most scripts are about, so its error is no news.
        tokio::spawn(async move {
            let _broken = serve(stream, &shared).await;
        });
    }
}

async fn serve(mut stream: TcpStream, shared: &Shared) -> io::Result<()> {
    stream.set_nodelay(true)?;
    while let Some(request) = read_request(&mut stream).await? {
        shared.requests.lock().unwrap().push(request.clone());
        let _nobody_waits = shared.arrived.send(request);
        let act = shared.script.lock().unwrap().pop_front();
        match act.expect("a request more than the script has acts") {
            Act::Reply(answer) => stream.write_all(&answer).await?,
            Act::ReplyAndClose(answer) => {
                stream.write_all(&answer).await?;
                return stream.shutdown().await;
            }
            Act::ReplyAndHold(answer) => {
                stream.write_all(&answer).await?;
                return until_closed(&mut stream).await;
            }
            Act::Hold => return until_closed(&mut stream).await,
            Act::Close => return stream.shutdown().await,
            Act::Reset => return stream.set_zero_linger(),
            Act::Drip { head, piece, pause } => {
                stream.write_all(&head).await?;
                let mut ticks = tokio::time::interval(pause);
                loop {
                    ticks.tick().await;
                    stream.write_all(&piece).await?;
                }
            }
            Act::Endless { head, piece } => {
                stream.write_all(&head).await?;
                let mut written = 0;
                while stream.write_all(&piece).await.is_ok() {
                    written += piece.len();
                }
                let _nobody_waits = shared.departed.send(written);
                return Ok(());
            }
        }
    }
    Ok(())
}

async fn until_closed(stream: &mut TcpStream) -> io::Result<()> {
    let mut buffer = [0; 1024];
    while stream.read(&mut buffer).await? > 0 {}
    Ok(())
}

/// Reads head and body; `None` when the client closes before another request.
async fn read_request(stream: &mut TcpStream) -> io::Result<Option<String>> {
    let mut text = Vec::new();
    loop {
        if let Some(end) = text.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&text[..end]).to_lowercase();
            let length: usize = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .map_or(0, |length| length.parse().unwrap());
            if text.len() >= end + 4 + length {
                return Ok(Some(String::from_utf8(text).unwrap()));
            }
        }
        let mut buffer = [0; 4096];
        let read = stream.read(&mut buffer).await?;
        if read == 0 {
            return Ok(None);
        }
        text.extend_from_slice(&buffer[..read]);
    }
}
