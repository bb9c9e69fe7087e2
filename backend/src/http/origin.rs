//! The origin of the page that sends a request, as its browser tells it. What another origin may do
//! is decided in `edge`.

use crate::config::{self, Config};
use actix_web::HttpRequest;
use actix_web::http::header::ORIGIN;

/// The site that a receipt is for: the origin of the page, where it is one that was configured.
pub fn audience(request: &HttpRequest, config: &Config) -> Option<String> {
    let origin = config::origin(request.headers().get(ORIGIN)?.to_str().ok()?)?;
    let public_url = config.receipts.public_url.as_ref().map(|url| &url.origin);
    let known = config.http.allowed_origins.contains(&origin) || public_url == Some(&origin);
    known.then_some(origin)
}
