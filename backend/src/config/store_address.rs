//! Where the shared store is, and whom its certificate must be from. Connecting is its adapter's business.

use redis::{ConnectionInfo, IntoConnectionInfo, TlsCertificates};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use secrecy::{ExposeSecret, SecretString};
use std::fmt;

/// An address to which no connection can ever be tried. Says why, never what it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidStoreUrl(&'static str);

impl fmt::Display for InvalidStoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not an address of Redis or Valkey: {}", self.0)
    }
}

impl std::error::Error for InvalidStoreUrl {}

/// A file without a certificate of an authority.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoAuthority;

/// One server, or some servers of a cluster.
#[derive(Clone)]
pub struct StoreAddress {
    /// Its servers.
    pub nodes: Vec<ConnectionInfo>,
    /// Whether they are a cluster.
    pub cluster: bool,
    /// Certificates in PEM of the authorities to trust instead of the system's.
    authorities: Option<Vec<u8>>,
}

impl fmt::Debug for StoreAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreAddress").field("cluster", &self.cluster).finish_non_exhaustive()
    }
}

impl StoreAddress {
    /// Reads `redis://` or `rediss://` with user, password and database; several hosts, or
    /// `?cluster=true`, are a cluster.
    ///
    /// # Errors
    /// [`InvalidStoreUrl`] when no connection to such an address can ever be tried.
    pub fn parse(url: &SecretString) -> Result<Self, InvalidStoreUrl> {
        let url = url.expose_secret();
        let (scheme, rest) = url
            .split_once("://")
            .filter(|(scheme, _)| ["redis", "rediss"].contains(scheme))
            .ok_or(InvalidStoreUrl("it begins with neither redis:// nor rediss://"))?;
        if rest.contains('#') {
            // The library reads `#insecure` as leave to accept any certificate.
            return Err(InvalidStoreUrl("it has a fragment"));
        }
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
        let (user, hosts) = match authority.rsplit_once('@') {
            Some((user, hosts)) => (format!("{user}@"), hosts),
            None => (String::new(), authority),
        };
        let cluster = match query {
            "" | "cluster=false" => hosts.contains(','),
            "cluster=true" => true,
            _ => return Err(InvalidStoreUrl("cluster=true is the only option")),
        };
        let node = |host: &str| format!("{scheme}://{user}{}/{database}", host.trim());
        let nodes: Vec<_> = hosts
            .split(',')
            .map(|host| node(host).into_connection_info())
            .collect::<Result<_, _>>()
            .map_err(|_| InvalidStoreUrl("a host, port or database cannot be read"))?;
        if cluster && nodes.iter().any(|node| node.redis_settings().db() != 0) {
            return Err(InvalidStoreUrl("a cluster has no numbered databases"));
        }
        Ok(Self { nodes, cluster, authorities: None })
    }

    /// The same, whose certificate must be from one of these authorities, in PEM, instead of the system's.
    ///
    /// # Errors
    /// [`NoAuthority`]
    pub fn trusting(self, pem: Vec<u8>) -> Result<Self, NoAuthority> {
        let mut authorities = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(&pem) {
            let certificate = certificate.map_err(|_| NoAuthority)?;
            authorities.add(certificate).map_err(|_| NoAuthority)?;
        }
        if authorities.is_empty() {
            return Err(NoAuthority);
        }
        Ok(Self { authorities: Some(pem), ..self })
    }

    /// Whether TLS is spoken.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        self.nodes.iter().all(|node| matches!(node.addr(), redis::ConnectionAddr::TcpTls { .. }))
    }

    /// What the library is told of certificates; nothing where the system decides.
    #[must_use]
    pub fn certificates(&self) -> Option<TlsCertificates> {
        let root_cert = self.authorities.clone()?;
        Some(TlsCertificates { client_tls: None, root_cert: Some(root_cert) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(url: &str) -> Result<(Vec<String>, bool), InvalidStoreUrl> {
        let address = StoreAddress::parse(&SecretString::from(url))?;
        let nodes = address.nodes.iter().map(|node| node.addr().to_string());
        Ok((nodes.collect(), address.cluster))
    }

    #[test]
    fn reads_one_server_and_clusters() {
        let one = |host: &str| vec![host.to_owned()];
        assert_eq!(parsed("redis://store"), Ok((one("store:6379"), false)));
        assert_eq!(parsed("redis://store:1/3"), Ok((one("store:1"), false)));
        assert_eq!(parsed("rediss://u:p@store:1"), Ok((one("store:1"), false)));
        assert_eq!(parsed("redis://store:1?cluster=true"), Ok((one("store:1"), true)));
        // The client writes an IPv6 host without its brackets.
        let three = ["a:1", "b:6379", "::1:3"].map(str::to_owned).to_vec();
        assert_eq!(parsed("redis://u:p@a:1,b,[::1]:3/"), Ok((three, true)));
    }

    #[test]
    fn hands_user_and_password_to_every_server() {
        let url = SecretString::from("rediss://ringproof:a,b%40c@one:1,two:2");
        let address = StoreAddress::parse(&url).unwrap();
        assert_eq!(address.nodes.len(), 2);
        for node in address.nodes {
            assert_eq!(node.redis_settings().username(), Some("ringproof"));
            assert_eq!(node.redis_settings().password(), Some("a,b@c"));
        }
    }

    #[test]
    fn refuses_what_it_cannot_read_without_repeating_it() {
        for url in [
            "",
            "canary",
            "http://canary",
            "redis://",
            "redis://canary:port",
            "redis://canary/x",
            "redis://canary,",
            "redis://canary?canary=1",
            "redis://a,canary/3",
            "rediss://canary#insecure",
        ] {
            let error = parsed(url).expect_err(url);
            assert!(!format!("{error} {error:?}").contains("canary"), "{url}");
        }
    }
}
