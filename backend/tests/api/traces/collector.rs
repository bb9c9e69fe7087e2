//! A collector in the test's own process: it takes OTLP over HTTP as any other would, decodes the protobuf,
//! and keeps what it got.

use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use std::collections::BTreeMap;
use std::future::pending;
use std::sync::{Arc, Mutex};

/// What a collector does with what it is sent.
#[derive(Clone, Copy, PartialEq)]
pub enum Manner {
    Takes,
    Refuses,
    /// It takes the connection and the request, and never answers.
    Hangs,
}

pub struct Collector {
    pub address: String,
    pub(super) got: Arc<Mutex<Got>>,
}

/// What arrived so far.
#[derive(Default)]
pub(super) struct Got {
    requests: Vec<ExportTraceServiceRequest>,
    bytes: Vec<u8>,
    heads: Vec<String>,
}

impl Collector {
    pub fn start(manner: Manner) -> Self {
        let got = Arc::new(Mutex::new(Got::default()));
        let shared = Data::from(Arc::clone(&got));
        let server = HttpServer::new(move || {
            let take = move |request: HttpRequest, got: Data<Mutex<Got>>, body: Bytes| async move {
                take(manner, &request, &got, &body).await
            };
            App::new().app_data(Data::clone(&shared)).default_service(web::to(take))
        });
        let server = server.workers(1).shutdown_timeout(0).bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", server.addrs()[0]);
        actix_web::rt::spawn(server.run());
        Self { address, got }
    }

    /// Everything that was sent, as it was sent.
    pub fn bytes(&self) -> Vec<u8> {
        self.got.lock().unwrap().bytes.clone()
    }

    /// The heads of the requests.
    pub fn heads(&self) -> Vec<String> {
        self.got.lock().unwrap().heads.clone()
    }

    /// The attributes of whoever sent the spans.
    pub fn resource(&self) -> BTreeMap<String, String> {
        let got = self.got.lock().unwrap();
        let spans = got.requests.iter().flat_map(|request| &request.resource_spans).next();
        texts(&spans.unwrap().resource.as_ref().unwrap().attributes)
    }

    /// The spans, by when they began.
    pub fn spans(&self) -> Vec<Seen> {
        let got = self.got.lock().unwrap();
        let resources = got.requests.iter().flat_map(|request| &request.resource_spans);
        let spans = resources.flat_map(|resource| &resource.scope_spans);
        let mut spans: Vec<_> = spans.flat_map(|scope| &scope.spans).map(Seen::of).collect();
        spans.sort_by_key(|span| span.began);
        spans
    }
}

async fn take(
    manner: Manner,
    request: &HttpRequest,
    got: &Mutex<Got>,
    body: &[u8],
) -> HttpResponse {
    {
        let mut got = got.lock().unwrap();
        got.heads.push(format!("{} {} {:?}", request.method(), request.path(), request.headers()));
        got.bytes.extend(body);
        got.requests.push(ExportTraceServiceRequest::decode(body).unwrap());
    }
    match manner {
        Manner::Takes => HttpResponse::Ok().content_type("application/x-protobuf").finish(),
        Manner::Refuses => HttpResponse::Forbidden().finish(),
        Manner::Hangs => pending().await,
    }
}

/// A span as it arrived.
#[derive(Debug, Clone)]
pub struct Seen {
    pub name: String,
    pub trace: String,
    pub id: String,
    pub parent: String,
    /// As OTLP numbers them: 1 internal, 2 server, 3 client.
    pub kind: i32,
    pub is_error: bool,
    pub attributes: BTreeMap<String, String>,
    began: u64,
}

impl Seen {
    fn of(span: &Span) -> Self {
        assert!(span.events.is_empty() && span.links.is_empty() && span.trace_state.is_empty());
        assert!(span.start_time_unix_nano <= span.end_time_unix_nano);
        Self {
            name: span.name.clone(),
            trace: hex(&span.trace_id),
            id: hex(&span.span_id),
            parent: hex(&span.parent_span_id),
            kind: span.kind,
            is_error: span.status.as_ref().is_some_and(|status| status.code == 2),
            attributes: texts(&span.attributes),
            began: span.start_time_unix_nano,
        }
    }

    pub fn attribute(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn texts(attributes: &[KeyValue]) -> BTreeMap<String, String> {
    let text = |value: &Option<AnyValue>| match value.as_ref().and_then(|it| it.value.as_ref()) {
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::IntValue(number)) => number.to_string(),
        other => panic!("an attribute of another kind: {other:?}"),
    };
    attributes.iter().map(|it| (it.key.clone(), text(&it.value))).collect()
}
