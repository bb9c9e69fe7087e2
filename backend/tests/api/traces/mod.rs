//! Traces, as a collector gets them: their shape, whose trace they continue, what is never in them, and that
//! nobody waits for a collector.

mod collector;

use self::collector::{Collector, Manner, Seen};
use crate::callers::{self, SHOP};
use crate::fake::{Act, Fake, json as reply};
use crate::helpers::{Answer, Provider, client, send};
use crate::privacy;
use crate::servers::Server;
use crate::serving::Serving;
use reqwest::RequestBuilder;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const NUMBER: &str = "+12025550188";
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

/// A service whose spans go to this collector.
fn traced(provider: &str, collector: &Collector, vars: &[(&str, &str)]) -> Serving {
    let endpoint = [("OTEL_EXPORTER_OTLP_ENDPOINT", collector.address.as_str())];
    Serving::start(provider, &[&endpoint, vars].concat())
}

fn start(service: &Serving, number: &str) -> RequestBuilder {
    let body = json!({ "phone_number": number });
    client().post(format!("{}/verifications", service.address)).json(&body)
}

async fn check(service: &Serving, id: &str, code: &str) -> Answer {
    let check = client().post(format!("{}/verifications/{id}/check", service.address));
    send(check.json(&json!({ "code": code }))).await
}

/// Each trace as lines: what is within what, in the order of their beginnings.
fn drawn(spans: &[Seen]) -> Vec<Vec<String>> {
    fn draw(of: &Seen, depth: usize, spans: &[Seen], lines: &mut Vec<String>) {
        let failed = if of.is_error { " !" } else { "" };
        lines.push(format!("{}{}{failed}", "  ".repeat(depth), of.name));
        for child in spans.iter().filter(|span| span.trace == of.trace && span.parent == of.id) {
            draw(child, depth + 1, spans, lines);
        }
    }
    let roots = spans.iter().filter(|span| spans.iter().all(|other| other.id != span.parent));
    let drawn = roots.map(|root| {
        let mut lines = Vec::new();
        draw(root, 0, spans, &mut lines);
        lines
    });
    drawn.collect()
}

/// Starts and checks by one provider; returns what the collector got.
async fn start_and_check(providers: &str) -> Collector {
    let (provider, store) = (Provider::start().await, Server::start(&[]));
    let collector = Collector::start(Manner::Takes);
    let url = store.url();
    let vars = [("PROVIDERS", providers), ("REDIS_URL", url.expose_secret())];
    let service = traced(&provider.address, &collector, &vars);
    while send(client().get(format!("{}/readyz", service.address))).await.status != 200 {}
    let id = send(start(&service, NUMBER)).await.id();
    let code = provider.code(NUMBER).await;
    assert_eq!(check(&service, &id, &code).await.status, 200);
    service.stop();
    collector
}

#[actix_web::test]
async fn a_start_and_a_check_are_request_guard_store_and_provider() {
    let collector = start_and_check("messagebird").await;
    assert_eq!(
        drawn(&collector.spans()),
        [
            vec!["POST /verifications", "  guard admit", "    decide redis", "  messagebird start"],
            vec![
                "POST /verifications/{id}/check",
                "  guard take_try",
                "    decide redis",
                "  messagebird check",
                "  guard verified",
                "    decide redis",
            ],
        ]
    );
    let collector = start_and_check("twilio").await;
    assert_eq!(
        drawn(&collector.spans()),
        [
            vec!["POST /verifications", "  guard admit", "    decide redis", "  twilio start"],
            vec!["POST /verifications/{id}/check", "  guard try_own", "    decide redis",],
        ]
    );
}

