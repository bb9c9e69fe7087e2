//! What holds whichever provider is asked: the clock of connecting ends first, and each worker keeps its own
//! connections.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on fails; the lint's own exception does not see helper functions"
)]

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use provider_http::{
    Answers, Error, Exchange, HeaderValue, Limits, Method, Name, NotSent, Reading, Request,
    Resolve, Resolver, Resolving, Settings, Unknown,
};
use tokio::runtime::Builder;

/// A provider that says yes with 200 and knows nothing else.
struct Plain;

impl Answers for Plain {
    type Refusal = u16;

    fn name(&self) -> &'static str {
        "read"
    }

    fn judge(&self, status: u16, _wait: Option<Duration>) -> Result<Reading, Error<u16>> {
        match status {
            200 => Ok(Reading::Object),
            _ => Err(Error::Unknown(Unknown::Status(status))),
        }
    }

    fn refusal(&self, status: u16, _body: &[u8]) -> u16 {
        status
    }
}

fn settings(base_url: &str) -> Settings {
    Settings {
        base_url: base_url.parse().unwrap(),
        authorization: HeaderValue::from_static("Basic eA=="),
        limits: Limits {
            connect: Duration::from_millis(300),
            first_byte: Duration::from_secs(8),
            total: Duration::from_secs(10),
            body: 1024,
        },
        extra_roots: Vec::new(),
        resolver: None,
    }
}

async fn send(exchange: &Exchange, within: Duration) -> Result<Vec<u8>, Error<u16>> {
    let request = Request::of(Method::GET, "/".to_owned());
    exchange.send(request, exchange.within(within), &Plain, |body| Ok(body.to_vec())).await
}

/// Never finds an address.
struct Undecided;

impl Resolve for Undecided {
    fn resolve(&self, _name: Name) -> Resolving {
        Box::pin(std::future::pending())
    }
}

#[tokio::test]
async fn a_total_that_runs_out_while_connecting_is_not_sent() {
    let resolver = Some(Resolver(Arc::new(Undecided)));
    let exchange =
        Exchange::new(Settings { resolver, ..settings("http://provider.test") }).unwrap();
    for left in [Duration::ZERO, Duration::from_millis(1), Duration::from_millis(300)] {
        let error = send(&exchange, left).await.unwrap_err();
        assert!(matches!(error, Error::NotSent(NotSent::ConnectTimeout(_))), "{error:?}");
    }
}

#[test]
fn the_connections_of_a_worker_survive_the_end_of_another() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&connections);
    thread::spawn(move || {
        for stream in listener.incoming() {
            counted.fetch_add(1, Ordering::SeqCst);
            let mut stream = stream.unwrap();
            thread::spawn(move || {
                let mut request = [0; 1024];
                while stream.read(&mut request).is_ok_and(|read| read > 0) {
                    stream.write_all(b"HTTP/1.1 200 X\r\nContent-Length: 2\r\n\r\n{}").unwrap();
                }
            });
        }
    });
    let exchange = Exchange::new(settings(&url)).unwrap();
    let worker = || Builder::new_current_thread().enable_all().build().unwrap();
    let ask = async || assert_eq!(send(&exchange, Duration::MAX).await.unwrap(), b"{}");

    let stays = worker();
    stays.block_on(ask());
    // The other worker has asked, too, and ends with its connections.
    thread::scope(|scope| {
        scope.spawn(|| worker().block_on(ask()));
    });
    assert_eq!(connections.load(Ordering::SeqCst), 2, "each worker has its own");
    for _ in 0..3 {
        stays.block_on(ask());
    }
    assert_eq!(connections.load(Ordering::SeqCst), 2, "and goes on with it");
}
