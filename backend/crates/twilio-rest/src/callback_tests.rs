//! Signatures here were made with Python's own hmac, so that ours cannot agree with itself.

use super::*;

const TOKEN: &str = "canarytoken";
const CALL: &str = "CA00112233445566778899aabbccddeeff";
const BODY: &str = "To=%2B31600482913&CallSid=CA00112233445566778899aabbccddeeff&Digits=%23\
    &AccountSid=AC0123456789abcdef0123456789abcdef&CallStatus=in-progress&From=%2B31201234567";
const URL: &str = "https://ours.example/providers/twilio/calls/x";
const BARE: &str = "MXmUuZj392H+/sWxQiluGh9ecQ0=";
const WITH_443: &str = "ZGvHNIf8xMi7D2A1T3s6VtBZ9A4=";
const WITH_8443: &str = "y1AoY0B/T07XtDJaIeZ3n/4KfDo=";

fn read(url: &str, body: &str, signature: &str) -> Result<KeyPress, Unsigned> {
    KeyPress::read(&SecretString::from(TOKEN), url, body.as_bytes(), signature)
}

#[test]
fn the_example_of_twilios_own_documentation_is_signed() {
    let fields = [
        ("CallSid", "CA1234567890ABCDE"),
        ("Caller", "+12349013030"),
        ("Digits", "1234"),
        ("From", "+12349013030"),
        ("To", "+18005551212"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let signature = STANDARD.decode("0/KCTR6DLpKmkAf8muzZqo1nDgQ=").unwrap();
    let url = "https://mycompany.com/myapp.php?foo=1&bar=2";
    assert!(is_signed(&SecretString::from("12345"), url, &fields, &signature));
    assert!(!is_signed(&SecretString::from("12346"), url, &fields, &signature));
}

#[test]
fn a_signed_key_press_is_read() {
    let press = read(URL, BODY, BARE).unwrap();
    assert_eq!(press.call.as_str(), CALL);
    assert_eq!(press.account.as_str(), "AC0123456789abcdef0123456789abcdef");
    assert_eq!((press.to.as_str(), press.digits.as_str()), ("+31600482913", "#"));
}

#[test]
fn the_port_may_be_in_the_address_or_in_the_signature_or_in_both() {
    let at = |port: &str| format!("https://ours.example{port}/providers/twilio/calls/x");
    for (port, signature) in [
        ("", BARE),
        ("", WITH_443),
        (":443", BARE),
        (":443", WITH_443),
        (":8443", BARE),
        (":8443", WITH_8443),
    ] {
        assert!(read(&at(port), BODY, signature).is_ok(), "{port} {signature}");
    }
    assert!(read(URL, BODY, WITH_8443).is_err(), "another port than ours or the scheme's");
    let http = "http://ours.example/providers/twilio/calls/x";
    assert!(read(http, BODY, "IytI7in6mz74PNVq667y8nqCP/w=").is_ok());
    assert!(read(http, BODY, BARE).is_err(), "another scheme");
    assert!(read("http://[::1]/x", BODY, "nv6eXKCjQY2INPOnyh9fVXtuXxQ=").is_ok());
    assert!(read("http://[::1]:80/x", BODY, "EX5th/bN4dsfPTQjvJo7IKoiTnE=").is_ok());
}

#[test]
fn what_is_altered_in_any_place_is_unsigned() {
    let altered = [
        (URL.replace("/x", "/y"), BODY.to_owned(), BARE.to_owned()),
        (format!("{URL}?a=1"), BODY.to_owned(), BARE.to_owned()),
        (URL.to_owned(), BODY.replace("2913", "2914"), BARE.to_owned()),
        (URL.to_owned(), BODY.replace("%23", "1"), BARE.to_owned()),
        (URL.to_owned(), BODY.replace("&Digits=%23", ""), BARE.to_owned()),
        (URL.to_owned(), format!("{BODY}&More=1"), BARE.to_owned()),
        // The same bytes in a row, parted elsewhere.
        (URL.to_owned(), BODY.replace("To=%2B3", "To%2B=3"), BARE.to_owned()),
        (URL.to_owned(), String::new(), BARE.to_owned()),
        (URL.to_owned(), BODY.to_owned(), String::new()),
        (URL.to_owned(), BODY.to_owned(), BARE.replace('=', "")),
        (URL.to_owned(), BODY.to_owned(), BARE.to_lowercase()),
        (URL.to_owned(), BODY.to_owned(), "AAAAAAAAAAAAAAAAAAAAAAAAAAA=".to_owned()),
    ];
    for (url, body, signature) in altered {
        assert_eq!(read(&url, &body, &signature), Err(Unsigned), "{url} {body} {signature}");
    }
    let other = SecretString::from("othertoken");
    assert_eq!(KeyPress::read(&other, URL, BODY.as_bytes(), BARE), Err(Unsigned));
}

#[test]
fn an_empty_token_signs_nothing() {
    // What HMAC under an empty key gives for this address and no field.
    let mut mac = Hmac::<Sha1>::new_from_slice(b"").unwrap();
    mac.update(b"https://ours.example/");
    let signature = mac.finalize().into_bytes();
    assert!(!is_signed(&SecretString::from(""), "https://ours.example/", &[], &signature));
}

#[test]
fn debug_shows_neither_number_nor_call() {
    let press = read(URL, BODY, BARE).unwrap();
    assert_eq!(
        format!("{press:?} {}", Unsigned),
        "KeyPress(…) the call-back is not signed by the carrier"
    );
}
