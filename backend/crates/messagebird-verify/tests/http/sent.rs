//! What leaves this machine, byte for byte.

use messagebird_verify::{BuildError, Client, Error, MessageRef, NotSent, SecretString, Url};

use crate::fake::{Act, Fake, json};
use crate::*;

fn first_line(request: &str) -> &str {
    request.lines().next().unwrap()
}

fn header<'a>(request: &'a str, name: &str) -> Vec<&'a str> {
    let head = request.split("\r\n\r\n").next().unwrap();
    head.lines()
        .skip(1)
        .filter_map(|line| line.split_once(": "))
        .filter(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
        .collect()
}

#[tokio::test]
async fn a_create_is_one_post_with_the_key_and_a_json_body() {
    let fake = Fake::start([Act::Reply(json(201, &object("sent")))]).await;
    client(&fake).create(&call()).await.unwrap();

    let requests = fake.requests();
    assert_eq!(requests.len(), 1);
    let request = &requests[0];
    assert_eq!(first_line(request), "POST /verify HTTP/1.1");
    for (name, value) in [
        ("authorization", "AccessKey live_canarykey0123456789"),
        ("accept", "application/json"),
        ("accept-encoding", "identity"),
        ("content-type", "application/json"),
        ("user-agent", concat!("ringproof/", env!("CARGO_PKG_VERSION"))),
        ("host", fake.url.authority()),
    ] {
        assert_eq!(header(request, name), [value], "{name}");
    }
    let body = request.split("\r\n\r\n").nth(1).unwrap();
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(
        body,
        serde_json::json!({
            "recipient": RECIPIENT, "originator": "31201234567", "reference": "canaryreference",
            "type": "tts", "template": "Uw code is %token", "timeout": 600, "tokenLength": 6,
            "maxAttempts": 5, "language": "nl-nl", "voice": "female",
        })
    );
}

#[tokio::test]
async fn every_operation_has_its_own_method_and_path() {
    let delivery = r#"{"recipients":{"items":[{"status":"calling"}]}}"#;
    let fake = Fake::start([
        Act::Reply(json(200, &object("sent"))),
        Act::Reply(json(200, &object("verified"))),
        Act::Reply(json(200, delivery)),
        Act::Reply(json(200, delivery)),
        Act::Reply(
            b"HTTP/1.1 204 No Content\r\nContent-Type: text/html; charset=UTF-8\r\n\r\n".to_vec(),
        ),
    ])
    .await;
    let client = client(&fake);
    client.view(&id()).await.unwrap();
    client.check(&id(), TOKEN).await.unwrap();
    client.delivery(&MessageRef::Voice(message_id())).await.unwrap();
    client.delivery(&MessageRef::Sms(message_id())).await.unwrap();
    client.delete(&id()).await.unwrap();

    let requests = fake.requests();
    let lines: Vec<_> = requests.iter().map(|request| first_line(request)).collect();
    assert_eq!(
        lines,
        [
            format!("GET /verify/{ID} HTTP/1.1"),
            format!("GET /verify/{ID}?token={TOKEN} HTTP/1.1"),
            format!("GET /voicemessages/{MESSAGE_ID} HTTP/1.1"),
            format!("GET /messages/{MESSAGE_ID} HTTP/1.1"),
            format!("DELETE /verify/{ID} HTTP/1.1"),
        ]
    );
    assert_eq!(fake.connections(), 1, "answers are read whole, so the connection is used again");
}

#[tokio::test]
async fn a_path_prefix_of_the_base_address_is_kept_with_or_without_a_slash() {
    let fake = Fake::start([
        Act::Reply(json(200, &object("sent"))),
        Act::Reply(json(200, &object("sent"))),
    ])
    .await;
    for prefix in ["mock/v1", "mock/v1/"] {
        let client = Client::new(config(&fake.url.join(prefix).unwrap())).unwrap();
        client.view(&id()).await.unwrap();
    }
    for request in fake.requests() {
        assert_eq!(first_line(&request), format!("GET /mock/v1/verify/{ID} HTTP/1.1"));
    }
}

#[tokio::test]
async fn a_token_that_could_alter_the_address_or_reads_as_a_view_is_never_sent() {
    let fake = Fake::start([]).await;
    let client = client(&fake);
    for token in [
        "",
        " ",
        "12 456",
        "123456&_method=DELETE",
        "1#2",
        "1?2",
        "../..",
        "%31",
        "-1",
        "1.5",
        "12345678901",
        "\u{0661}\u{0662}\u{0663}\u{0664}\u{0665}\u{0666}",
        "123456\n",
    ] {
        let error = client.check(&id(), token).await.unwrap_err();
        assert!(matches!(error, Error::NotSent(NotSent::Malformed)), "{error}");
    }
    assert_eq!(fake.connections(), 0);
}

#[tokio::test]
async fn a_token_stays_text_so_its_leading_zeros_stay() {
    let fake = Fake::start([Act::Reply(json(200, &object("verified")))]).await;
    client(&fake).check(&id(), "000007").await.unwrap();
    assert!(fake.requests()[0].starts_with(&format!("GET /verify/{ID}?token=000007 ")));
}

#[test]
fn an_address_or_key_that_cannot_work_is_refused_before_anything_else() {
    for address in [
        "ftp://rest.messagebird.com",
        "mailto:a@b.example",
        "https://user@rest.messagebird.com",
        "https://:password@rest.messagebird.com",
        "https://rest.messagebird.com/?access_key=x",
        "https://rest.messagebird.com/#x",
    ] {
        let url: Url = address.parse().unwrap();
        assert!(matches!(Client::new(config(&url)), Err(BuildError::BaseUrl)), "{address}");
    }
    let url: Url = "https://rest.messagebird.com".parse().unwrap();
    for key in ["", "with space", "new\nline", "caf\u{e9}"] {
        let config = ClientConfig::new(url.clone(), SecretString::from(key));
        let error = Client::new(config).unwrap_err();
        assert!(matches!(error, BuildError::Credentials));
        assert!(key.is_empty() || !format!("{error} {error:?}").contains(key));
    }
    assert!(Client::new(config(&url)).is_ok());
}