#[actix_web::test]
async fn spans_are_told_by_the_names_that_the_field_has_for_things() {
    let collector = start_and_check("messagebird").await;
    let spans = collector.spans();
    let of = |name: &str| {
        let span = spans.iter().find(|span| span.name == name).unwrap();
        let port = span.attributes.get("server.port").map(|port| port.parse::<u16>().unwrap());
        assert!(port.is_none_or(|port| port > 0));
        let told = span.attributes.iter().filter(|(name, _)| *name != "server.port");
        (span.kind, told.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>())
    };
    let request = [
        "http.request.method=POST",
        "http.response.status_code=201",
        "http.route=/verifications",
        "ringproof.channel=voice",
        "ringproof.region=US",
    ];
    assert_eq!(of("POST /verifications"), (2, request.map(str::to_owned).to_vec()));
    assert_eq!(of("guard admit"), (1, vec![]));
    let store = ["db.operation.name=decide", "db.system.name=redis"];
    assert_eq!(of("decide redis"), (3, store.map(str::to_owned).to_vec()));
    let provider = [
        "http.request.method=POST",
        "http.response.status_code=201",
        "ringproof.operation=start",
        "server.address=127.0.0.1",
        "service.peer.name=messagebird",
    ];
    assert_eq!(of("messagebird start"), (3, provider.map(str::to_owned).to_vec()));
    let resource = collector.resource();
    assert_eq!(resource["service.name"], "ringproof");
    assert_eq!(resource["service.version"], env!("CARGO_PKG_VERSION"));
    let heads = collector.heads();
    assert!(heads.iter().all(|head| head.starts_with("POST /v1/traces ")), "{heads:?}");
}

#[actix_web::test]
async fn two_providers_that_were_asked_are_two_spans() {
    let (provider, collector) = (Provider::start().await, Collector::start(Manner::Takes));
    let both = ("PROVIDERS", "messagebird,twilio");
    let headers = ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20canary,x-tenant=1");
    let named =
        ("OTEL_RESOURCE_ATTRIBUTES", "service.name=proof,deployment.environment.name=a%20b");
    let service = traced(&provider.address, &collector, &[both, headers, named]);
    let fault = json!({ "provider": "messagebird", "operation": "create", "fault": "http_401" });
    provider.fault(fault).await;
    send(start(&service, NUMBER)).await.id();
    service.stop();
    let spans = collector.spans();
    assert_eq!(
        drawn(&spans),
        [[
            "POST /verifications",
            "  guard admit",
            "    store decide",
            "  messagebird start !",
            "  twilio start"
        ]]
    );
    let refused = spans.iter().find(|span| span.is_error).unwrap();
    assert_eq!(refused.attribute("error.type"), "refused");
    assert_eq!(refused.attribute("http.response.status_code"), "401");
    let resource = collector.resource();
    assert_eq!(resource["service.name"], "proof");
    assert_eq!(resource["deployment.environment.name"], "a b");
    let head = collector.heads().remove(0);
    assert!(head.contains("Bearer canary") && head.contains("x-tenant"), "{head}");
}

#[actix_web::test]
async fn a_limit_that_refuses_is_named() {
    let (provider, collector) = (Provider::start().await, Collector::start(Manner::Takes));
    let service = traced(&provider.address, &collector, &[("GUARD_NUMBER_LIMITS", "1/1h")]);
    for status in [201, 429] {
        assert_eq!(send(start(&service, NUMBER)).await.status, status);
    }
    service.stop();
    let spans = collector.spans();
    let admit: Vec<_> = spans.iter().filter(|span| span.name == "guard admit").collect();
    let rules = admit.iter().map(|span| span.attribute("ringproof.rule"));
    assert_eq!(rules.collect::<Vec<_>>(), ["", "Number"]);
    let refused = spans.iter().find(|span| span.attribute("http.response.status_code") == "429");
    let refused = refused.unwrap();
    assert_eq!(refused.attribute("ringproof.problem"), "rate_limited");
    assert!(
        !refused.is_error && refused.attribute("error.type").is_empty(),
        "it is no fault of ours"
    );
}

/// The one line of a request to start.
fn line_of_start(lines: &[Value]) -> &Value {
    let is_start =
        |line: &&Value| line["message"] == "request" && line["route"] == "/verifications";
    lines.iter().find(is_start).unwrap()
}

/// Starts once with these headers, at a sampler that follows callers and begins no trace of its own.
async fn started(headers: &[(&str, &str)], vars: &[(&str, &str)]) -> (Vec<Seen>, Vec<Value>) {
    let (provider, collector) = (Provider::start().await, Collector::start(Manner::Takes));
    let entries = callers::entries();
    let vars = [&[("CALLERS", entries.as_str())], vars].concat();
    let service = traced(&provider.address, &collector, &vars);
    let request = start(&service, NUMBER);
    let request =
        headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    send(request).await.id();
    let lines = service.stop();
    (collector.spans(), lines)
}

