//! What the end of a start or a read, and each proof, add to the figures that operators see. What the figures are
//! is in `telemetry`; what becomes of the request, in `verifications`.

use super::state::State;
use crate::telemetry::{Metrics, RegionLabel, Route, Stage, Way, outcome_of_start};
use std::borrow::Cow;
use verification::ports::{Delivery, Progress, Timestamp};
use verification::{Channel, Region, Sealed, StartError, Verification};

/// What was asked for, as far as figures care.
pub struct Asked {
    /// Where to.
    pub region: Region,
    /// How.
    pub channel: Channel,
    /// The service it is charged to, if it has a key.
    pub caller: Option<String>,
}

/// Counts a call that was asked for: placed, or refused and why.
pub fn start(state: &State, asked: Asked, result: &Result<Verification, StartError>) {
    let Asked { region, channel, caller } = asked;
    let (metrics, now) = (&state.metrics, state.verifications.clock.now());
    let error = result.as_ref().err();
    metrics.start(channel, region, error);
    if let Some(caller) = caller {
        metrics.caller_start(&caller, error);
    }
    match result {
        Ok(Verification { sealed, .. }) => {
            let provider = state.verifications.providers.name(sealed.provider);
            metrics.funnel.placed(&way(sealed, provider));
            for stage in [Stage::Asked, Stage::Placed] {
                note(metrics, stage, sealed, provider, now);
            }
        }
        Err(error) => metrics.hour.note(|hour| {
            let route = Route { region, channel, provider: Cow::Borrowed("") };
            hour.count(Stage::Asked, route, now, now);
            hour.refuse(outcome_of_start(error), now, now);
        }),
    }
}

/// Counts what was learnt just now of how a call fares; that it was answered, once over all replicas.
pub async fn read(state: &State, verification: &Verification) {
    let Verification { id, sealed, progress, .. } = verification;
    let Some(Progress { delivery, is_news: true, .. }) = progress else { return };
    let provider = state.verifications.providers.name(sealed.provider);
    let way = way(sealed, provider);
    state.metrics.funnel.delivery(&way, delivery.as_str());
    if matches!(delivery, Delivery::Answered | Delivery::Delivered)
        // A store that cannot tell now leaves it uncounted.
        && state.verifications.guard.is_first(id, b"answered", false).await.unwrap_or(false)
    {
        state.metrics.funnel.answered(&way);
        let now = state.verifications.clock.now();
        note(&state.metrics, Stage::Answered, sealed, provider, now);
    }
}

/// Counts a number that was proven, whichever request found that out.
pub fn verified(
    metrics: &Metrics,
    sealed: &Sealed,
    provider: &'static str,
    at: Timestamp,
    now: Timestamp,
) {
    metrics.funnel.verified(&way(sealed, provider), at.since(sealed.created_at));
    note(metrics, Stage::Verified, sealed, provider, now);
}

fn note(metrics: &Metrics, stage: Stage, sealed: &Sealed, provider: &'static str, now: Timestamp) {
    let provider = Cow::Borrowed(provider);
    let route = Route { region: sealed.number.region(), channel: sealed.channel, provider };
    metrics.hour.note(|hour| hour.count(stage, route, sealed.created_at, now));
}

/// Which way the code of a verification travelled, as metrics tell it.
fn way(sealed: &Sealed, provider: &'static str) -> Way {
    Way { channel: sealed.channel.as_str(), region: RegionLabel(sealed.number.region()), provider }
}
