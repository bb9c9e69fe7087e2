//! The rules: where we call, and how often. What a rule does to past charges is in [`crate::log`];
//! which rules meet in one decision is in [`crate::guard`].

use crate::channel::Channel;
use crate::phone::{NumberKind, PhoneNumber};
use crate::region::Region;
use crate::timestamp::Timestamp;
use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// At most `quota` units within any span of `per`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Units.
    pub quota: u32,
    /// The span.
    pub per: Duration,
}

impl Window {
    /// The span in milliseconds.
    #[must_use]
    pub fn ms(&self) -> u64 {
        u64::try_from(self.per.as_millis()).unwrap_or(u64::MAX)
    }
}

/// What a cool-down shrinks to when the call that it follows provably failed: nobody's phone was
/// picked up, and the person who waits is told so.
pub const EASED_COOLDOWN: Duration = Duration::from_secs(15);

/// How long a shared store that has just begun to count is not trusted with a whole cap: it may be
/// new, and it may have lost what it had counted.
pub const COLD_FOR: Duration = Duration::from_secs(10 * 60);

/// The part of a cap that is admitted meanwhile: one in so many, rounded up.
pub const COLD_SHARE: u32 = 4;

/// Windows that must all have room, and the wait after each unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    windows: Vec<Window>,
    cooldowns: Vec<u64>,
    cap: bool,
}

impl Rule {
    /// A rule of these windows.
    #[must_use]
    pub fn new(windows: Vec<Window>) -> Self {
        Self { windows, cooldowns: Vec::new(), cap: false }
    }

    /// Adds a ladder: the wait after the first unit, the second, …; the last repeats.
    #[must_use]
    pub fn with_cooldowns(mut self, ladder: Vec<Duration>) -> Self {
        let ms = |wait: &Duration| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        self.cooldowns = ladder.iter().map(ms).collect();
        self
    }

    /// Makes it a cap on all spending: a store that is shared, and so may lose its memory while the
    /// service lives, admits a [`COLD_SHARE`] of it for [`COLD_FOR`] after its first charge to one.
    #[must_use]
    pub fn as_cap(mut self) -> Self {
        self.cap = true;
        self
    }

    /// Whether it caps all spending.
    #[must_use]
    pub fn is_cap(&self) -> bool {
        self.cap
    }

    /// The windows.
    #[must_use]
    pub fn windows(&self) -> &[Window] {
        &self.windows
    }

    /// The ladder in milliseconds.
    #[must_use]
    pub fn cooldowns(&self) -> &[u64] {
        &self.cooldowns
    }

    /// The wait in milliseconds after the latest of `used` units; shorter when it was eased.
    #[must_use]
    pub fn cooldown_after(&self, used: u32, eased: bool) -> Option<u64> {
        let step = (used as usize).checked_sub(1)?;
        let wait = self.cooldowns.get(step).or(self.cooldowns.last()).copied();
        if eased { wait.map(|wait| wait.min(Self::EASED_MS)) } else { wait }
    }

    /// [`EASED_COOLDOWN`] in milliseconds.
    pub const EASED_MS: u64 = EASED_COOLDOWN.as_millis() as u64;

    /// The resolution of moments in milliseconds: exact for small quotas and where a cool-down
    /// counts from the latest; a sixtieth of the shortest window for large quotas, rounded up, so
    /// that a unit never leaves its window early.
    #[must_use]
    pub fn grain(&self) -> u64 {
        let largest = self.windows.iter().map(|window| window.quota).max().unwrap_or(0);
        let shortest = self.windows.iter().map(Window::ms).min().unwrap_or(0);
        if largest <= 64 || !self.cooldowns.is_empty() { 1 } else { (shortest / 60).max(1) }
    }

    /// `at` in the resolution of this rule.
    #[must_use]
    pub fn rounded(&self, at: Timestamp) -> Timestamp {
        Timestamp(at.0.div_ceil(self.grain()) * self.grain())
    }

    /// How long a unit matters, in milliseconds: to its windows, and to the rung of a cool-down
    /// that may run beyond them.
    #[must_use]
    pub fn horizon_ms(&self) -> u64 {
        let windows = self.windows.iter().map(Window::ms).max().unwrap_or(0);
        windows.saturating_add(self.cooldowns.iter().max().copied().unwrap_or(0))
    }
}

impl fmt::Display for Rule {
    /// As in the configuration, in seconds: `3/600s,5/3600s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let window = |w: &Window| format!("{}/{}s", w.quota, w.per.as_secs());
        f.write_str(&self.windows.iter().map(window).collect::<Vec<_>>().join(","))
    }
}

/// Every limit in force.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Starts to one number.
    pub number: Arc<Rule>,
    /// Starts by one client address.
    pub client: Arc<Rule>,
    /// Starts to one prefix.
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
        for number in ["+31900123456", "+318001234", "+31850123456", "+31662345678"] {
            if let Ok(number) = PhoneNumber::parse(number, None) {
                let everywhere = Destinations { regions: None, voip: false };
                assert!(!everywhere.permit(&number, Channel::Voice), "{number:?}");
            }
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
