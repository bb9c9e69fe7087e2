//! A client that sends exactly the bytes it is given, and reads whatever comes back.

use serde_json::Value;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{sleep, timeout};

/// How long anything may take here before the test gives up. Far beyond what it does take.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// One connection.
pub struct Raw {
    pub socket: TcpStream,
    /// From before the server heard of it.
    pub opened: Instant,
    /// Read already, and part of the next answer.
    ahead: Vec<u8>,
}

/// One answer.
#[derive(Debug)]
pub struct Heard {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Heard {
    pub fn header(&self, name: &str) -> Option<&str> {
        let fields = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        fields
            .into_iter()
            .find(|(field, _)| field.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// The problem's code, and nothing but a problem.
    pub fn problem(&self) -> String {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        let body: Value = serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{self:?}"));
        assert_eq!(body["status"], self.status);
        let instance = format!("urn:uuid:{}", self.header("x-request-id").unwrap());
        assert_eq!(body["instance"], instance.as_str());
        body["code"].as_str().unwrap().to_owned()
    }
}

impl Heard {
    /// Holds a refusal to the problem with this status and code.
    pub fn assert_refused(&self, status: u16, code: &str) {
        assert_eq!((self.status, self.problem().as_str()), (status, code), "{self:?}");
    }

    /// Holds the refusal of bytes that no request could be read from to a bare status.
    pub fn assert_unreadable(&self, status: u16) {
        assert_eq!((self.status, self.body.as_str()), (status, ""), "{self:?}");
        assert_eq!(self.header("content-length"), Some("0"), "{self:?}");
        assert_eq!(self.header("content-type"), None, "{self:?}");
        assert!(self.header("date").is_some(), "{self:?}");
    }
}

/// The address of `http://host:port`.
pub fn socket(address: &str) -> SocketAddr {
    address.trim_start_matches("http://").parse().unwrap()
}

impl Raw {
    pub async fn open(address: &str) -> Self {
        Self::open_as(address, "127.0.0.1").await
    }

    /// A connection from another address of this machine.
    pub async fn open_as(address: &str, source: &str) -> Self {
        let opened = Instant::now();
        let client = TcpSocket::new_v4().unwrap();
        client.bind(SocketAddr::new(source.parse().unwrap(), 0)).unwrap();
        let socket = within(client.connect(socket(address))).await.unwrap();
        Self { socket, opened, ahead: Vec::new() }
    }

    /// Sends; a server that has closed already is answer enough.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = within(self.socket.write_all(bytes.as_ref())).await;
    }

    /// Everything until the connection ends. That it ends is half of what is tested.
    pub async fn until_closed(&mut self) -> Vec<u8> {
        let mut heard = std::mem::take(&mut self.ahead);
        // A reset also ends it, and what came before counts.
        let _ = within(self.socket.read_to_end(&mut heard)).await;
        heard
    }

    /// One answer, leaving the connection open.
    pub async fn answer(&mut self) -> Heard {
        loop {
            let head = self.ahead.windows(4).position(|window| window == b"\r\n\r\n");
            if let Some(head) = head {
                let heard = parse(&self.ahead);
                let length = heard.header("content-length").map_or(0, |n| n.parse().unwrap());
                if self.ahead.len() >= head + 4 + length {
                    let rest = self.ahead.split_off(head + 4 + length);
                    return parse(&std::mem::replace(&mut self.ahead, rest));
                }
            }
            let read = within(self.socket.read_buf(&mut self.ahead)).await.unwrap();
            assert_ne!(read, 0, "closed after {:?}", String::from_utf8_lossy(&self.ahead));
        }
    }

    /// Waits until the server's side of the connection is gone, which a client that does not read is not told.
    pub async fn until_abandoned(&self) {
        let [theirs, ours] = [self.socket.peer_addr().unwrap(), self.socket.local_addr().unwrap()];
        // As /proc/net/tcp writes the ends of a connection: the server's, then the client's.
        let hex = |at: SocketAddr| match at.ip() {
            IpAddr::V4(ip) => format!("{:08X}:{:04X}", u32::from_ne_bytes(ip.octets()), at.port()),
            IpAddr::V6(ip) => panic!("{ip}"),
        };
        let ends = format!(" {} {} ", hex(theirs), hex(ours));
        within(async {
            while std::fs::read_to_string("/proc/net/tcp").unwrap().contains(&ends) {
                sleep(Duration::from_millis(20)).await;
            }
        })
        .await;
    }

    /// Leaves without a goodbye, as a client that crashes does. After a mere close the server would
    /// take it that the client still listens.
    pub fn reset(self) {
        self.socket.set_zero_linger().unwrap();
    }

    /// Whether the server closes it, without another byte.
    pub async fn is_closed(&mut self) -> bool {
        self.until_closed().await.is_empty()
    }
}

/// One answer read to its end.
pub fn parse(bytes: &[u8]) -> Heard {
    let text = String::from_utf8_lossy(bytes);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.unwrap_or_else(|| panic!("no status: {head:?}"));
    Heard { status, head: head.to_owned(), body: body.to_owned() }
}

/// Sends bytes, then hears everything until the server closes.
pub async fn exchange(address: &str, bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let mut client = Raw::open(address).await;
    client.send(bytes).await;
    client.until_closed().await
}

/// A bound on everything, so that a server that never answers fails the test instead of hanging it.
pub async fn within<T>(future: impl Future<Output = T>) -> T {
    timeout(PATIENCE, future).await.expect("in time")
}
