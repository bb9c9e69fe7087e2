//! `GET /overview`: what the operators' page shows, as JSON. What is counted by the minute is of all replicas
//! that share a store, as is what the guard holds; while the store cannot be asked, it is of this one alone.

use super::dto::shown::rfc3339;
use super::state::State;
use crate::demo::Kind;
use crate::telemetry::AllHours;
use crate::telemetry::hour::{MINUTES, Route, minute, oldest};
use actix_web::HttpResponse;
use actix_web::web::Data;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use verification::guard::NotChanged;
use verification::guard::blocks::Block;
use verification::guard::overview::{Overview, Stopped, StoppedBy, Used};
use verification::ports::{StoreError, Timestamp};
use verification::{Channel, Region};

/// What the guard holds of the regions that are open here.
///
/// # Errors
/// [`StoreError`].
pub async fn held(state: &State) -> Result<Overview, StoreError> {
    let regions = match &state.verifications.settings.destinations.regions {
        Some(open) => open.keys().copied().collect(),
        None => Region::all(),
    };
    state.verifications.guard.overview(&regions).await
}

/// Everything that operators see at a glance.
pub async fn overview(state: Data<State>) -> HttpResponse {
    let now = state.verifications.clock.now();
    let (hours, guard) = (hours(&state, now).await, guard(&state).await);
    let store = guard.as_ref().err().or(hours.as_ref().err()).map(ToString::to_string);
    // What this replica knows by itself, it knows without a store.
    let hours =
        hours.unwrap_or_else(|_| state.metrics.hour.own(state.metrics.provider.breakers(), now));
    let mut shown = json!({
        "at": rfc3339(now),
        "version": env!("CARGO_PKG_VERSION"),
        "store": store,
        "replicas": hours.replicas,
        "shared": state.config.store.redis.is_some(),
        "breakers": breakers(&hours),
        "refused": refused(&hours),
        "first_minute": rfc3339(Timestamp(oldest(now) * 60_000)),
        "routes": routes(&hours, oldest(now), minute(now)),
    });
    if let Value::Object(shown) = &mut shown {
        shown.extend(guard.unwrap_or_default());
        if let Some(traffic) = &state.traffic {
            let running = traffic.running().map(Kind::as_str);
            shown.insert("demo".into(), json!({ "running": running }));
        }
    }
    HttpResponse::Ok().json(shown)
}

/// The last hour: of this process where nobody shares its store, else of all replicas. This one tells the
/// others first, so that whoever is asked next says the same.
async fn hours(state: &State, now: Timestamp) -> Result<AllHours, StoreError> {
    let (hour, breakers) = (&state.metrics.hour, state.metrics.provider.breakers());
    if state.config.store.redis.is_none() {
        return Ok(hour.own(breakers, now));
    }
    let counters = &*state.verifications.guard.counters;
    hour.write(counters, breakers.clone(), now).await?;
    hour.read(counters, breakers, now).await
}

/// Caps, and what is stopped.
async fn guard(state: &State) -> Result<Map<String, Value>, StoreError> {
    let blocked = match state.verifications.guard.blocked().await {
        Ok(blocks) => json!(blocks.iter().map(|block| shown(state, block)).collect::<Vec<_>>()),
        Err(NotChanged::Store(error)) => return Err(error),
        Err(NotChanged::UnderWay | NotChanged::Full | NotChanged::Unreadable) => Value::Null,
    };
    let held = held(state).await?;
    let used = |used: Used| json!({ "used": used.used, "cap": used.quota });
    let region = |(region, count): &(Region, Used)| (region.to_string(), used(*count));
    let stopped = |it: &Stopped| {
        let by = match it.by {
            StoppedBy::Operator => "operator",
            StoppedBy::Watch => "watch",
        };
        let (region, until) = (it.region.map(|it| it.to_string()), it.until.map(rfc3339));
        json!({ "region": region, "channel": it.channel.as_str(), "by": by, "until": until })
    };
    let open = &state.verifications.settings.destinations;
    let shown = json!({
        "hour": used(held.hour),
        "day": used(held.day),
        "regions": held.regions.iter().map(region).collect::<Map<_, _>>(),
        "stopped": held.stopped.iter().map(stopped).collect::<Vec<_>>(),
        "blocked": blocked,
        "channels": state.verifications.settings.channels.iter().map(|it| it.as_str()).collect::<Vec<_>>(),
        "allowed_regions": open.to_string(),
    });
    Ok(if let Value::Object(shown) = shown { shown } else { Map::new() })
}

/// A blocked number or beginning: masked, and the name by which it can be taken off the list.
pub fn shown(state: &State, block: &Block) -> Value {
    let handle = state.verifications.guard.handle(block.beginning);
    json!({ "number": block.beginning.to_string(), "handle": handle, "until": rfc3339(block.until) })
}

/// The state of each breaker, and on how many replicas.
fn breakers(hours: &AllHours) -> Vec<Value> {
    let mut states: BTreeMap<(&str, &str), [u32; 3]> = BTreeMap::new();
    for (provider, op, state) in &hours.breakers {
        let of = states.entry((provider, op)).or_default();
        if let Some(count) = of.get_mut(usize::from(*state)) {
            *count += 1;
        }
    }
    let shown = |((provider, op), [closed, half_open, open]): (&(&str, &str), &[u32; 3])| json!({ "provider": provider, "op": op, "closed": closed, "half_open": half_open, "open": open });
    states.iter().map(shown).collect()
}

/// What refused how many starts, within the hour.
fn refused(hours: &AllHours) -> BTreeMap<&str, u32> {
    let mut refused = BTreeMap::new();
    for ((_, why), count) in &hours.hour.refused {
        *refused.entry(&**why).or_default() += count;
    }
    refused
}

/// Each route with its counts by the minute, the oldest first.
fn routes(hours: &AllHours, from: u64, to: u64) -> Vec<Value> {
    type Series = [[u32; MINUTES as usize]; 4];
    let mut routes: BTreeMap<&Route, Series> = BTreeMap::new();
    for ((of, route), counts) in &hours.hour.routes {
        // A machine whose clock is ahead may be a minute further.
        let place = usize::try_from(of.clamp(&from, &to) - from).unwrap_or_default();
        let series = routes.entry(route).or_insert([[0; MINUTES as usize]; 4]);
        for (series, count) in series.iter_mut().zip(counts) {
            if let Some(sum) = series.get_mut(place) {
                *sum += count;
            }
        }
    }
    let shown = |(Route { region, channel, provider }, series): (&Route, &Series)| {
        let [asked, placed, answered, verified] = series.map(|it| it.to_vec());
        json!({
            "region": region.to_string(), "channel": Channel::as_str(*channel), "provider": provider,
            "asked": asked, "placed": placed, "answered": answered, "verified": verified,
        })
    };
    routes.iter().map(|(route, series): (&&Route, &Series)| shown((*route, series))).collect()
}
