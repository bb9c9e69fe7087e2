//! The page: the files under the front-end folder, as they are. Which of them are public is
//! decided here; nothing is built or rewritten.

use super::problem::{Kind, Problem};
use actix_files::Files;
use actix_web::body::MessageBody;
use actix_web::dev::{HttpServiceFactory, ServiceResponse};
use actix_web::http::header::{CACHE_CONTROL, HeaderValue, VARY};
use actix_web::middleware::from_fn;
use actix_web::web;
use std::path::Path;

/// What a visitor may have. Tests, tools and their settings live beside these and are not served.
const PUBLIC: [&str; 9] = [
    "index.html",
    "main.js",
    "phone-verification.js",
    "favicon.svg",
    "api",
    "elements",
    "i18n",
    "state",
    "styles",
];

/// Serves the page at `/`. An unknown file is 404, never the page.
pub fn files(folder: &Path) -> impl HttpServiceFactory + use<> {
    let public = |path: &Path, _: &actix_web::dev::RequestHead| {
        let mut parts = path.iter().map(|part| part.to_str().unwrap_or("."));
        // Without a first part it is "/" itself, which means index.html.
        let listed = parts.clone().next().is_none_or(|first| PUBLIC.contains(&first));
        listed && !parts.any(|part| part.starts_with('.'))
    };
    let files = Files::new("/", folder)
        .index_file("index.html")
        // Refused by the filter instead, as any other file that is not there.
        .use_hidden_files()
        .path_filter(public)
        .use_etag(true)
        .use_last_modified(true)
        .prefer_utf8(true)
        .default_handler(web::to(async || Err::<String, _>(Problem::from(Kind::NotFound))));
    web::scope("")
        .wrap(from_fn(async |request, next: actix_web::middleware::Next<_>| {
            next.call(request).await.map(cacheable)
        }))
        .service(files)
}

/// Names carry no hash, so a file is asked for each time and usually not sent again; the page
/// itself is never kept.
fn cacheable<B: MessageBody>(mut response: ServiceResponse<B>) -> ServiceResponse<B> {
    let fresh = response.status().is_success() || response.status().as_u16() == 304;
    if fresh && !matches!(response.request().path(), "/" | "/index.html") {
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    }
    response
}
