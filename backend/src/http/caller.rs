//! Who calls: a service by its key, or else the address of the socket, or the one that trusted proxies
//! vouch for. What a caller may do is decided where it is done.

use super::origin::Source;
use super::problem::{Kind, Problem};
use crate::config::{Config, KEY_PREFIX};
use actix_web::dev::ServiceRequest;
use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use actix_web::{HttpMessage, HttpRequest};
use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use verification::Client;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// The name of the service whose key a request brought.
#[derive(Debug, Clone)]
struct Caller(String);

/// Finds out whose key a request has, if it has one, and notes the name.
///
/// # Errors
/// [`Kind::CallerUnknown`]; [`Kind::CrossSiteRequest`] for a key that is used in a page.
pub fn identify(request: &ServiceRequest, config: &Config) -> Result<(), Problem> {
    let Some(key) = key(request.headers()) else { return Ok(()) };
    let name = config.callers.find(key).ok_or(Kind::CallerUnknown)?;
    match Source::of(request.headers(), config) {
        Source::NoPage | Source::Own => {}
        Source::Listed | Source::Foreign => {
            return Err(Problem::from(Kind::CrossSiteRequest).detail(
                "Keep the key on your server: whoever opens a page can read the key in it, and \
                 call as your service. A page calls without one.",
            ));
        }
    }
    request.extensions_mut().insert(Caller(name.to_owned()));
    Ok(())
}

/// Whether a request has a key that somebody has.
#[must_use]
pub fn is_known(request: &ServiceRequest, config: &Config) -> bool {
    key(request.headers()).is_some_and(|key| config.callers.find(key).is_some())
}

/// The name of the service that sends a request with its key.
#[must_use]
pub fn name(request: &HttpRequest) -> Option<String> {
    request.extensions().get::<Caller>().map(|caller| caller.0.clone())
}

/// The key of a request. What else there is in `Authorization` is for others, such as a proxy.
fn key(headers: &HeaderMap) -> Option<&str> {
    let values = headers.get_all(AUTHORIZATION).filter_map(|value| value.to_str().ok());
    let bearer = values
        .filter_map(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim());
    bearer.into_iter().find(|token| token.starts_with(KEY_PREFIX))
}

/// The client that limits are counted for.
#[must_use]
pub fn client(request: &HttpRequest, trusted: &[IpNet]) -> Client {
    let forwarded = request.headers().get_all(FORWARDED_FOR);
    let forwarded: Vec<_> = forwarded.filter_map(|value| value.to_str().ok()).collect();
    Client::from(address(socket(request), &forwarded.join(","), trusted))
}

/// The address of a proxy that nobody trusts: one that names another client.
#[must_use]
pub fn unknown_proxy(request: &HttpRequest, trusted: &[IpNet]) -> Option<IpAddr> {
    let socket = socket(request).to_canonical();
    let known = trusted.iter().any(|net| net.contains(&socket));
    (!known && request.headers().contains_key(FORWARDED_FOR)).then_some(socket)
}

fn socket(request: &HttpRequest) -> IpAddr {
    request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip())
}

/// Walks from the socket outwards while the hop is a trusted proxy. What a client wrote itself is
/// to the left of what the first trusted proxy added, and is never reached.
fn address(socket: IpAddr, forwarded: &str, trusted: &[IpNet]) -> IpAddr {
    let trusts = |address: IpAddr| trusted.iter().any(|net| net.contains(&address.to_canonical()));
    let mut address = socket.to_canonical();
    for hop in forwarded.rsplit(',').map(str::trim) {
        if !trusts(address) {
            break;
        }
        let Some(next) = parse(hop) else { break };
        address = next.to_canonical();
    }
    address
}

/// An address as proxies write it: bare, in brackets, or with a port.
fn parse(hop: &str) -> Option<IpAddr> {
    let bracketed = hop.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let with_port = || hop.parse::<SocketAddr>().ok().map(|address| address.ip());
    match bracketed {
        Some(address) => address.parse::<Ipv6Addr>().ok().map(IpAddr::from),
        None => hop.parse().ok().or_else(with_port),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(socket: &str, forwarded: &str, trusted: &[&str]) -> String {
        let trusted: Vec<_> = trusted.iter().map(|net| net.parse().unwrap()).collect();
        address(socket.parse().unwrap(), forwarded, &trusted).to_string()
    }

    #[test]
    fn believes_only_what_trusted_proxies_add() {
        let proxies = ["10.0.0.0/8", "2001:db8::/32"];
        for (socket, forwarded, address) in [
            ("192.0.2.1", "", "192.0.2.1"),
            ("192.0.2.1", "203.0.113.9", "192.0.2.1"),
            ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
            ("10.0.0.1", "1.1.1.1, 203.0.113.9", "203.0.113.9"),
            ("10.0.0.1", "1.1.1.1, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
            ("10.0.0.1", "203.0.113.9:4711", "203.0.113.9"),
            ("10.0.0.1", "[2001:db9::7]:4711", "2001:db9::7"),
            ("10.0.0.1", "[2001:db9::7]", "2001:db9::7"),
            ("10.0.0.1", "[203.0.113.9]", "10.0.0.1"),
            ("2001:db8::1", "203.0.113.9", "203.0.113.9"),
            ("::ffff:10.0.0.1", "::ffff:203.0.113.9", "203.0.113.9"),
            ("10.0.0.1", "", "10.0.0.1"),
            ("10.0.0.1", "unknown", "10.0.0.1"),
            ("10.0.0.1", "203.0.113.9, garbage", "10.0.0.1"),
        ] {
            assert_eq!(seen(socket, forwarded, &proxies), address, "{socket} {forwarded}");
        }
        assert_eq!(seen("10.0.0.1", "203.0.113.9", &[]), "10.0.0.1");
    }
}
