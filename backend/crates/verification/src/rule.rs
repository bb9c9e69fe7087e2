//! One limit: windows, cool-downs, and in which grain moments are kept for them. What a rule does to
//! past charges is in [`crate::log`]; which rules there are, in [`crate::limits`].

use std::fmt;
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
        milliseconds(self.per)
    }
}

/// What a cool-down shrinks to when the call that it follows provably failed: nobody's phone was
/// picked up, and the person who waits is told so.
pub const EASED_COOLDOWN: Duration = Duration::from_secs(15);

/// How long a store that has just begun to count is not trusted with a whole cap: it may be new, and
/// it may have lost what it had counted.
pub const COLD_FOR: Duration = Duration::from_secs(10 * 60);

/// After how long without a charge to a cap a store counts as one that has just begun: as long as the
/// longest cap, so that a clock that is moved ahead over all of them is noticed.
pub const COLD_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// The part of a cap that is admitted meanwhile: one in so many, rounded up.
pub const COLD_SHARE: u32 = 4;

/// How long a call is under way: it rings, is answered, and its code is typed.
pub const UNDER_WAY: Duration = Duration::from_secs(3 * 60);

/// How many times its quota a budget's window of no more than [`UNDER_WAY`] admits, beside a longer
/// one: all that it counts may still be verified.
const UNDER_WAY_SHARE: u32 = 4;

/// Windows that must all have room, and the wait after each unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    windows: Vec<Window>,
    spans: Vec<Span>,
    cooldowns: Vec<u64>,
    cap: bool,
    verified: Option<Arc<Rule>>,
    kept: u64,
}

/// A window as it is applied; times in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Units admitted.
    pub quota: u32,
    /// The window.
    pub ms: u64,
    /// The resolution of moments: 1, or a sixtieth of the window for a large quota.
    pub grain: u64,
    /// The resolution in a log that has grown beyond 64 moments, which only a budget's does.
    pub coarse: u64,
    /// For a budget, the window and grain in which its verified units are counted.
    pub verified: Option<(u64, u64)>,
}

impl Rule {
    /// A rule of these windows.
    #[must_use]
    pub fn new(windows: Vec<Window>) -> Self {
        let spans = spans(&windows);
        Self { windows, spans, cooldowns: Vec::new(), cap: false, verified: None, kept: 0 }
    }

    /// Adds a ladder: the wait after the first unit, the second, …; the last repeats.
    #[must_use]
    pub fn with_cooldowns(mut self, ladder: Vec<Duration>) -> Self {
        self.cooldowns = ladder.into_iter().map(milliseconds).collect();
        self
    }

    /// Keeps each moment exactly for at least so long, also when no window sees it any more.
    pub fn keep_for(&mut self, at_least: Duration) {
        self.kept = self.kept.max(milliseconds(at_least));
    }

    /// Makes it a cap on all spending: a store that may lose its memory while the service lives
    /// admits a [`COLD_SHARE`] of it for [`COLD_FOR`] after its first charge to one.
    #[must_use]
    pub fn as_cap(mut self) -> Self {
        self.cap = true;
        self
    }

    /// Makes it a budget for units that are not verified: within each window, its quota of them, or
    /// as many as were verified in the same time, whichever is more.
    ///
    /// A window of up to [`UNDER_WAY`] says nothing of what is never verified. Beside a longer one it
    /// counts calls under way, and admits four times its quota, or as many as were verified within
    /// the next longer window.
    #[must_use]
    pub fn as_budget(mut self) -> Self {
        let short = |ms: u64| ms <= milliseconds(UNDER_WAY);
        let has_long = self.spans.iter().any(|span| !short(span.ms));
        let keeps = |window: &&Window| !has_long || !short(window.ms());
        let unlimited = |window: &Window| Window { quota: u32::MAX, per: window.per };
        let verified = Self::new(self.windows.iter().filter(keeps).map(unlimited).collect());
        for span in &mut self.spans {
            if has_long && short(span.ms) {
                span.quota = span.quota.saturating_mul(UNDER_WAY_SHARE);
            }
            let same = verified.spans.iter().find(|other| other.ms >= span.ms);
            span.verified = same.map(|same| (same.ms, same.grain));
        }
        self.verified = Some(Arc::new(verified));
        self
    }

    /// Whether it caps all spending.
    #[must_use]
    pub fn is_cap(&self) -> bool {
        self.cap
    }

    /// For a budget, how its verified units are kept.
    #[must_use]
    pub fn verified(&self) -> Option<&Arc<Rule>> {
        self.verified.as_ref()
    }

    /// The windows.
    #[must_use]
    pub fn windows(&self) -> &[Window] {
        &self.windows
    }

    /// The windows as they are applied, the shortest first. Grains never shrink, and each is a
    /// multiple of the one before.
    #[must_use]
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// The ladder in milliseconds.
    #[must_use]
    pub fn cooldowns(&self) -> &[u64] {
        &self.cooldowns
    }

