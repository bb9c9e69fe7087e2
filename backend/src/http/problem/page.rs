//! The pages about problems: one for each kind, where its `type` points, the list of them, and what a
//! browser sees at an address that nothing has.

use super::{Kind, Problem, TABLE};
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};

/// `GET /problems/{code}`: one short page per kind of problem.
pub async fn page(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let code = request.match_info().get("code").unwrap_or_default();
    let row = TABLE.iter().find(|row| row.1 == code).ok_or(Kind::NotFound)?;
    let (kind, code, status, title, words) = row;
    let body = format!(
        "<p class=\"status\">{status} <code>{code}</code></p>\n<h1>{title}</h1>\n\
         <h2>What to do</h2>\n<p>{words}</p>\n<h2>Trying again</h2>\n<p>{}</p>\n\
         <h2>An example</h2>\n<pre>HTTP/1.1 {status}\nContent-Type: application/problem+json\n\n\
         {{\n  \"type\": \"/problems/{code}\",\n  \"title\": \"{title}\",\n  \"status\": {status},\n  \
         \"detail\": \"{words}\",\n  \"instance\": \"urn:uuid:0193b5a0-1111-7000-8000-000000000001\",\n  \
         \"code\": \"{code}\"\n}}</pre>\n\
         <p>Quote <code>instance</code> when you ask the people who run this service.</p>\n\
         <p><a href=\"/problems\">All problems</a> <a href=\"/docs\">The API</a></p>",
        again(*kind, *status),
    );
    Ok(shown(StatusCode::OK, title, &body))
}

/// Whether and when it is worth sending the same thing again.
fn again(kind: Kind, status: u16) -> &'static str {
    match (kind, status) {
        (_, 429) => "Yes, after the seconds in Retry-After. Sooner only counts once more.",
        (Kind::DeliveryUnknown, _) => {
            "Only with a new Idempotency-Key, and only if a second call does no harm: the first may \
             ring all the same."
        }
        (Kind::CheckUnknown, _) => {
            "Yes, at once, with the same code. No other code is taken meanwhile."
        }
        (Kind::IdempotencyKeyInUse, _) => {
            "Yes, in a moment, with the same key: the first is under way."
        }
        (Kind::RequestTimeout, _) => "Yes, at once.",
        (_, 500..) => {
            "Yes, with the same Idempotency-Key, after the seconds in Retry-After if there is one."
        }
        _ => "Not as it is: the same request gets the same answer.",
    }
}

/// `GET /problems`: all of them.
pub async fn list() -> HttpResponse {
    let mut kinds: Vec<_> = TABLE.iter().collect();
    kinds.sort_by_key(|(_, _, status, _, _)| *status);
    let rows: String = kinds
        .into_iter()
        .map(|(_, code, status, title, _)| {
            format!(
                "<tr><td>{status}</td><td><a href=\"/problems/{code}\"><code>{code}</code></a></td>\
                 <td>{title}</td></tr>\n"
            )
        })
        .collect();
    let body = format!(
        "<h1>Problems</h1>\n<p>Every answer that is not a success is one of these. Programs go by \
         <code>code</code>; titles and sentences may change.</p>\n<table>\n<thead><tr>\
         <th>Status</th><th>Code</th><th>Title</th></tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n\
         <p><a href=\"/docs\">The API</a></p>"
    );
    shown(StatusCode::OK, "Problems", &body)
}

/// What a browser shows at an address that nothing has.
#[must_use]
pub fn nothing_here() -> HttpResponse {
    let body = "<h1>There is nothing here</h1>\n<p>Check the address, or begin at the start.</p>\n\
                <p><a href=\"/\">Verify a phone number</a> <a href=\"/docs\">The API</a></p>";
    let mut response = shown(StatusCode::NOT_FOUND, "There is nothing here", body);
    response.extensions_mut().insert(ShownAsPage);
    response
}

/// Marks a failure that stays a page: a person asked, not a program.
#[derive(Debug, Clone, Copy)]
pub struct ShownAsPage;

fn shown(status: StatusCode, title: &str, body: &str) -> HttpResponse {
    let page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title} – Ringproof</title>\n\
         <link rel=\"icon\" href=\"/favicon.svg\" type=\"image/svg+xml\">\n\
         <link rel=\"stylesheet\" href=\"/styles/document.css\">\n\
         <header><a href=\"/\">Ringproof</a></header>\n<main>\n{body}\n</main>\n</html>\n"
    );
    HttpResponse::build(status).content_type("text/html; charset=utf-8").body(page)
}
