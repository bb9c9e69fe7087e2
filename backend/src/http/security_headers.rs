//! The headers that answers carry, each only where a browser heeds it. A document has them all; data has those that matter
//! when it is read by a script or opened by itself; a part of a page, which is neither, has next to none: thirty of
//! them travel on a first visit, and a kilobyte of headers on each would be more than what they say.

use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue,
};

/// What the page may do: run and style itself from its own origin, talk to it, and nothing else.
/// Trusted Types make sure that no text ever becomes markup.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; \
    frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

/// Answers of the API are data; a browser that shows one may do nothing with it.
const DATA_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

/// The type that is written is the type that it has: no script is made of data.
const NOSNIFF: (HeaderName, HeaderValue) = header("x-content-type-options", "nosniff");

/// Of whatever can be opened by itself.
static OPENED: [(HeaderName, HeaderValue); 3] = [
    header("referrer-policy", "no-referrer"),
    header("x-frame-options", "DENY"),
    // Browsers heed it only over TLS, which a balancer in front provides.
    header("strict-transport-security", "max-age=63072000; includeSubDomains"),
];

/// Of what runs, once it is opened.
static DOCUMENTS: [(HeaderName, HeaderValue); 5] = [
    header("cross-origin-opener-policy", "same-origin"),
    header("cross-origin-embedder-policy", "require-corp"),
    header("x-permitted-cross-domain-policies", "none"),
    header("x-dns-prefetch-control", "off"),
    // What could spy, spend or sign. otp-credentials stays open to the page: it may offer to fill in a code sent by SMS.
    header(
        "permissions-policy",
        "camera=(), clipboard-read=(), display-capture=(), geolocation=(), hid=(), \
         identity-credentials-get=(), microphone=(), midi=(), otp-credentials=(self), payment=(), \
         publickey-credentials-get=(), serial=(), usb=()",
    ),
];

const fn header(name: &'static str, value: &'static str) -> (HeaderName, HeaderValue) {
    (HeaderName::from_static(name), HeaderValue::from_static(value))
}

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// What a browser takes an answer for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// A document that runs.
    Page,
    /// A script, style sheet or picture: opened by itself it is text, and nothing else.
    Part,
    /// A part that browsers keep for good, under the name of a release: for our own page alone.
    Kept,
    /// Anything else.
    Data,
    /// What is known already: the headers of before hold on.
    Known,
}

impl Content {
    /// Reads it off the headers that an answer has so far.
    #[must_use]
    pub fn of(status: StatusCode, headers: &HeaderMap) -> Self {
        let kind = headers.get(CONTENT_TYPE).map_or(&[][..], HeaderValue::as_bytes);
        let cache = headers.get(CACHE_CONTROL).map_or(&[][..], HeaderValue::as_bytes);
        let part = [&b"text/javascript"[..], b"text/css", b"image/svg+xml"];
        match kind {
            _ if status == StatusCode::NOT_MODIFIED => Self::Known,
            kind if kind.starts_with(b"text/html") => Self::Page,
            kind if !part.iter().any(|part| kind.starts_with(part)) => Self::Data,
            _ if cache.ends_with(b"immutable") => Self::Kept,
            _ => Self::Part,
        }
    }
}

/// Sets the headers; a policy or cache rule that is already there stays.
pub fn set(headers: &mut HeaderMap, content: Content) {
    let (own, policy): (&[&[_]], _) = match content {
        Content::Page => (&[&OPENED, &DOCUMENTS], Some(PAGE_POLICY)),
        Content::Data => (&[&OPENED], Some(DATA_POLICY)),
        Content::Part | Content::Kept => (&[], None),
        Content::Known => return,
    };
    for (name, value) in own.iter().copied().flatten().chain([&NOSNIFF]) {
        headers.insert(name.clone(), value.clone());
    }
    let to_own_pages = (content != Content::Kept).then_some("same-origin");
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, policy),
        (CACHE_CONTROL, Some("no-store")),
        (RESOURCE_POLICY, to_own_pages),
    ] {
        if let Some(value) = value
            && !headers.contains_key(&name)
        {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
}

/// Everything that a document is sent with, as one text.
#[must_use]
pub fn of_documents() -> String {
    let mut headers = HeaderMap::new();
    set(&mut headers, Content::Page);
    let mut lines: Vec<_> =
        headers.iter().map(|(name, value)| format!("{name}: {value:?}\n")).collect();
    lines.sort_unstable();
    lines.concat()
}
