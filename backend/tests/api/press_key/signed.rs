//! Which requests are a carrier's: signed for the address that stood in the call, about its account and number.

use super::{Carrier, NUMBER, PATH, PUBLIC, Press, TOKEN, assert_not_there, called, said};
use crate::callers;
use crate::helpers::{TestApp, client, send};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json as object;
use verification::Keyring;

#[actix_web::test]
async fn what_is_not_signed_for_this_address_this_account_and_this_number_is_not_there() {
    let (_carrier, app, _, sealed) = called(&["queued"], &[]).await;
    let press = Press::of(&sealed);
    let at = |url: String| Press { url, ..press.clone() };
    let signed_as = |other: &Press| {
        let form = serde_urlencoded::to_string(&press.fields).unwrap();
        let request = app.request(reqwest::Method::POST, &format!("{PATH}{sealed}"));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        send(request.header("x-twilio-signature", other.signature()).body(form))
    };
    for other in [
        Press { token: "another_token", ..press.clone() },
        at(format!("http://codes.example{PATH}{sealed}")),
        at(format!("https://elsewhere.example{PATH}{sealed}")),
        at(format!("{}{PATH}{sealed}", app.address)),
        at(format!("{PUBLIC}{PATH}{sealed}?a=1")),
        at(format!("{PUBLIC}{PATH}{sealed}/")),
        press.with("Digits", Some("2")),
        press.with("From", None),
    ] {
        assert_not_there(&signed_as(&other).await);
    }
    for (name, value) in [
        ("AccountSid", Some("ACffffffffffffffffffffffffffffffff")),
        ("AccountSid", None),
        ("CallSid", Some("")),
        ("CallSid", None),
        ("To", Some("+442079460034")),
        ("To", Some("442079460033")),
        ("To", None),
    ] {
        assert_not_there(&press.with(name, value).answer(&app).await);
    }
    let (path, signature) = (format!("{PATH}{sealed}"), press.signature());
    for (body, signature) in [("", ""), ("Digits=1", ""), ("", signature.as_str()), ("{}", "AAAA")]
    {
        let request = app.request(reqwest::Method::POST, &path);
        assert_not_there(
            &send(request.header("x-twilio-signature", signature).body(body.to_owned())).await,
        );
    }
    // None of them has claimed the call.
    said(&press.answer(&app).await);
}

#[actix_web::test]
async fn what_was_sealed_otherwise_is_not_there_however_well_it_is_signed() {
    let (_carrier, app, _, sealed) = called(&["queued"; 2], &[]).await;
    let keys =
        Keyring::new(&(0..32).map(|byte| [0x5e, 0xc2, 0xe7][byte % 3]).collect::<Vec<u8>>(), None);
    let bytes = URL_SAFE_NO_PAD.decode(&sealed).unwrap();
    let plain = keys.open("twilio call v1", &bytes).expect("it is sealed with SECRET_KEY");
    let again = |keys: &Keyring, purpose: &str| URL_SAFE_NO_PAD.encode(keys.seal(purpose, &plain));
    assert_eq!(again(&keys, "twilio call v1"), sealed);
    let mut altered = bytes.clone();
    altered[3] ^= 1;
    let cut = &sealed[..sealed.len() - 2];
    for other in [
        again(&keys, "twilio call v0"),
        again(&keys, "twilio call v2"),
        again(&keys, "verification id v1"),
        again(&Keyring::new(&[7; 32], None), "twilio call v1"),
        URL_SAFE_NO_PAD.encode(altered),
        cut.to_owned(),
        format!("{sealed}="),
        "x".to_owned(),
        app.start("+442079460034").await.id(),
    ] {
        assert_not_there(&Press::of(&other).answer(&app).await);
    }
    said(&Press::of(&sealed).answer(&app).await);
}

#[actix_web::test]
async fn behind_a_proxy_the_address_that_was_given_out_counts_and_no_header() {
    let proxied = [("HTTP_TRUSTED_PROXIES", "127.0.0.1")];
    let (_carrier, app, _, sealed) = called(&["queued"], &proxied).await;
    let press = Press::of(&sealed);
    for (scheme, host) in [("http", "10.0.0.7:8080"), ("https", "codes.example:443"), ("http", "x")]
    {
        let through = |press: &Press| {
            let request = press.request(&app).header("host", host);
            let request = request.header("x-forwarded-host", host);
            send(request.header("x-forwarded-proto", scheme).header("x-forwarded-for", "192.0.2.1"))
        };
        said(&through(&press).await);
        if host != "codes.example:443" {
            let url = format!("{scheme}://{host}{PATH}{sealed}");
            let signature = Press { url, ..press.clone() }.signature();
            let request = press.request(&app).header("host", host);
            let mut request = request.build().unwrap();
            request.headers_mut().insert("x-twilio-signature", signature.parse().unwrap());
            assert_eq!(client().execute(request).await.unwrap().status(), 404, "{host}");
        }
    }
}

