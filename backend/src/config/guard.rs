//! Which regions are called, and how often. How it is counted is in the domain.

use super::Mode;
use super::values::{LARGEST_QUOTA, Values, list, span, window};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use verification::{Channel, Conversion, Destinations, Limits, Region, Rule, Window};

/// The guard's rules.
#[derive(Debug, Clone)]
pub struct Guard {
    /// `GUARD_ALLOWED_REGIONS` and `GUARD_ALLOW_VOIP`: whom we call.
    pub destinations: Destinations,
    /// `GUARD_NUMBER_LIMITS`, `GUARD_COOLDOWNS`, `GUARD_CLIENT_LIMITS`, `CALLER_LIMITS`,
    /// `GUARD_PREFIX_LIMITS`, `GUARD_CHECK_LIMITS`, `GUARD_HOURLY_CAP`, `GUARD_DAILY_CAP`: how often.
    pub limits: Limits,
    /// `GUARD_CONVERSION`: what happens to regions whose calls are hardly ever verified.
    pub conversion: Conversion,
}

const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[derive(Deserialize, Default)]
struct Raw {
    guard_allowed_regions: Option<String>,
    guard_number_limits: Option<String>,
    guard_client_limits: Option<String>,
    caller_limits: Option<String>,
    guard_prefix_limits: Option<String>,
    guard_cooldowns: Option<String>,
    guard_check_limits: Option<String>,
    guard_hourly_cap: Option<String>,
    guard_daily_cap: Option<String>,
    guard_allow_voip: Option<String>,
    guard_conversion: Option<String>,
}

const NAMES: [&str; 11] = [
    "GUARD_ALLOWED_REGIONS",
    "GUARD_NUMBER_LIMITS",
    "GUARD_CLIENT_LIMITS",
    "CALLER_LIMITS",
    "GUARD_PREFIX_LIMITS",
    "GUARD_COOLDOWNS",
    "GUARD_CHECK_LIMITS",
    "GUARD_HOURLY_CAP",
    "GUARD_DAILY_CAP",
    "GUARD_ALLOW_VOIP",
    "GUARD_CONVERSION",
];

impl Guard {
    pub(super) fn read(values: &mut Values, mode: Mode) -> Self {
        let raw: Raw = values.topic(&NAMES);
        let expected = "regions such as NL,BE,US:sms, or * for everywhere";
        let regions =
            values.optional("GUARD_ALLOWED_REGIONS", raw.guard_allowed_regions, regions, expected);
        if regions.is_none() && mode == Mode::Serve {
            let problem = "is required: the regions to call, such as NL,BE,US:sms";
            values.missing("GUARD_ALLOWED_REGIONS", problem);
        }
        let regions = regions.flatten();
        let voip = values.flag("GUARD_ALLOW_VOIP", raw.guard_allow_voip);
        // On one's own machine every visitor has the same address, and its simulated traffic must leave
        // room for calls, also while a new store admits a quarter of the caps.
        let (clients, per_hour, per_day) = match mode {
            Mode::Demo => ("60/1m", 2_000, 6_000),
            Mode::Serve => ("5/1m,20/1h,50/24h", 500, 3_000),
        };
        let mut windows = |name, raw: Option<String>, default: &str| {
            let default = list(default, window).unwrap_or_default();
            let expected = "limits such as 3/10m,5/1h, separated by commas, none above 1000000000";
            Rule::new(values.parse(name, raw, default, |text| list(text, window), expected))
        };
        let number = windows("GUARD_NUMBER_LIMITS", raw.guard_number_limits, "3/10m,5/1h,10/24h");
        let client = windows("GUARD_CLIENT_LIMITS", raw.guard_client_limits, clients);
        let caller = windows("CALLER_LIMITS", raw.caller_limits, "600/1m,20000/24h");
        let prefix = windows("GUARD_PREFIX_LIMITS", raw.guard_prefix_limits, "10/1h");
        let codes = windows("GUARD_CHECK_LIMITS", raw.guard_check_limits, "15/24h");
        let cooldowns = values.parse(
            "GUARD_COOLDOWNS",
            raw.guard_cooldowns,
            [60, 120, 300, 600].map(Duration::from_secs).to_vec(),
            |text| if text == "0s" { Some(Vec::new()) } else { list(text, span) },
            "spans such as 60s,120s,300s, separated by commas, or 0s for none",
        );
        let hourly = values
            .number("GUARD_HOURLY_CAP", raw.guard_hourly_cap, 1..=LARGEST_QUOTA)
            .unwrap_or(per_hour);
        let daily = values
            .number("GUARD_DAILY_CAP", raw.guard_daily_cap, 1..=LARGEST_QUOTA)
            .unwrap_or(per_day);
        let rule = |quota, per| Rule::new(vec![Window { quota, per }]);
        Self {
            destinations: Destinations { regions, voip },
            limits: Limits {
                number: Arc::new(number.with_cooldowns(cooldowns)),
                client: Arc::new(client.as_budget()),
                caller: Arc::new(caller),
                prefix: Arc::new(prefix.as_budget()),
                // One region alone may use up half a day's cap with calls that nobody verifies.
                region: Arc::new(rule((daily / 2).max(1), DAY)),
                hour: Arc::new(rule(hourly, HOUR).as_cap()),
                day: Arc::new(rule(daily, DAY).as_cap()),
                codes: Arc::new(codes),
            },
            conversion: values.parse(
                "GUARD_CONVERSION",
                raw.guard_conversion,
                Conversion::Enforce,
                |text| match text {
                    "enforce" => Some(Conversion::Enforce),
                    "observe" => Some(Conversion::Observe),
                    "off" => Some(Conversion::Off),
                    _ => None,
                },
                "enforce, observe or off",
            ),
        }
    }
}

/// `NL,BE,US:sms`: regions, each for both channels or for one; `*` for every region.
#[expect(clippy::option_option, reason = "no value, everywhere, and a list are three things")]
fn regions(text: &str) -> Option<Option<BTreeMap<Region, Vec<Channel>>>> {
    if text == "*" {
        return Some(None);
    }
    let mut regions: BTreeMap<Region, Vec<Channel>> = BTreeMap::new();
    for part in text.split(',') {
        let (name, only) = match part.trim().split_once(':') {
            None => (part.trim(), None),
            Some((name, only)) => (name, Some(Channel::parse(only)?)),
        };
        let region: Region = name.parse().ok()?;
        if !region.has_numbers() {
            return None;
        }
        let channels = only.map_or(Channel::ALL.to_vec(), |only| vec![only]);
        regions.entry(region).or_default().extend(channels);
    }
    Some(Some(regions))
}
