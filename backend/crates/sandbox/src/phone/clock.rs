//! The movable clock: real time plus whatever `POST /phone/clock` has added. No other module asks
//! the machine for the time.

use std::time::Duration;

use time::UtcDateTime;
use tokio::sync::watch;

/// The farthest the clock may be moved in total; beyond it dates would leave four-digit years.
const FARTHEST: Duration = Duration::from_secs(10 * 366 * 24 * 60 * 60);

/// Real time plus an offset that only grows.
pub(crate) struct Clock {
    offset: watch::Sender<Duration>,
}

impl Clock {
    /// Starts in step with real time.
    pub(crate) fn new() -> Self {
        Self { offset: watch::Sender::new(Duration::ZERO) }
    }

    /// Says what time it is in the simulator.
    #[expect(clippy::disallowed_methods, reason = "this is the one clock of the simulator")]
    pub(crate) fn now(&self) -> UtcDateTime {
        UtcDateTime::now() + *self.offset.borrow()
    }

    /// Moves the clock forward and wakes everybody who waits for a moment that has now come.
    /// Answers false, and moves nothing, beyond ten years in total.
    pub(crate) fn advance(&self, by: Duration) -> bool {
        self.offset.send_if_modified(|offset| match offset.checked_add(by) {
            Some(sum) if sum <= FARTHEST => {
                *offset = sum;
                true
            }
            _ => false,
        })
    }

    /// Waits for a moment of simulator time: real time passes, or the clock is moved.
    pub(crate) async fn sleep_until(&self, moment: UtcDateTime) {
        let mut moved = self.offset.subscribe();
        while let Ok(left) = Duration::try_from(moment - self.now()) {
            if left.is_zero() {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep(left) => {}
                _ = moved.changed() => {}
            }
        }
    }
}

/// Writes a moment as the phone and MessageBird do: whole seconds and `+00:00`, never `Z`.
pub(crate) fn wire_date(moment: UtcDateTime) -> String {
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}+00:00",
        moment.year(),
        u8::from(moment.month()),
        moment.day(),
        moment.hour(),
        moment.minute(),
        moment.second(),
    )
}
