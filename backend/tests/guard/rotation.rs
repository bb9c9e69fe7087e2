//! A secret that is replaced while calls are made: in three steps, with replicas of two steps side by
//! side, nothing that was counted is lost. Over HTTP and Redis, `api/shared_store` does the same.

use crate::world::{RIGHT, WRONG, World, address, number, replicas};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use verification::guard::Blocks;
use verification::ports::{CounterKind, Key, Step};
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

async fn is_blocked(world: &World, target: &str) -> bool {
    match world.start(number(target), address(1)).await {
        Err(StartError::DestinationClosed) => true,
        Ok(_) | Err(StartError::Limited(_)) => false,
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn a_list_that_no_key_opens_stays_as_it_is() {
    let mut worlds = steps(&[OPEN]);
    let told = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&told);
    worlds[3].service.guard.on_unreadable_blocks =
        Box::new(move || _ = count.fetch_add(1, Ordering::SeqCst));
    let [before, known, _, after] = &worlds;
    before.service.guard.block("316123".parse().unwrap(), 100 * MINUTE).await.unwrap();
    for _ in 0..2 {
        assert!(!is_blocked(after, "+31612345678").await, "starts go on without it");
        after.service.guard.blocked().await.unwrap_err();
        after.service.guard.block("316124".parse().unwrap(), MINUTE).await.unwrap_err();
        after.service.guard.unblock("316123".parse().unwrap()).await.unwrap_err();
    }
    for world in [before, known] {
        assert!(is_blocked(world, "+31612345678").await);
        assert_eq!(world.service.guard.blocked().await.unwrap().len(), 1);
    }
    assert_eq!(told.load(Ordering::SeqCst), 1, "told once, however often it is read");
    let unreadable = async || after.service.guard.overview(&[]).await.unwrap().blocks_unreadable;
    assert!(unreadable().await);

    // Whoever gives the list up begins anew.
    after.service.guard.unblock_all().await.unwrap();
    after.service.guard.block("316124".parse().unwrap(), MINUTE).await.unwrap();
    assert!(is_blocked(after, "+31612412345").await && !unreadable().await);
    // And one that cannot read it any more keeps to what it knew.
    assert!(is_blocked(before, "+31612345678").await && !is_blocked(before, "+31612412346").await);
}

#[tokio::test]
async fn a_list_that_both_read_is_sealed_anew_once() {
    let [before, known, used, _] = &steps(&[OPEN]);
    let key = Key::numbered(CounterKind::BlocksVersion, 0);
    let version =
        async || before.service.guard.counters.decide(&[Step::ReadFlag(key)]).await.unwrap();
    before.service.guard.block("316123".parse().unwrap(), 100 * MINUTE).await.unwrap();
    assert!(is_blocked(known, "+31612345678").await);
    let sealed_anew = version().await;
    for world in [used, known, used, known] {
        assert!(is_blocked(world, "+31612345678").await);
        assert_eq!(version().await, sealed_anew);
    }
}

#[tokio::test]
async fn replicas_of_two_steps_that_change_and_read_by_turns_lose_nothing() {
    let [before, known, used, after] = &steps(&[OPEN]);
    for (nth, (one, other)) in [(before, known), (known, used), (used, after)].iter().enumerate() {
        // Whoever of the two reads or changes it last, the others still read it, and in the end so does
        // a replica that knows only the newer secret.
        for (of, digit) in [(one, 0), (other, 1), (one, 2)] {
            of.service
                .guard
                .block(format!("3162{nth}{digit}").parse().unwrap(), 100 * MINUTE)
                .await
                .unwrap();
            for world in [other, one, other, one] {
                assert!(is_blocked(world, &format!("+3162{nth}{digit}11111")).await);
                assert!(is_blocked(world, "+31620011111").await, "and what was blocked first");
            }
        }
    }
    assert_eq!(after.service.guard.blocked().await.unwrap().len(), 9);
}

#[tokio::test]
async fn an_old_replica_that_starts_late_takes_the_list_from_nobody() {
    let mut worlds = steps(&[OPEN]);
    worlds[1].service.guard.block("316123".parse().unwrap(), 100 * MINUTE).await.unwrap();
    assert!(is_blocked(&worlds[2], "+31612345678").await);
    // The last replica of the first step is started again, while those of the second have read the list.
    worlds[1].service.guard.blocks = Blocks::default();
    for world in &worlds[1..] {
        assert!(is_blocked(world, "+31612345678").await);
    }
}