#[actix_web::test]
async fn the_trace_of_a_caller_with_a_key_goes_on() {
    let (key, parent) = (format!("Bearer {SHOP}"), format!("00-{TRACE}-{PARENT}-01"));
    let only_callers = ("OTEL_TRACES_SAMPLER", "parentbased_always_off");
    let headers = [
        ("authorization", key.as_str()),
        ("traceparent", &parent),
        ("tracestate", "canary=canary"),
        ("baggage", "canary=canary"),
        ("x-request-id", "order-4711"),
    ];
    let more = ("RUST_LOG", "info,provider_http=debug");
    let (spans, lines) = started(&headers, &[only_callers, more]).await;
    assert_eq!(spans[0].name, "POST /verifications");
    assert_eq!((spans[0].trace.as_str(), spans[0].parent.as_str()), (TRACE, PARENT));
    assert_eq!(spans[0].attribute("ringproof.caller"), "shop");
    let line = line_of_start(&lines);
    assert_eq!((&line["trace_id"], &line["span_id"]), (&json!(TRACE), &json!(spans[0].id)));
    assert_eq!(line["caller_request_id"], "order-4711");
    assert_ne!(line["request_id"], "order-4711");
    // What is logged on the way belongs to it, too.
    let within = lines.iter().find(|line| line["target"] == "audit").unwrap();
    assert_eq!(within["span"]["trace_id"], TRACE);
    assert_eq!(within["span"]["request_id"], line["request_id"]);

    let unsampled = parent.replace("-01", "-00");
    let headers = [("authorization", key.as_str()), ("traceparent", &unsampled)];
    let (spans, lines) = started(&headers, &[]).await;
    assert!(spans.is_empty(), "the caller does not send it, so neither do we: {spans:?}");
    assert_eq!(line_of_start(&lines)["trace_id"], TRACE, "but whoever searches finds it");
    let (spans, _) = started(&headers, &[("OTEL_PROPAGATORS", "none")]).await;
    assert_ne!(spans[0].trace, TRACE);
    for id in ["12025550188", "a b", "a/b", &"a".repeat(65)] {
        let headers = [("authorization", key.as_str()), ("x-request-id", id)];
        let (_, lines) = started(&headers, &[]).await;
        assert_eq!(line_of_start(&lines)["caller_request_id"], Value::Null, "{id}");
    }
}

#[actix_web::test]
async fn nobody_else_decides_which_traces_are_sent_or_which_trace_they_are_part_of() {
    let parent = format!("00-{TRACE}-{PARENT}-01");
    let nobodys = format!("Basic {SHOP}");
    let headers =
        [("traceparent", parent.as_str()), ("x-request-id", "canary"), ("authorization", &nobodys)];
    let (spans, lines) =
        started(&headers, &[("OTEL_TRACES_SAMPLER", "parentbased_always_off")]).await;
    assert!(spans.is_empty(), "{spans:?}");
    let line = line_of_start(&lines);
    assert_ne!(line["trace_id"], TRACE);
    assert_eq!(line["caller_request_id"], Value::Null);
    let (spans, _) = started(&headers, &[]).await;
    assert!(!spans.is_empty() && spans.iter().all(|span| span.trace != TRACE), "{spans:?}");
}

#[actix_web::test]
async fn carriers_are_told_of_no_trace() {
    let verify = r#"{"id":"0123456789abcdef0123456789abcdef","status":"sent"}"#;
    let fake = Fake::start([Act::Reply(reply(401, "{}")), Act::Reply(reply(201, verify))]).await;
    let collector = Collector::start(Manner::Takes);
    let both = ("PROVIDERS", "messagebird,twilio");
    let service = traced(fake.url.as_str().trim_end_matches('/'), &collector, &[both]);
    let request = start(&service, NUMBER).header("traceparent", format!("00-{TRACE}-{PARENT}-01"));
    send(request.header("tracestate", "a=b").header("baggage", "a=b")).await;
    service.stop();
    let asked = fake.requests();
    assert_eq!(asked.len(), 2, "each carrier once: {asked:?}");
    let spans = collector.spans();
    for request in asked {
        for word in ["traceparent", "tracestate", "baggage", TRACE, &spans[0].trace] {
            assert!(!request.to_lowercase().contains(word), "{word}: {request}");
        }
    }
}

