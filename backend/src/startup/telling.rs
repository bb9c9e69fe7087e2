//! When this replica tells the others what it counted. What it tells is in `telemetry`.

use crate::http::state::State;
use actix_web::web::Data;

/// Writes the last hour down for the other replicas, again and again, where there may be any.
pub(super) async fn again_and_again(state: Data<State>) {
    while state.config.store.redis.is_some() {
        tokio::time::sleep(state.config.told_every).await;
        write(&state).await;
    }
}

/// Writes it for the last time, and lets the next replica carry it on.
pub(super) async fn leave(state: &State) {
    if state.config.store.redis.is_some() {
        write(state).await;
        let _ = state.metrics.hour.leave(&*state.verifications.guard.counters).await;
    }
}

async fn write(state: &State) {
    let counters = &*state.verifications.guard.counters;
    let (breakers, now) = (state.metrics.provider.breakers(), state.verifications.clock.now());
    // One that fails is made up for by the next.
    let _ = state.metrics.hour.write(counters, breakers, now).await;
}
