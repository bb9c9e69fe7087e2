//! Waits that differ from one another, so that those who failed together do not come back together.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Multiples of the golden ratio: they spread people as evenly as can be, and repeat in a test.
#[derive(Default)]
pub(super) struct Spread(AtomicU32);

impl Spread {
    /// A wait between the two.
    pub(super) fn between(&self, [from, to]: [Duration; 2]) -> Duration {
        let point = self.0.fetch_add(0x9E37_79B9, Ordering::Relaxed);
        from + (to - from).mul_f64(f64::from(point) / f64::from(u32::MAX))
    }

    /// A wait to tell somebody: up to a quarter longer than it is, never shorter.
    pub(super) fn lengthen(&self, wait: Duration) -> Duration {
        wait + self.between([Duration::ZERO, wait / 4])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f17_waits_are_spread_over_a_quarter_and_never_shortened() {
        const WAIT: Duration = Duration::from_secs(5);
        let spread = Spread::default();
        let told: Vec<_> = (0..8).map(|_| spread.between([Duration::ZERO, WAIT])).collect();
        assert_eq!(told[0], Duration::ZERO);
        assert!(told.iter().all(|wait| *wait <= WAIT));
        let mut sorted = told.clone();
        sorted.sort_unstable();
        let gaps = sorted.windows(2).map(|pair| pair[1] - pair[0]);
        assert!(gaps.min() > Some(WAIT / 20), "no two together: {sorted:?}");
        let lengthened = (0..8).map(|_| spread.lengthen(WAIT));
        assert!(lengthened.into_iter().all(|wait| (WAIT..=WAIT + WAIT / 4).contains(&wait)));
    }
}
