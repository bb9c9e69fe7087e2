//! Which page sends a request, as its browser tells. What a page may do is decided in `edge`.

use crate::config::{self, Config};
use actix_web::http::header::{HOST, HeaderMap, HeaderName, ORIGIN};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Where a request comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A program that is no browser, or a person's own doing, such as an address typed in.
    NoPage,
    /// A page of this service.
    Own,
    /// A page of one of `HTTP_ALLOWED_ORIGINS`.
    Listed,
    /// Any other page.
    Foreign,
}

impl Source {
    /// Where a request with these headers comes from. Programs that are not browsers send none of them.
    #[must_use]
    pub fn of(headers: &HeaderMap, config: &Config) -> Self {
        let site = text(headers, SEC_FETCH_SITE);
        match text(headers, ORIGIN) {
            Some(origin) if is_listed(origin, config) => Self::Listed,
            Some(origin) if site.is_none() => match is_own(origin, headers, config) {
                true => Self::Own,
                // Also `null` and whatever else is no origin.
                false => Self::Foreign,
            },
            // The browser says so itself; "none" is a person's own doing.
            _ => match site {
                None | Some("none") => Self::NoPage,
                Some("same-origin") => Self::Own,
                Some(_) => Self::Foreign,
            },
        }
    }
}

/// The site that a receipt is for: the origin of the page, where it is one that was configured.
#[must_use]
pub fn audience(headers: &HeaderMap, config: &Config) -> Option<String> {
    let origin = config::origin(text(headers, ORIGIN)?)?;
    (is_listed(&origin, config) || is_public_url(&origin, config)).then_some(origin)
}

/// Whether an origin is that of this service: the host that the request was sent to, or `PUBLIC_URL`.
#[must_use]
pub fn is_own(origin: &str, headers: &HeaderMap, config: &Config) -> bool {
    let Some(origin) = config::origin(origin) else { return false };
    let scheme = origin.split("://").next().unwrap_or_default();
    let host = text(headers, HOST).and_then(|host| config::origin(&format!("{scheme}://{host}")));
    host.as_ref() == Some(&origin) || is_public_url(&origin, config)
}

fn is_listed(origin: &str, config: &Config) -> bool {
    config::origin(origin).is_some_and(|origin| config.http.allowed_origins.contains(&origin))
}

fn is_public_url(origin: &str, config: &Config) -> bool {
    config.receipts.public_url.as_ref().is_some_and(|url| url.origin == origin)
}

/// The text of a header; one that is none stands for itself and equals nothing.
fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).map(|value| value.to_str().unwrap_or("?"))
}
