//! The files of the operators' page. What it shows is in [`super::overview`].

use super::problem::Kind;
use super::reply::refused;
use super::state::State;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

/// The operators' page. It holds no figures: those it asks for, with the token where there is one.
pub async fn file(request: HttpRequest, state: Data<State>) -> HttpResponse {
    match file_of(request.path()) {
        Some(name) => match state.page.find(name).await {
            Some(file) => file.respond(&request),
            None => refused(&Kind::NotFound.into()),
        },
        None => refused(&Kind::NotFound.into()),
    }
}

/// The file of the front-end folder that a path of this listener is, if it is one of the page.
#[must_use]
pub fn file_of(path: &str) -> Option<&str> {
    match path {
        "/" => Some("operators/index.html"),
        "/favicon.svg" | "/styles/tokens.css" => path.strip_prefix('/'),
        _ => {
            let name = path.strip_prefix("/operators/")?;
            let is_plain = name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-' || b == b'.');
            (is_plain && !name.starts_with('.')).then(|| path.strip_prefix('/'))?
        }
    }
}
