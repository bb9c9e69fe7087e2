//! The page: which files of the front-end folder are public, and what an address that nothing has
//! shows. Files are served as they are written; nothing is built.

use super::problem::{self, Kind, Problem};
use super::release::ASSETS;
use super::state::State;
use actix_web::http::Method;
use actix_web::http::header::{
    ACCEPT, ACCEPT_LANGUAGE, CACHE_CONTROL, ETAG, HeaderName, HeaderValue, VARY,
};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

/// What a visitor may have. Tests, tools and their settings live beside these and are not served.
pub const PUBLIC: [&str; 9] = [
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

/// What is named by the digest of all is never another thing.
const FOR_GOOD: HeaderValue = HeaderValue::from_static("max-age=31536000, immutable");
/// A release that is gone, or not here yet: what there is, and not to be kept under that name.
const NOT_KEPT: HeaderValue = HeaderValue::from_static("no-store");

/// Any path that no route has: a file of the page, or 404; never the page in its place.
///
/// # Errors
/// [`Kind::NotFound`], [`Kind::MethodNotAllowed`].
pub async fn file(request: HttpRequest, state: Data<State>) -> Result<HttpResponse, Problem> {
    match find(&request, &state).await {
        Err(missing) if missing.kind == Kind::NotFound && is_shown(&request) => {
            Ok(problem::nothing_here())
        }
        answer => answer,
    }
}

async fn find(request: &HttpRequest, state: &State) -> Result<HttpResponse, Problem> {
    let path = request.path();
    let (digest, name) = match path.strip_prefix(ASSETS).and_then(|rest| rest.split_once('/')) {
        Some((digest, name)) => (Some(digest), name),
        // `*`, of the server as a whole, begins with no slash and is no file.
        None => (None, path.strip_prefix('/').unwrap_or(path)),
    };
    let is_page = digest.is_none() && (name.is_empty() || name == "index.html");
    if !is_page && (!is_public(name) || name == "index.html") {
        return Err(Kind::NotFound.into());
    }
    let release = match is_page {
        true => Some(state.releases.now().await.ok_or(Kind::NotFound)?),
        false => None,
    };
    let found = match release {
        Some(release) => release.page(&wanted(request)),
        None => state.page.find(name).await.ok_or(Kind::NotFound)?,
    };
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Err(Problem::from(Kind::MethodNotAllowed).header("allow", "GET, HEAD"));
    }
    let mut answer = found.respond(request);
    if is_page {
        let both = HeaderValue::from_static("accept-encoding, accept-language");
        answer.headers_mut().insert(VARY, both);
    }
    if let Some(digest) = digest {
        let named = state.releases.named(digest);
        let is_own = named.is_some_and(|release| release.has(name, state.page.folder()));
        let kept = if is_own { FOR_GOOD } else { NOT_KEPT };
        answer.headers_mut().insert(CACHE_CONTROL, kept);
        // Nobody asks again whether it has changed.
        answer.headers_mut().remove(ETAG);
    }
    Ok(answer)
}

/// The languages that a reader wants: the one in the address of the page, then those of the browser.
fn wanted(request: &HttpRequest) -> String {
    let chosen = request.query_string().split('&').find_map(|pair| pair.strip_prefix("locale="));
    format!("{},{}", chosen.unwrap_or_default(), text(request, &ACCEPT_LANGUAGE))
}

/// Whether a person will look at the answer: programs are answered in JSON.
fn is_shown(request: &HttpRequest) -> bool {
    let mut accepted = request.headers().get_all(ACCEPT).filter_map(|value| value.to_str().ok());
    request.method() == Method::GET && accepted.any(|kinds| kinds.contains("text/html"))
}

fn text<'a>(request: &'a HttpRequest, name: &HeaderName) -> &'a str {
    request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Whether a name is that of a public file: plain letters between slashes. What is encoded, hidden or
/// climbs is none.
fn is_public(name: &str) -> bool {
    let plain = |part: &str| {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
        !part.starts_with('.') && !part.is_empty() && part.bytes().all(plain)
    };
    let listed = name.split('/').next().is_some_and(|first| PUBLIC.contains(&first));
    listed && name.split('/').all(plain)
}
