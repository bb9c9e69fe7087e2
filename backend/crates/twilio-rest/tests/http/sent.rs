//! What leaves this machine, byte for byte, and what is made of a yes.

use twilio_rest::{
    AnsweredBy, BuildError, CallStatus, Client, End, MessageStatus, SecretString, Url,
};

use crate::fake::{Act, Fake, json, with_headers};
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

fn form(request: &str) -> Vec<(String, String)> {
    serde_urlencoded::from_str(request.split("\r\n\r\n").nth(1).unwrap()).unwrap()
}

fn pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<(String, String)> {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[tokio::test]
async fn a_call_is_one_post_with_the_credentials_and_a_form() {
    let fake = Fake::start([Act::Reply(json(201, &object("queued")))]).await;
    let state = client(&fake).call(&call()).await.unwrap();
    assert_eq!((state.id, state.status, state.answered_by), (id(), CallStatus::Queued, None));

    let requests = fake.requests();
    assert_eq!(requests.len(), 1);
    let request = &requests[0];
    assert_eq!(first_line(request), format!("POST /Accounts/{ACCOUNT}/Calls.json HTTP/1.1"));
    for (name, value) in [
        // base64 of SKcanary0123456789:canarysecret0123456789
        ("authorization", "Basic U0tjYW5hcnkwMTIzNDU2Nzg5OmNhbmFyeXNlY3JldDAxMjM0NTY3ODk="),
        ("accept", "application/json"),
        ("accept-encoding", "identity"),
        ("content-type", "application/x-www-form-urlencoded"),
        ("user-agent", concat!("ringproof/", env!("CARGO_PKG_VERSION"))),
        ("host", fake.url.authority()),
    ] {
        assert_eq!(header(request, name), [value], "{name}");
    }
    assert!(request.contains("To=%2B31600482913"), "a bare + would be a blank");
    let twiml = format!(
        r#"<Response><Say language="nl-NL" loop="2">Uw code is: {SPOKEN}</Say></Response>"#
    );
    assert_eq!(
        form(request),
        pairs([
            ("To", NUMBER),
            ("From", "+31201234567"),
            ("Twiml", &twiml),
            ("Timeout", "45"),
            ("TimeLimit", "120"),
            ("MachineDetection", "Enable"),
        ])
    );
}

#[tokio::test]
async fn what_is_not_asked_for_is_left_to_the_carrier() {
    let fake = Fake::start([Act::Reply(json(200, &object("queued")))]).await;
    let call = Call { ring_seconds: None, talk_seconds: None, detect_machine: false, ..call() };
    client(&fake).call(&call).await.unwrap();
    let names: Vec<_> = form(&fake.requests()[0]).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["To", "From", "Twiml"]);
}

#[tokio::test]
async fn a_message_is_one_post_with_its_text() {
    let fake = Fake::start([Act::Reply(json(201, &object("queued")))]).await;
    let state = client(&fake).message(&message()).await.unwrap();
    assert_eq!((state.id, state.status), (id(), MessageStatus::Queued));
    let request = &fake.requests()[0];
    assert_eq!(first_line(request), format!("POST /Accounts/{ACCOUNT}/Messages.json HTTP/1.1"));
    assert_eq!(
        form(request),
        pairs([
            ("To", NUMBER),
            ("From", "+31201234567"),
            ("Body", "048291 is uw code."),
            ("ValidityPeriod", "600"),
        ])
    );
}

#[tokio::test]
async fn every_operation_has_its_own_method_and_path() {
    let answered = object("in-progress").replace("null,\"price", "\"machine_start\",\"price");
    let fake = Fake::start([
        Act::Reply(json(200, &answered)),
        Act::Reply(json(200, &object("delivered"))),
        Act::Reply(json(200, &object("canceled"))),
        Act::Reply(json(200, &object("completed"))),
    ])
    .await;
    let client = client(&fake);
    let state = client.call_state(&id()).await.unwrap();
    assert_eq!(state.status, CallStatus::InProgress);
    assert_eq!(state.answered_by, Some(AnsweredBy::Machine));
    assert_eq!(client.message_state(&id()).await.unwrap().status, MessageStatus::Delivered);
    client.end_call(&id(), End::Unanswered).await.unwrap();
    client.end_call(&id(), End::Always).await.unwrap();

    let requests = fake.requests();
    let lines: Vec<_> = requests.iter().map(|request| first_line(request)).collect();
    assert_eq!(
        lines,
        [
            format!("GET /Accounts/{ACCOUNT}/Calls/{CALL}.json HTTP/1.1"),
            format!("GET /Accounts/{ACCOUNT}/Messages/{CALL}.json HTTP/1.1"),
            format!("POST /Accounts/{ACCOUNT}/Calls/{CALL}.json HTTP/1.1"),
            format!("POST /Accounts/{ACCOUNT}/Calls/{CALL}.json HTTP/1.1"),
        ]
    );
    assert_eq!(form(&requests[2]), pairs([("Status", "canceled")]));
    assert_eq!(form(&requests[3]), pairs([("Status", "completed")]));
}

