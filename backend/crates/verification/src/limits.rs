//! The rules in force: where we call, and how often. What a rule is made of is in [`crate::rule`], what
//! it does to past charges in [`crate::log`]; which rules meet in one decision, in [`crate::guard`].

use crate::channel::Channel;
use crate::phone::{NumberKind, PhoneNumber};
use crate::region::Region;
use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

pub use crate::rule::{COLD_AFTER, COLD_FOR, COLD_SHARE, EASED_COOLDOWN, Rule, Window};

/// Every limit in force.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Starts to one number.
    pub number: Arc<Rule>,
    /// Starts by one client address that were not verified.
    pub client: Arc<Rule>,
    /// Starts by one service with a key of its own.
    pub caller: Arc<Rule>,
    /// Starts to one prefix that were not verified.
    pub prefix: Arc<Rule>,
    /// Starts to one region in a day.
    pub region: Arc<Rule>,
    /// Starts in an hour, everywhere.
    pub hour: Arc<Rule>,
    /// Starts in a day, everywhere.
    pub day: Arc<Rule>,
    /// Wrong codes for one number.
    pub codes: Arc<Rule>,
}

/// The regions, channels and kinds of number that may be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destinations {
    /// The open regions and their channels; `None` opens every region.
    pub regions: Option<BTreeMap<Region, Vec<Channel>>>,
    /// Whether internet telephony numbers may be called. They prove no device.
    pub voip: bool,
}

impl fmt::Display for Destinations {
    /// As in the configuration: `NL,US:sms`, or `*`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(regions) = &self.regions else {
            return f.write_str("*");
        };
        let region = |(region, channels): (&Region, &Vec<Channel>)| match channels.as_slice() {
            [only] => format!("{region}:{only}"),
            _ => region.to_string(),
        };
        f.write_str(&regions.iter().map(region).collect::<Vec<_>>().join(","))
    }
}

impl Destinations {
    /// Whether `number` may be reached by `channel`.
    #[must_use]
    pub fn permit(&self, number: &PhoneNumber, channel: Channel) -> bool {
        let kind = match number.kind() {
            NumberKind::Mobile | NumberKind::FixedLine | NumberKind::FixedLineOrMobile => true,
            NumberKind::Voip => self.voip,
            NumberKind::TollFree
            | NumberKind::PremiumRate
            | NumberKind::SharedCost
            | NumberKind::Personal
            | NumberKind::Pager
            | NumberKind::UniversalAccess
            | NumberKind::Voicemail
            | NumberKind::Unknown => false,
        };
        // Satellites and international networks cost the most and belong to nobody in particular.
        kind && number.region() != Region::WORLD && self.open(number.region(), channel)
    }

    /// Whether `region` is open for `channel`.
    #[must_use]
    pub fn open(&self, region: Region, channel: Channel) -> bool {
        match &self.regions {
            None => true,
            Some(open) => open.get(&region).is_some_and(|channels| channels.contains(&channel)),
        }
    }
}

/// Who asks, as far as limits care: an IPv4 address, or the /64 of an IPv6 address, which is what
/// one household or one rented server has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Client {
    /// An IPv4 address.
    V4([u8; 4]),
    /// The first half of an IPv6 address.
    V6([u8; 8]),
}

impl From<IpAddr> for Client {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::V4(address.octets()),
            IpAddr::V6(address) => {
                let [a, b, c, d, e, f, g, h, ..] = address.octets();
                Self::V6([a, b, c, d, e, f, g, h])
            }
        }
    }
}

impl Client {
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::V4(bytes) => bytes,
            Self::V6(bytes) => bytes,
        }
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        match bytes.len() {
            4 => Some(Self::V4(bytes.try_into().ok()?)),
            8 => Some(Self::V6(bytes.try_into().ok()?)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permitted(input: &str, channel: Channel) -> bool {
        let open = [("NL", vec![Channel::Voice, Channel::Sms]), ("US", vec![Channel::Sms])];
        let open = open.into_iter().map(|(region, on)| (region.parse().unwrap(), on)).collect();
        let destinations = Destinations { regions: Some(open), voip: false };
        destinations.permit(&PhoneNumber::parse(input, None).unwrap(), channel)
    }

    #[test]
    fn opens_only_what_is_listed() {
        assert!(permitted("+31612345678", Channel::Voice));
        assert!(permitted("+31201234567", Channel::Voice));
        assert!(permitted("+12025550190", Channel::Sms));
        assert!(!permitted("+12025550190", Channel::Voice));
        assert!(!permitted("+4915123456789", Channel::Voice));
        // Jamaica shares +1 with the United States but not its opening.
        assert!(!permitted("+18762345678", Channel::Sms));
    }

    #[test]
    fn closes_costly_kinds_even_in_open_regions() {
        // Premium rate, toll-free, internet telephony, a pager, and a satellite.
        for number in
            ["+31900123456", "+318001234", "+31850123456", "+31662345678", "+881612345678"]
        {
            let number = PhoneNumber::parse(number, None).unwrap();
            let everywhere = Destinations { regions: None, voip: false };
            assert!(!everywhere.permit(&number, Channel::Voice), "{number:?}");
        }
    }

    #[test]
    fn counts_ipv6_by_network() {
        let client = |text: &str| Client::from(text.parse::<IpAddr>().unwrap());
        assert_eq!(client("2001:db8:1:2::1"), client("2001:db8:1:2:ffff::2"));
        assert_ne!(client("2001:db8:1:2::1"), client("2001:db8:1:3::1"));
        assert_eq!(client("::ffff:192.0.2.1"), client("192.0.2.1"));
    }
}
