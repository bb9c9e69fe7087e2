//! A running simulator and the shortest ways to talk to it.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder};
use sandbox::Sandbox;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

pub(crate) const NUMBER: &str = "31612345678";

/// A running simulator; it stops when this is dropped.
pub(crate) struct Simulator {
    pub(crate) addr: SocketAddr,
    pub(crate) http: reqwest::Client,
    pub(crate) key: &'static str,
    _stop: oneshot::Sender<()>,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn text(&self, member: &str) -> String {
        self.json()[member].as_str().unwrap_or_else(|| panic!("no {member}: {}", self.text)).into()
    }

    /// The id of what was created.
    pub(crate) fn id(&self) -> String {
        assert_eq!(self.status, 201, "{}", self.text);
        self.text("id")
    }

    /// Status, and the one entry of the error envelope.
    pub(crate) fn error(&self) -> (u16, u64, String, Option<String>) {
        let body = self.json();
        let errors = body["errors"].as_array().unwrap();
        assert_eq!((errors.len(), body.as_object().unwrap().len()), (1, 1), "{}", self.text);
        let entry = errors[0].as_object().unwrap();
        assert_eq!(entry.len(), 3, "{}", self.text);
        (
            self.status,
            entry["code"].as_u64().unwrap(),
            entry["description"].as_str().unwrap().to_owned(),
            entry["parameter"].as_str().map(str::to_owned),
        )
    }

    /// The parameters that were complained about, with their codes.
    pub(crate) fn complaints(&self) -> Vec<(u64, String)> {
        assert_eq!(self.status, 422, "{}", self.text);
        let body = self.json();
        let errors = body["errors"].as_array().unwrap().iter();
        let entry =
            |e: &Value| (e["code"].as_u64().unwrap(), e["parameter"].as_str().unwrap().into());
        let mut complaints: Vec<_> = errors.map(entry).collect();
        complaints.sort();
        complaints
    }
}

/// What [`Answer::error`] gives for a refused token.
pub(crate) fn token_error(description: &str) -> (u16, u64, String, Option<String>) {
    (422, 10, description.to_owned(), Some("token".to_owned()))
}

/// What [`Answer::error`] gives for a verification that is not there.
pub(crate) fn not_found() -> (u16, u64, String, Option<String>) {
    (404, 20, "Verify object could not be found".to_owned(), None)
}

pub(crate) async fn send(request: RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Answer { status, headers, text: response.text().await.unwrap() }
}

impl Simulator {
    pub(crate) async fn start() -> Self {
        Self::start_with(|sandbox| sandbox).await
    }

    pub(crate) async fn start_with(change: impl FnOnce(Sandbox) -> Sandbox) -> Self {
        let sandbox = change(Sandbox::bind("127.0.0.1:0".parse().unwrap()).unwrap());
        let addr = sandbox.addr();
        let (stop, stopped) = oneshot::channel::<()>();
        actix_web::rt::spawn(sandbox.run_until(async {
            let _ = stopped.await;
        }));
        let _already_there = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(20))
            .build()
            .unwrap();
        Self { addr, http, key: "live_any", _stop: stop }
    }

    /// The same simulator, called with another key.
    pub(crate) fn with_key(mut self, key: &'static str) -> Self {
        self.key = key;
        self
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addr)
    }

    /// A call of the provider's API, with the key.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let key = format!("AccessKey {}", self.key);
        self.http.request(method, self.url(path)).header("Authorization", key)
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        send(self.request(Method::GET, path)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        send(self.request(Method::DELETE, path)).await
    }

    pub(crate) async fn create(&self, body: Value) -> Answer {
        send(self.request(Method::POST, "/verify").json(&body)).await
    }

    /// Places a call that may be tried five times within ten minutes; gives its id and code.
    pub(crate) async fn call(&self) -> (String, String) {
        let body = json!({ "recipient": NUMBER, "type": "tts", "timeout": 600, "maxAttempts": 5 });
        let id = self.create(body).await.id();
        let code = self.newest(NUMBER).await["code"].as_str().unwrap().to_owned();
        (id, code)
    }

    pub(crate) async fn check(&self, id: &str, token: &str) -> Answer {
        send(self.request(Method::GET, &format!("/verify/{id}")).query(&[("token", token)])).await
    }

    pub(crate) async fn view(&self, id: &str) -> Answer {
        self.get(&format!("/verify/{id}")).await
    }

    /// The `status` of a verification.
    pub(crate) async fn status(&self, id: &str) -> String {
        self.view(id).await.text("status")
    }

    /// The delivery status of the call or message behind a verification.
    pub(crate) async fn delivery(&self, created: &Answer) -> String {
        let href = created.json()["messages"]["href"].as_str().unwrap().to_owned();
        let path = href.strip_prefix(&self.url("")).unwrap().to_owned();
        let object = self.get(&path).await.json();
        object["recipients"]["items"][0]["status"].as_str().unwrap().to_owned()
    }

    /// A call of the simulator's own endpoints, without a key.
    pub(crate) async fn own(&self, method: Method, path: &str, body: Value) -> Answer {
        let request = self.http.request(method, self.url(path));
        send(if body.is_null() { request } else { request.json(&body) }).await
    }

    /// What is on the phone, newest first.
    pub(crate) async fn phone(&self, recipient: &str) -> Vec<Value> {
        let path = format!("/phone/messages?recipient={recipient}");
        self.own(Method::GET, &path, Value::Null).await.json().as_array().unwrap().clone()
    }

    pub(crate) async fn newest(&self, recipient: &str) -> Value {
        self.phone(recipient).await.into_iter().next().expect("something on the phone")
    }

    /// Waits until something reaches a number's phone.
    pub(crate) async fn rings(&self, recipient: &str) -> Value {
        loop {
            if let Some(entry) = self.phone(recipient).await.into_iter().next() {
                return entry;
            }
        }
    }

    pub(crate) async fn advance(&self, seconds: u64) {
        let answer =
            self.own(Method::POST, "/phone/clock", json!({ "advance_seconds": seconds })).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }

    pub(crate) async fn fault(&self, fault: Value) {
        let answer = self.own(Method::PUT, "/phone/faults", fault).await;
        assert_eq!(answer.status, 204, "{}", answer.text);
    }

    pub(crate) async fn next_code(&self, code: &str) {
        let answer = self.own(Method::PUT, "/phone/next-code", json!({ "code": code })).await;
        assert_eq!(answer.status, 204, "{}", answer.text);
    }

    /// Sends a `POST /verify` over a bare socket and reads until the connection ends: the bytes
    /// that came, and how it ended.
    pub(crate) async fn create_over_socket(&self) -> (Vec<u8>, std::io::Result<()>) {
        let body = json!({ "recipient": NUMBER, "type": "tts" }).to_string();
        let head = format!(
            "POST /verify HTTP/1.1\r\nHost: {}\r\nAuthorization: AccessKey live\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            self.addr,
            body.len()
        );
        let mut socket = TcpStream::connect(self.addr).await.unwrap();
        socket.write_all((head + &body).as_bytes()).await.unwrap();
        let mut bytes = Vec::new();
        let end = tokio::time::timeout(Duration::from_secs(10), socket.read_to_end(&mut bytes));
        let end = end.await.expect("the connection ends");
        (bytes, end.map(|_| ()))
    }
}
