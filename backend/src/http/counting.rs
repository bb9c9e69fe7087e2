//! What the end of a start, a read or a check adds to the figures that operators see. What the figures are
//! is in `telemetry`; what becomes of the request, in `verifications`.

use super::state::State;
use crate::telemetry::{RegionLabel, Route, Stage, Way, outcome_of_start};
use std::borrow::Cow;
use verification::ports::{Delivery, Progress};
use verification::{Channel, CheckError, Region, Sealed, StartError, Verification};

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
            metrics.funnel.placed(&way(state, sealed));
            for stage in [Stage::Asked, Stage::Placed] {
                note(state, stage, sealed);
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
    let way = way(state, sealed);
    state.metrics.funnel.delivery(&way, delivery.as_str());
    if matches!(delivery, Delivery::Answered | Delivery::Delivered)
        // A store that cannot tell now leaves it uncounted.
        && state.verifications.guard.is_first_answer(id).await.unwrap_or(false)
    {
        state.metrics.funnel.answered(&way);
        note(state, Stage::Answered, sealed);
    }
}

/// Counts a check, and a number that was proven by it.
pub fn check(state: &State, result: &Result<Verification, CheckError>) {
    state.metrics.check(result.as_ref().err());
    if let Ok(Verification { sealed, verified_at: Some(at), is_repeated: false, .. }) = result {
        state.metrics.funnel.verified(&way(state, sealed), at.since(sealed.created_at));
        note(state, Stage::Verified, sealed);
    }
}

fn note(state: &State, stage: Stage, sealed: &Sealed) {
    let provider = Cow::Borrowed(state.verifications.providers.name(sealed.provider));
    let route = Route { region: sealed.number.region(), channel: sealed.channel, provider };
    let now = state.verifications.clock.now();
    state.metrics.hour.note(|hour| hour.count(stage, route, sealed.created_at, now));
}

/// Which way the code of a verification travelled, as metrics tell it.
fn way(state: &State, sealed: &Sealed) -> Way {
    Way {
        channel: sealed.channel.as_str(),
        region: RegionLabel(sealed.number.region()),
        provider: state.verifications.providers.name(sealed.provider),
    }
}
