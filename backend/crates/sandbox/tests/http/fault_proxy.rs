//! The fault proxy between a client and a server that echoes.

use sandbox::fault_proxy::{Cut, FaultProxy, Faults, Way};
use std::io::ErrorKind;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

/// Sends back what it gets, in one piece for each read, and ends when its client does.
async fn echo() -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _peer)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut read, mut write) = stream.split();
                let _broken = tokio::io::copy(&mut read, &mut write).await;
                let _gone = write.shutdown().await;
            });
        }
    });
    addr
}

async fn connect(down: Way) -> (FaultProxy, TcpStream) {
    let proxy = FaultProxy::start("127.0.0.1:0".parse().unwrap(), echo().await).await.unwrap();
    proxy.set(Faults { down, ..Faults::default() });
    let stream = TcpStream::connect(proxy.addr()).await.unwrap();
    (proxy, stream)
}

/// Says this and reads until the end; the end is an error when it was a reset.
async fn say(stream: &mut TcpStream, text: &[u8]) -> (Vec<u8>, Option<ErrorKind>) {
    stream.write_all(text).await.unwrap();
    let mut heard = Vec::new();
    let ended = stream.read_to_end(&mut heard).await;
    (heard, ended.err().map(|error| error.kind()))
}

#[tokio::test]
async fn without_faults_everything_comes_through_both_ways() {
    let (proxy, mut stream) = connect(Way::default()).await;
    let text = vec![7; 1_000_000];
    let (mut read, mut write) = stream.split();
    let mut heard = Vec::new();
    let (said, listened) = tokio::join!(
        async {
            write.write_all(&text).await?;
            write.shutdown().await
        },
        read.read_to_end(&mut heard)
    );
    said.unwrap();
    listened.unwrap();
    assert!(heard == text);
    assert_eq!(proxy.accepted(), 1);
}

#[tokio::test]
async fn latency_jitter_pauses_bandwidth_and_a_slow_close_take_their_time() {
    let late = Duration::from_millis(120);
    for way in [
        Way { latency: late, ..Way::default() },
        Way { slice: Some(1), pause: late / 4, ..Way::default() },
        Way { bandwidth: Some(40), ..Way::default() },
        Way { slow_close: late, ..Way::default() },
    ] {
        let (_proxy, mut stream) = connect(way).await;
        let began = Instant::now();
        stream.write_all(b"12345").await.unwrap();
        stream.shutdown().await.unwrap();
        let mut heard = Vec::new();
        stream.read_to_end(&mut heard).await.unwrap();
        assert_eq!(heard, b"12345");
        assert!(began.elapsed() >= late, "{way:?}");
    }
}

#[tokio::test]
async fn a_slice_is_as_small_as_asked() {
    let pause = Duration::from_secs(60);
    let (_proxy, mut stream) = connect(Way { slice: Some(2), pause, ..Way::default() }).await;
    stream.write_all(b"12345").await.unwrap();
    let mut buffer = [0; 16];
    assert_eq!(stream.read(&mut buffer).await.unwrap(), 2);
}

#[tokio::test]
async fn a_limit_cuts_exactly_there_with_a_fin_or_an_rst() {
    for (limit, heard) in [(0, ""), (3, "123")] {
        let way = Way { limit: Some(limit), ..Way::default() };
        let (_proxy, mut stream) = connect(Way { cut: Cut::Close, ..way }).await;
        assert_eq!(say(&mut stream, b"12345").await, (heard.into(), None));
        let (_proxy, mut stream) = connect(Way { cut: Cut::Reset, ..way }).await;
        assert_eq!(say(&mut stream, b"12345").await.1, Some(ErrorKind::ConnectionReset));
    }
}

#[tokio::test]
async fn a_black_hole_is_silent_until_it_is_mended() {
    let hole = Way { limit: Some(0), cut: Cut::BlackHole, ..Way::default() };
    let (proxy, mut stream) = connect(hole).await;
    stream.write_all(b"12345").await.unwrap();
    let mut buffer = [0; 5];
    let silence = timeout(Duration::from_millis(100), stream.read_exact(&mut buffer)).await;
    assert!(silence.is_err());
    proxy.set(Faults::default());
    stream.read_exact(&mut buffer).await.unwrap();
    assert_eq!(&buffer, b"12345");
}

#[test]
fn faults_are_written_as_words() {
    let faults: Faults =
        "down latency=200 jitter=50 limit=10 cut=reset up bandwidth=1000 slice=1".parse().unwrap();
    assert_eq!(faults.up, Way { bandwidth: Some(1000), slice: Some(1), ..Way::default() });
    let down = Way {
        latency: Duration::from_millis(200),
        jitter: Duration::from_millis(50),
        limit: Some(10),
        cut: Cut::Reset,
        ..Way::default()
    };
    assert_eq!(faults.down, down);
    assert_eq!("".parse(), Ok(Faults::default()));
    for line in ["latency=1", "down latency", "down latency=-1", "down cut=off", "down speed=1"] {
        assert!(line.parse::<Faults>().is_err(), "{line}");
    }
}
