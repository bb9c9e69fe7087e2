//! The page: which files of the front-end folder are public. They are served as they are written;
//! nothing is built.

use super::problem::{Kind, Problem};
use super::state::State;
use actix_web::http::Method;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

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

/// Any path that no route has: a file of the page, or 404; never the page in its place.
///
/// # Errors
/// [`Kind::NotFound`], [`Kind::MethodNotAllowed`].
pub async fn file(request: HttpRequest, state: Data<State>) -> Result<HttpResponse, Problem> {
    let name = public(request.path()).ok_or(Kind::NotFound)?;
    let compressed = state.page.find(name).await.ok_or(Kind::NotFound)?;
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Err(Problem::from(Kind::MethodNotAllowed).header("allow", "GET, HEAD"));
    }
    Ok(compressed.respond(&request))
}

/// The name of a public file. A name is plain letters between slashes: what is encoded, hidden or
/// climbs is none.
fn public(path: &str) -> Option<&str> {
    let name = path.strip_prefix('/')?;
    let name = if name.is_empty() { "index.html" } else { name };
    let plain = |part: &str| {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
        !part.starts_with('.') && !part.is_empty() && part.bytes().all(plain)
    };
    let listed = name.split('/').next().is_some_and(|first| PUBLIC.contains(&first));
    (listed && name.split('/').all(plain)).then_some(name)
}
