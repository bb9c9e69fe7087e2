//! Notices a proxy that `HTTP_TRUSTED_PROXIES` does not name: to the limits all of its visitors are then
//! one client. Which proxies are believed is in `caller`.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// After so many starts from one address that does not stop saying that it speaks for others.
const MANY: u32 = 200;

/// What is known of proxies that are not trusted.
#[derive(Debug, Default)]
pub struct Watch(Mutex<Seen>);

#[derive(Debug, Default)]
struct Seen {
    /// The address that most of the starts came from which named another, and by how many more.
    address: Option<IpAddr>,
    lead: u32,
    told: bool,
}

impl Watch {
    /// Notes a start from an address that nobody trusts and that names another client, and warns once
    /// when there is no doubt left.
    pub fn forwarded_by(&self, address: IpAddr) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.told {
            return;
        }
        if seen.address == Some(address) {
            seen.lead += 1;
        } else if seen.lead == 0 {
            *seen = Seen { address: Some(address), lead: 1, told: false };
        } else {
            seen.lead -= 1;
        }
        if seen.lead >= MANY {
            seen.told = true;
            tracing::warn!(
                "starts of many visitors come from one address and are limited as one client: it \
                 sends X-Forwarded-For, and HTTP_TRUSTED_PROXIES does not name it"
            );
        }
    }
}