#[tokio::test]
async fn a_call_that_is_over_has_ended() {
    let over = json(400, &fault(400, "21220"));
    let fake = Fake::start([
        Act::Reply(over),
        Act::Reply(json(422, r#"{"code":"21220"}"#)),
        Act::Reply(with_headers(204, "", "")),
    ])
    .await;
    let client = client(&fake);
    for _ in 0..3 {
        client.end_call(&id(), End::Unanswered).await.unwrap();
    }
    assert_eq!(fake.requests().len(), 3);
}

#[tokio::test]
async fn a_probe_rings_nobody_and_is_content_with_a_404() {
    let fake = Fake::start([
        Act::Reply(json(404, &fault(404, "20404"))),
        Act::Reply(json(404, r#"{"message":"not found"}"#)),
    ])
    .await;
    let client = client(&fake);
    client.probe().await.unwrap();
    client.probe().await.unwrap();
    for request in fake.requests() {
        let line = format!("GET /Accounts/{ACCOUNT}/Calls/CA{}.json HTTP/1.1", "0".repeat(32));
        assert_eq!(first_line(&request), line);
    }
}

#[tokio::test]
async fn a_sid_of_another_shape_and_a_new_word_are_no_trouble() {
    let body = r#"{"sid":"2f5b9c1e-0d3a-4c62-9d4e-5a2f6a0f6b1c","status":"answered-elsewhere"}"#;
    let fake = Fake::start([Act::Reply(json(200, body))]).await;
    let state = client(&fake).call(&call()).await.unwrap();
    assert_eq!(state.id.as_str(), "2f5b9c1e-0d3a-4c62-9d4e-5a2f6a0f6b1c");
    assert_eq!(state.status, CallStatus::Other("answered-elsewhere".to_owned()));
}

#[tokio::test]
async fn a_path_prefix_of_the_base_address_is_kept_with_or_without_a_slash() {
    let replies = [(); 2].map(|()| Act::Reply(json(200, &object("ringing"))));
    let fake = Fake::start(replies).await;
    for prefix in ["2010-04-01", "2010-04-01/"] {
        let client = Client::new(config(&fake.url.join(prefix).unwrap())).unwrap();
        client.call_state(&id()).await.unwrap();
    }
    for request in fake.requests() {
        let line = format!("GET /2010-04-01/Accounts/{ACCOUNT}/Calls/{CALL}.json HTTP/1.1");
        assert_eq!(first_line(&request), line);
    }
}

#[test]
fn a_sid_that_could_alter_the_address_is_none() {
    for odd in ["", "../Calls", "a/b", "a?b", "a#b", "a b", "%41", "ä", &"a".repeat(65)] {
        assert!(Sid::parse(odd).is_err(), "{odd}");
    }
}

#[test]
fn an_address_account_or_credential_that_cannot_work_is_refused_before_anything_else() {
    for address in [
        "ftp://api.twilio.com/2010-04-01",
        "https://user@api.twilio.com",
        "https://api.twilio.com/?x=1",
        "https://api.twilio.com/#x",
    ] {
        let url: Url = address.parse().unwrap();
        assert!(matches!(Client::new(config(&url)), Err(BuildError::BaseUrl)), "{address}");
    }
    let url: Url = "https://api.twilio.com/2010-04-01".parse().unwrap();
    for odd in ["", "with space", "new\nline", "caf\u{e9}", "a/b"] {
        let config = ClientConfig { account_sid: odd.to_owned(), ..config(&url) };
        assert!(matches!(Client::new(config), Err(BuildError::Account)), "{odd}");
    }
    for odd in ["", "with space", "new\nline", "caf\u{e9}"] {
        let wrong_key = ClientConfig { api_key: odd.to_owned(), ..config(&url) };
        let wrong_secret = ClientConfig { api_secret: SecretString::from(odd), ..config(&url) };
        for config in [wrong_key, wrong_secret] {
            let error = Client::new(config).unwrap_err();
            assert!(matches!(error, BuildError::Credentials));
            assert!(odd.is_empty() || !format!("{error} {error:?}").contains(odd));
        }
    }
    let colon = ClientConfig { api_key: "SK:x".to_owned(), ..config(&url) };
    assert!(matches!(Client::new(colon), Err(BuildError::Credentials)));
    assert!(Client::new(config(&url)).is_ok());
}
