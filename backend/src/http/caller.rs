//! Who calls: the address of the socket, or the one that trusted proxies vouch for.

use actix_web::HttpRequest;
use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use verification::Client;

/// The client that limits are counted for.
#[must_use]
pub fn client(request: &HttpRequest, trusted: &[IpNet]) -> Client {
    let socket = request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip());
    let forwarded = request.headers().get_all("x-forwarded-for");
    let forwarded: Vec<_> = forwarded.filter_map(|value| value.to_str().ok()).collect();
    Client::from(address(socket, &forwarded.join(","), trusted))
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
