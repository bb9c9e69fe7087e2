//! A secret that is replaced while calls are made: in three steps, with replicas of two steps side by
//! side, nothing that was counted is lost. Over HTTP and Redis, `api/shared_store` does the same.

use crate::world::{RIGHT, WRONG, World, address, number, replicas};
use std::time::Duration;
use verification::ports::CounterKind;
use verification::{CheckError, Keyring, Opened, StartError};

const OLD: [u8; 32] = [7; 32];
const NEW: [u8; 32] = [8; 32];
const MINUTE: Duration = Duration::from_secs(60);

/// A replica of each step, on one store: before, the new key made known, the new key in use, after.
fn steps(vars: &[(&str, &str)]) -> [World; 4] {
    let mut worlds = replicas(vars);
    let keys: [(&[u8], Option<&[u8]>); 4] =
        [(&OLD, None), (&OLD, Some(&NEW)), (&NEW, Some(&OLD)), (&NEW, None)];
    for (world, (secret, previous)) in worlds.iter_mut().zip(keys) {
        world.service.guard.keys = Keyring::new(secret, previous);
    }
    worlds
}

/// The same call, as another replica reads its id.
fn at(world: &World, call: &Opened) -> Opened {
    world.service.open(call.id.as_str()).unwrap()
}

const OPEN: (&str, &str) = ("GUARD_ALLOWED_REGIONS", "NL");

#[tokio::test]
async fn neighbours_open_each_others_ids_and_share_tries_endings_and_cooldowns() {
    let worlds = steps(&[OPEN]);
    for (nth, pair) in worlds.windows(2).enumerate() {
        for (one, other) in [(&pair[0], &pair[1]), (&pair[1], &pair[0])] {
            one.clock.advance(24 * 60 * MINUTE);
            let target = number(&format!("+3161234567{nth}"));
            let call = one.start(target, address(1)).await.unwrap();
            // Only a replica that knows the other's key opens its ids: hence the first step.
            let Ok(theirs) = other.service.open(call.id.as_str()) else {
                assert!(nth != 1, "the two steps that run side by side know both");
                continue;
            };
            let Err(StartError::Limited(limited)) = other.start(target, address(2)).await else {
                panic!("the cool-down counts on both")
            };
            assert_eq!(limited.rule, CounterKind::Number);
            for left in [4, 3, 2, 1] {
                let (world, call) = if left % 2 == 0 { (one, &call) } else { (other, &theirs) };
                let wrong = world.check(call, WRONG).await;
                assert!(
                    matches!(wrong, Err(CheckError::CodeIncorrect { attempts_remaining }) if attempts_remaining == left),
                    "{wrong:?}"
                );
            }
            other.check(&theirs, RIGHT).await.unwrap();
            for world in [one, other] {
                let again = world.check(&at(world, &call), WRONG).await;
                assert!(matches!(again, Err(CheckError::AlreadyVerified)), "{again:?}");
            }
        }
    }
}

#[tokio::test]
async fn what_was_counted_before_is_counted_after_all_three_steps() {
    let worlds = steps(&[OPEN, ("GUARD_CLIENT_LIMITS", "3/24h")]);
    let [before, known, used, after] = &worlds;
    let target = number("+31612345678");
    // Each step is counted by the one before it, and the last knows what all but the first counted.
    before.start(number("+31612345600"), address(9)).await.unwrap();
    for (step, world) in [known, used].into_iter().enumerate() {
        world.clock.advance(Duration::from_secs(60 * (step as u64 + 1)));
        let call = world.start(target, address(1)).await.unwrap();
        world.check(&call, WRONG).await.unwrap_err();
    }
    for world in [known, used, after] {
        let Err(StartError::Limited(limited)) = world.start(target, address(5)).await else {
            panic!("its cool-down is known")
        };
        assert_eq!(limited.rule, CounterKind::Number);
        assert_eq!(limited.retry_after, Duration::from_secs(120), "and its rung");
    }
    // Two calls by one address, of three.
    after.start(number("+31612355555"), address(1)).await.unwrap();
    let Err(StartError::Limited(limited)) = after.start(number("+31612365555"), address(1)).await
    else {
        panic!("the address is known")
    };
    assert_eq!(limited.rule, CounterKind::Client);
    // The caps are everybody's, whichever secret they have.
    for world in &worlds {
        let overview = world.service.guard.overview(&[]).await.unwrap();
        assert_eq!(overview.day.used, 4);
    }
}

#[tokio::test]
async fn what_is_blocked_stays_blocked() {
    let [before, known, used, after] = &steps(&[OPEN]);
    let target = number("+31612345678");
    let is_blocked = async |world: &World| {
        matches!(world.start(target, address(1)).await, Err(StartError::DestinationClosed))
    };
    before.service.guard.block("316123".parse().unwrap(), 100 * MINUTE).await.unwrap();
    // Whoever reads the list seals it anew, so that the last one opens it.
    for world in [known, used, after] {
        assert!(is_blocked(world).await);
    }
    assert_eq!(after.service.guard.blocked().await.unwrap().len(), 1);
}
