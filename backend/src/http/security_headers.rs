//! The headers that answers carry. Two policies: pages may load what this origin serves, everything
//! else may load nothing. What only a document heeds is not repeated on each of the fifty scripts
//! and style sheets of the page, where it would be more than half of what travels.

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

static EVERYWHERE: [(HeaderName, HeaderValue); 3] = [
    header("x-content-type-options", "nosniff"),
    header("referrer-policy", "no-referrer"),
    // Browsers heed it only over TLS, which a balancer in front provides.
    header("strict-transport-security", "max-age=63072000; includeSubDomains"),
];

static DOCUMENTS: [(HeaderName, HeaderValue); 6] = [
    header("cross-origin-opener-policy", "same-origin"),
    header("cross-origin-embedder-policy", "require-corp"),
    header("x-frame-options", "DENY"),
    header("x-permitted-cross-domain-policies", "none"),
    header("x-dns-prefetch-control", "off"),
    // otp-credentials stays open to the page: it may offer to fill in a code sent by SMS.
    header(
        "permissions-policy",
        "accelerometer=(), autoplay=(), camera=(), clipboard-read=(), display-capture=(), \
         encrypted-media=(), fullscreen=(), geolocation=(), gyroscope=(), hid=(), \
         identity-credentials-get=(), magnetometer=(), microphone=(), midi=(), \
         otp-credentials=(self), payment=(), picture-in-picture=(), \
         publickey-credentials-get=(), screen-wake-lock=(), serial=(), usb=(), \
         xr-spatial-tracking=()",
    ),
];

const fn header(name: &'static str, value: &'static str) -> (HeaderName, HeaderValue) {
    (HeaderName::from_static(name), HeaderValue::from_static(value))
}

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Adds the headers to an answer, by what it is.
pub fn add(headers: &mut HeaderMap) {
    let kind = headers.get(CONTENT_TYPE).map_or(&[][..], HeaderValue::as_bytes);
    let content = match kind {
        kind if kind.starts_with(b"text/html") => Content::Page,
        kind if kind.starts_with(b"text/javascript") || kind.starts_with(b"text/css") => {
            Content::Part
        }
        _ => Content::Data,
    };
    set(headers, content);
}

/// What a browser takes an answer for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// A document that runs.
    Page,
    /// A script or style sheet: opened by itself it is text, and nothing else.
    Part,
    /// Anything else.
    Data,
}

/// Sets the headers; a policy or cache rule that is already there stays.
pub fn set(headers: &mut HeaderMap, content: Content) {
    let (documents, policy) = match content {
        Content::Page => (&DOCUMENTS[..], Some(PAGE_POLICY)),
        Content::Data => (&DOCUMENTS[..], Some(DATA_POLICY)),
        Content::Part => (&[][..], None),
    };
    for (name, value) in EVERYWHERE.iter().chain(documents) {
        headers.insert(name.clone(), value.clone());
    }
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, policy),
        (CACHE_CONTROL, Some("no-store")),
        (RESOURCE_POLICY, Some("same-origin")),
    ] {
        if let Some(value) = value
            && !headers.contains_key(&name)
        {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
}
