//! The page about a kind of problem, where its `type` points.

use super::{Kind, Problem, TABLE};
use actix_web::{HttpRequest, HttpResponse};

/// `GET /problems/{code}`: one short page per kind of problem.
pub async fn page(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let code = request.match_info().get("code").unwrap_or_default();
    let row = TABLE.iter().find(|row| row.1 == code).ok_or(Kind::NotFound)?;
    let (_, code, status, title, words) = row;
    let page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n\
         <main>\n<h1>{title}</h1>\n<p>{words}</p>\n\
         <p>Code <code>{code}</code>, status {status}. <a href=\"/docs\">The whole contract</a></p>\n\
         </main>\n</html>\n"
    );
    Ok(HttpResponse::Ok().content_type("text/html; charset=utf-8").body(page))
}
