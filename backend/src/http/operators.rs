//! Who may see and do what on the operators' listener. What there is to see is in [`super::ops`], and to do
//! in [`super::levers`].

use super::ops_page::file_of;
use super::problem::{Kind, Problem, is_problem};
use super::reply::refused;
use super::security_headers::{self, Content};
use super::state::State;
use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderMap};
use actix_web::middleware::Next;
use actix_web::web::Data;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use std::net::IpAddr;
use subtle::ConstantTimeEq;

/// Lets through who may: with `OPS_TOKEN` whoever has it, without it whoever reaches this listener by an
/// address, so that no page can have a name of its own resolve to it. Without it levers are only for
/// this machine; and no page of another origin pulls one.
///
/// # Errors
/// Those of the service behind it.
pub async fn guarded(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    match request.app_data::<Data<State>>().map(|state| permitted(&request, state)) {
        Some(Ok(())) => {
            let mut answer = next.call(request).await?;
            let status = answer.status();
            if status.is_client_error() && !is_problem(answer.headers().get(CONTENT_TYPE)) {
                // In the framework's own words, such as a body that is too large.
                let refused = refused(&Problem::of_status(status));
                return Ok(answer.into_response(refused).map_into_right_body());
            }
            let content = Content::of(answer.status(), answer.headers());
            security_headers::set(answer.headers_mut(), content);
            Ok(answer.map_into_left_body())
        }
        Some(Err(problem)) => Ok(request.into_response(refused(&problem)).map_into_right_body()),
        None => Ok(request.into_response(refused(&Kind::NotFound.into())).map_into_right_body()),
    }
}

fn permitted(request: &ServiceRequest, state: &State) -> Result<(), Problem> {
    if ["/metrics", "/readyz", "/livez"].contains(&request.path()) {
        return Ok(());
    }
    let (headers, http) = (request.headers(), &state.config.http);
    let is_lever = request.method() != Method::GET && request.method() != Method::HEAD;
    match &http.ops_token {
        // The page says nothing; it asks for the token, and sends it with what it asks then.
        Some(_) if !is_lever && file_of(request.path()).is_some() => return Ok(()),
        Some(token) if !has_token(headers, token) => {
            return Err(Problem::from(Kind::CallerRequired)
                .detail("Send the header Authorization: Bearer with the value of OPS_TOKEN."));
        }
        None if !is_by_address(headers) => {
            return Err(Problem::from(Kind::CrossSiteRequest)
                .detail("Open this listener by its address or as localhost, or set OPS_TOKEN."));
        }
        None if is_lever && !http.ops_listen.ip().is_loopback() => {
            return Err(Problem::from(Kind::CallerRequired)
                .detail("Set OPS_TOKEN: this listener is reached from other machines."));
        }
        _ => {}
    }
    let site = headers.get("sec-fetch-site").map(|site| site.as_bytes());
    if is_lever && !matches!(site, None | Some(b"same-origin" | b"none")) {
        return Err(Kind::CrossSiteRequest.into());
    }
    Ok(())
}

fn has_token(headers: &HeaderMap, token: &SecretString) -> bool {
    let given = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given = given.and_then(|value| value.split_once(' '));
    // Of digests, so that how much of it is right takes no other time.
    given.is_some_and(|(scheme, given)| {
        let [given, token] = [given.trim(), token.expose_secret()].map(Sha256::digest);
        scheme.eq_ignore_ascii_case("bearer") && bool::from(given.ct_eq(&token))
    })
}

/// Whether a request names this listener as no page of another site can.
fn is_by_address(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(HOST).and_then(|host| host.to_str().ok()) else { return false };
    let without_port = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !name.ends_with(':') => {
            name
        }
        _ => host,
    };
    let name = without_port.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    #[test]
    fn only_an_address_or_localhost_names_this_listener() {
        let by = |host: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, HeaderValue::from_static(host));
            is_by_address(&headers)
        };
        for good in
            ["127.0.0.1:9090", "localhost", "LOCALHOST:9090", "[::1]:9090", "::1", "10.0.0.7"]
        {
            assert!(by(good), "{good}");
        }
        for bad in ["evil.example", "localhost.evil.example:9090", "127.0.0.1.evil.example", ""] {
            assert!(!by(bad), "{bad}");
        }
        assert!(!is_by_address(&HeaderMap::new()));
    }
}