    /// How long moments are kept exactly, in milliseconds: for the sake of cool-downs, and of whoever asks
    /// for one later ([`Self::keep_for`]).
    #[must_use]
    pub fn exact_for(&self) -> u64 {
        self.cooldowns.iter().max().copied().unwrap_or(0).max(self.kept)
    }

    /// The wait in milliseconds after the latest of `used` units; shorter when it was eased.
    #[must_use]
    pub fn cooldown_after(&self, used: u32, eased: bool) -> Option<u64> {
        let step = (used as usize).checked_sub(1)?;
        let wait = self.cooldowns.get(step).or(self.cooldowns.last()).copied();
        if eased { wait.map(|wait| wait.min(Self::EASED_MS)) } else { wait }
    }

    /// The largest quota whose moments are kept exactly, and the most moments a budget keeps exactly.
    pub const EXACT: usize = 64;

    /// [`EASED_COOLDOWN`] in milliseconds.
    pub const EASED_MS: u64 = EASED_COOLDOWN.as_millis() as u64;

    /// How long a unit matters, in milliseconds: to its windows, and exactly beyond them
    /// ([`Self::exact_for`]).
    #[must_use]
    pub fn horizon_ms(&self) -> u64 {
        let last = |span: &Span| span.ms.saturating_add(span.grain.max(span.coarse_if(self)) - 1);
        let windows = self.spans.iter().map(last).max().unwrap_or(0);
        windows.saturating_add(self.exact_for())
    }
}

impl Span {
    fn coarse_if(&self, rule: &Rule) -> u64 {
        if rule.verified.is_some() { self.coarse } else { 1 }
    }
}

fn spans(windows: &[Window]) -> Vec<Span> {
    let mut windows = windows.to_vec();
    windows.sort_by_key(Window::ms);
    let mut spans: Vec<Span> = Vec::with_capacity(windows.len());
    for (index, window) in windows.iter().enumerate() {
        // No coarser than any longer window needs: what leaves this one is still seen by those.
        let later = windows.get(index..).unwrap_or_default();
        let exact = later.iter().any(|window| window.quota as usize <= Rule::EXACT);
        let nested = |before: u64| (window.ms() / 60 / before).max(1) * before;
        let (grain, coarse) = spans.last().map_or((1, 1), |before| (before.grain, before.coarse));
        spans.push(Span {
            quota: window.quota,
            ms: window.ms(),
            grain: if exact { 1 } else { nested(grain) },
            coarse: nested(coarse),
            verified: None,
        });
    }
    spans
}

fn milliseconds(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

impl fmt::Display for Rule {
    /// As in the configuration, in seconds: `3/600s,5/3600s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let window = |w: &Window| format!("{}/{}s", w.quota, w.per.as_secs());
        f.write_str(&self.windows.iter().map(window).collect::<Vec<_>>().join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(windows: &[(u32, u64)]) -> Rule {
        let window = |&(quota, per)| Window { quota, per: Duration::from_secs(per) };
        Rule::new(windows.iter().map(window).collect())
    }

    fn grains(windows: &[(u32, u64)]) -> Vec<u64> {
        rule(windows).spans().iter().map(|span| span.grain).collect()
    }

    #[test]
    fn each_window_has_its_own_grain() {
        assert_eq!(grains(&[(100, 60), (5_000, 86_400)]), [1_000, 1_440_000]);
        assert_eq!(grains(&[(5_000, 86_400), (100, 60)]), [1_000, 1_440_000], "in any order");
        assert_eq!(grains(&[(3, 60), (5_000, 86_400)]), [1, 1_440_000]);
        // What a small quota over a long time needs to know exactly, a shorter window may not blur.
        assert_eq!(grains(&[(100, 60), (50, 86_400)]), [1, 1]);
        // Each is a multiple of the one before: 7 min and 1 h would have 7 s and 60 s.
        assert_eq!(grains(&[(100, 420), (1_000, 3_600)]), [7_000, 56_000]);
    }

    #[test]
    fn a_budget_counts_what_is_under_way_apart() {
        let budget = rule(&[(5, 60), (20, 3_600), (50, 86_400)]).as_budget();
        let quotas: Vec<_> = budget.spans().iter().map(|span| span.quota).collect();
        assert_eq!(quotas, [20, 20, 50]);
        let verified: Vec<_> = budget.spans().iter().filter_map(|span| span.verified).collect();
        let (hour, day) = ((3_600_000, 60_000), (86_400_000, 1_440_000));
        assert_eq!(verified, [hour, hour, day]);
        // Alone, a short window is what it says.
        assert_eq!(rule(&[(60, 60)]).as_budget().spans()[0].quota, 60);
        assert_eq!(budget.to_string(), "5/60s,20/3600s,50/86400s");
    }
}