/// A carrier asks at the address that stood in the call, whose host has no capitals and whose port is left out.
#[actix_web::test]
async fn what_is_signed_is_the_address_in_the_call_however_public_url_is_spelt() {
    for (public, given) in [
        ("https://Codes.Example", "https://codes.example"),
        ("HTTPS://codes.example:443/", "https://codes.example"),
        ("https://codes.example:8443", "https://codes.example:8443"),
        ("https://codes.example/verify/", "https://codes.example/verify"),
        ("https://b\u{fc}cher.example", "https://xn--bcher-kva.example"),
    ] {
        let carrier = Carrier::start(&["queued"]).await;
        let app = TestApp::with(&carrier.vars(&mut String::new(), &[("PUBLIC_URL", public)])).await;
        app.start(NUMBER).await.id();
        let action = carrier.action();
        let sealed =
            action.strip_prefix(&format!("{given}{PATH}")).unwrap_or_else(|| panic!("{action}"));
        let signed = Press { url: action.clone(), ..Press::of(sealed) };
        // The proxy has taken away what it adds.
        let mut request = Press::of(sealed).request(&app).build().unwrap();
        request.headers_mut().insert("x-twilio-signature", signed.signature().parse().unwrap());
        let answer = send(reqwest::RequestBuilder::from_parts(client(), request)).await;
        assert_eq!(said(&answer).len(), 6, "{public}");
    }
}

#[actix_web::test]
async fn what_is_no_forms_post_of_a_carrier_is_refused_as_everywhere() {
    let (_carrier, app, _, sealed) = called(&["queued"], &[]).await;
    let (press, path) = (Press::of(&sealed), format!("{PATH}{sealed}"));
    let got = app.get(&path).await;
    assert_eq!(got.problem(), (405, "method_not_allowed".into()));
    assert_eq!(got.header("allow"), "POST");
    let long = press.with("From", Some(&"1".repeat(5000)));
    assert_eq!(long.answer(&app).await.problem(), (413, "body_too_large".into()));
    let from_a_page = press.request(&app).header("origin", "https://elsewhere.example");
    assert_eq!(send(from_a_page).await.problem(), (403, "cross_site_request".into()));
    let endless = Press::of(&"A".repeat(3000)).answer(&app).await;
    assert_eq!(endless.problem(), (414, "uri_too_long".into()));
    let signed = |body: &str, content_type: &str| {
        let request = app.request(reqwest::Method::POST, &path);
        let request = request.header("x-twilio-signature", press.signature());
        send(request.header("content-type", content_type).body(body.to_owned()))
    };
    for body in [r#"{"Digits":"1"}"#, "%ff%fe", "\u{0}", "=&=&="] {
        for content_type in ["application/json", "application/x-www-form-urlencoded", "x"] {
            assert_not_there(&signed(body, content_type).await);
        }
    }
    // As much as is taken of a form, whatever it is called: its signature says what it is.
    let form = serde_urlencoded::to_string(&press.fields).unwrap();
    for content_type in ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data"] {
        said(&signed(&form, content_type).await);
    }
}

#[actix_web::test]
async fn where_no_key_is_asked_for_there_is_no_such_address() {
    for vars in
        [&[][..], &[("PROVIDERS", "twilio"), ("TWILIO_AUTH_TOKEN", TOKEN), ("PUBLIC_URL", PUBLIC)]]
    {
        let app = TestApp::with(vars).await;
        assert_not_there(&Press::of("x").answer(&app).await);
    }
}

#[actix_web::test]
async fn a_carrier_needs_no_callers_key() {
    let carrier = Carrier::start(&["queued"]).await;
    let mut url = String::new();
    let app = callers::app(&carrier.vars(&mut url, &[("CALLERS_REQUIRED", "true")])).await;
    assert_eq!(app.start(NUMBER).await.problem(), (401, "caller_required".into()));
    callers::start(&app, callers::SHOP, object!({ "phone_number": NUMBER })).await.id();
    said(&Press::of(&carrier.sealed()).answer(&app).await);
}