#[actix_web::test]
async fn canaries_are_found_in_no_span() {
    let (provider, collector) = (Provider::start().await, Collector::start(Manner::Takes));
    let service = traced(&provider.address, &collector, &[("RUST_LOG", "trace")]);
    let mut secrets = privacy::walk_every_path(&provider, &service.address).await;
    let odd = reqwest::Method::from_bytes(NUMBER.trim_start_matches('+').as_bytes()).unwrap();
    send(client().request(odd, format!("{}/{NUMBER}?{NUMBER}", service.address))).await;
    service.stop();
    let spans = collector.spans();
    for name in ["POST /verifications/{id}/check", "messagebird check", "POST /receipts/redeem"] {
        assert!(spans.iter().any(|span| span.name == name), "{name}");
    }
    assert!(spans.iter().any(|span| span.name == "HTTP"), "the method that there is not");
    let sent = collector.bytes();
    let heads = collector.heads().concat();
    secrets.extend(privacy::CANARIES.map(str::to_owned));
    for secret in secrets {
        let found = sent.windows(secret.len()).any(|part| part == secret.as_bytes());
        assert!(!found && !heads.contains(&secret), "{secret}");
    }
}

#[actix_web::test]
async fn what_nobody_asked_for_is_no_trace() {
    let (provider, collector) = (Provider::start().await, Collector::start(Manner::Takes));
    let quiet = ("RUST_LOG", "off,ringproof::startup=info");
    let service = traced(&provider.address, &collector, &[quiet]);
    for url in ["/livez", "/readyz"].map(|path| format!("{}{path}", service.address)) {
        assert_eq!(send(client().get(url)).await.status, 200);
    }
    assert_eq!(send(client().get(format!("{}/metrics", service.ops))).await.status, 200);
    assert_eq!(send(client().get(format!("{}/config", service.address))).await.status, 200);
    // The log is off, not the traces.
    service.stop();
    assert_eq!(drawn(&collector.spans()), [["GET /config"]]);
}

async fn lost(service: &Serving, reason: &str) -> u64 {
    let text = send(client().get(format!("{}/metrics", service.ops))).await.text;
    let series = format!("otel_spans_lost_total{{reason=\"{reason}\"}} ");
    text.lines().find_map(|line| line.strip_prefix(&series)?.parse().ok()).unwrap()
}

#[actix_web::test]
async fn a_collector_that_hangs_costs_spans_and_nothing_else() {
    let (provider, collector) = (Provider::start().await, Collector::start(Manner::Hangs));
    let small = [
        ("OTEL_BSP_MAX_QUEUE_SIZE", "4"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "1"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "60000"),
    ];
    let service = traced(&provider.address, &collector, &small);
    // The first span is being sent for a minute, four wait, and there is no room for more.
    let ask = async || send(client().get(format!("{}/config", service.address))).await.status;
    assert_eq!(ask().await, 200);
    while collector.heads().is_empty() {
        actix_web::rt::task::yield_now().await;
    }
    for _ in 0..100 {
        assert_eq!(ask().await, 200);
    }
    assert_eq!(collector.heads().len(), 1, "all were answered while the first span was being sent");
    assert_eq!(lost(&service, "queue_full").await, 96);
    let stopping = Instant::now();
    let lines = service.stop();
    assert!(stopping.elapsed() < Duration::from_secs(5), "{:?}", stopping.elapsed());
    let told = "the collector did not take the last spans in time";
    assert!(lines.iter().any(|line| line["message"] == told), "{lines:?}");
}

#[actix_web::test]
async fn a_collector_that_refuses_or_is_not_there_is_told_of_once() {
    let provider = Provider::start().await;
    let refusing = Collector::start(Manner::Refuses);
    let nobody =
        Collector { address: "http://127.0.0.1:9".into(), ..Collector::start(Manner::Takes) };
    for collector in [refusing, nobody] {
        let soon = [("OTEL_BSP_SCHEDULE_DELAY", "1"), ("OTEL_EXPORTER_OTLP_TIMEOUT", "50")];
        let service = traced(&provider.address, &collector, &soon);
        for asked in 1..=3 {
            let config = client().get(format!("{}/config", service.address));
            assert_eq!(send(config).await.status, 200);
            while lost(&service, "export_failed").await < asked {}
        }
        let lines = service.stop();
        let told =
            |line: &&Value| line["message"] == "the collector does not take spans: they are lost";
        assert_eq!(lines.iter().filter(told).count(), 1, "{lines:?}");
    }
}
