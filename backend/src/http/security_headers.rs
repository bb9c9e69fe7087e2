//! The headers that every answer carries. Two policies: pages may load what this origin serves,
//! everything else may load nothing.

use actix_web::Error;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue,
};
use actix_web::middleware::Next;

/// What the page may do: run and style itself from its own origin, talk to it, and nothing else.
/// Trusted Types make sure that no text ever becomes markup.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; \
    frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

/// Answers of the API are data; a browser that shows one may do nothing with it.
const DATA_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

static EVERYWHERE: [(HeaderName, HeaderValue); 9] = [
    header("x-content-type-options", "nosniff"),
    header("referrer-policy", "no-referrer"),
    header("cross-origin-opener-policy", "same-origin"),
    header("cross-origin-embedder-policy", "require-corp"),
    header("x-frame-options", "DENY"),
    header("x-permitted-cross-domain-policies", "none"),
    header("x-dns-prefetch-control", "off"),
    // Browsers heed it only over TLS, which a balancer in front provides.
    header("strict-transport-security", "max-age=63072000; includeSubDomains"),
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

/// Adds the headers to whatever comes out.
///
/// # Errors
/// Those of the inner service.
pub async fn add(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let mut response = next.call(request).await?.map_into_boxed_body();
    let html = response.headers().get(CONTENT_TYPE);
    let html = html.is_some_and(|value| value.as_bytes().starts_with(b"text/html"));
    set(response.headers_mut(), html);
    Ok(response)
}

/// Sets the headers; a policy or cache rule that is already there stays.
pub fn set(headers: &mut HeaderMap, html: bool) {
    for (name, value) in &EVERYWHERE {
        headers.insert(name.clone(), value.clone());
    }
    let policy = if html { PAGE_POLICY } else { DATA_POLICY };
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, policy),
        (CACHE_CONTROL, "no-store"),
        (RESOURCE_POLICY, "same-origin"),
    ] {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
}
