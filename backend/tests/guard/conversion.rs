//! The conversion watch when nobody is to blame: providers that lose starts, checks that cannot be
//! made, and a watch that only observes.

use crate::world::{EPOCH, Outage, RIGHT, World, address, number};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use verification::{CheckError, Conversion, Opened, PhoneNumber, Region, StartError};

const MINUTE: Duration = Duration::from_secs(60);
const VARS: [(&str, &str); 3] = [
    ("GUARD_ALLOWED_REGIONS", "NL"),
    ("GUARD_HOURLY_CAP", "100000"),
    ("GUARD_DAILY_CAP", "100000"),
];

/// Every number in a block of its own.
fn somebody(n: u32) -> PhoneNumber {
    number(&format!("+316{:04}{:04}", 1_000 + n % 5_000, n / 5_000))
}

fn netherlands() -> Region {
    "NL".parse().unwrap()
}

/// Ten people a minute from `from` to `to`, of whom nine in eleven type their code half a minute later;
/// returns how many the watch refused, and how many are verified.
async fn honest(world: &World, first: u32, from: Duration, to: Duration) -> (usize, usize) {
    let (mut refused, mut verified) = (0, 0);
    let mut typing: Vec<(Duration, Opened)> = Vec::new();
    for (index, n) in (first..).enumerate() {
        let at = from + MINUTE / 10 * index as u32;
        while typing.first().is_some_and(|(due, _)| *due <= at) {
            let (due, call) = typing.remove(0);
            world.at(due);
            match world.check(&call, RIGHT).await {
                Ok(()) => verified += 1,
                Err(CheckError::NotChecked { .. } | CheckError::CheckUnknown { .. }) => {}
                Err(error) => panic!("{error}"),
            }
        }
        if at >= to {
            return (refused, verified);
        }
        world.at(at);
        match world.start(somebody(n), address(n)).await {
            Ok(call) if n % 11 < 9 => typing.push((at + MINUTE / 2, call)),
            Ok(_) | Err(StartError::DeliveryUnknown { .. }) => {}
            Err(StartError::Limited(limited)) => {
                assert_eq!(limited.rule, verification::ports::CounterKind::Closed);
                refused += 1;
            }
            Err(error) => panic!("{error}"),
        }
    }
    unreachable!()
}

/// What an outage of forty minutes does to a region, after an hour of traffic or right at the start.
async fn survives(outage: Outage) {
    for before in [60 * MINUTE, Duration::ZERO] {
        let world = World::new(&VARS);
        let (refused, _) = honest(&world, 0, Duration::ZERO, before).await;
        assert_eq!(refused, 0);
        world.network.suffer(outage);
        let (refused, verified) = honest(&world, 10_000, before, before + 40 * MINUTE).await;
        println!(
            "conversion | {outage:?} for 40 min after {before:?} | refused {refused} | verified {verified}"
        );
        assert_eq!(refused, 0, "{outage:?} after {before:?}");
        world.network.suffer(Outage::None);
        let (refused, verified) =
            honest(&world, 20_000, before + 40 * MINUTE, before + 120 * MINUTE).await;
        assert_eq!(refused, 0, "{outage:?} after {before:?}, afterwards");
        assert!(verified > 500, "{verified}");
        let overview = world.service.guard.overview(&[netherlands()]).await.unwrap();
        assert_eq!(overview.stopped, []);
    }
}

#[tokio::test]
async fn starts_of_which_nobody_knows_whether_they_rang_close_nothing() {
    survives(Outage::StartsLost).await;
}

#[tokio::test]
async fn checks_that_are_not_made_close_nothing() {
    survives(Outage::ChecksNotMade).await;
}

#[tokio::test]
async fn checks_whose_answer_is_lost_close_nothing() {
    survives(Outage::ChecksLost).await;
}

#[tokio::test]
async fn typing_again_and_again_into_an_outage_counts_once() {
    let world = World::new(&VARS);
    world.network.suffer(Outage::ChecksNotMade);
    // Twenty-five calls, of which four are typed, many times each.
    for n in 0..25 {
        world.at(Duration::from_secs(u64::from(n)));
        let call = world.start(somebody(n), address(n)).await.unwrap();
        for _ in 0..if n < 4 { 10 } else { 0 } {
            world.check(&call, RIGHT).await.unwrap_err();
        }
    }
    world.at(5 * MINUTE);
    let Err(StartError::Limited(limited)) = world.start(somebody(100), address(100)).await else {
        panic!("four of twenty-five are fewer than one in five")
    };
    assert_eq!(limited.rule, verification::ports::CounterKind::Closed);
}

/// A region that is pumped: twenty-five calls that nobody answers, and one more when they are old.
async fn pumped(world: &World, first: u32) -> Result<Opened, StartError> {
    let begun = world.since_epoch();
    for n in first..first + 25 {
        world.at(begun + Duration::from_secs(u64::from(n - first)));
        world.start(somebody(n), address(n)).await.unwrap();
    }
    world.at(begun + 5 * MINUTE);
    world.start(somebody(first + 25), address(first + 25)).await
}

#[tokio::test]
async fn observing_tells_once_and_closes_nothing_even_when_it_ends() {
    let mut world = World::new(&VARS);
    world.service.guard.conversion = Conversion::Observe;
    let told = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&told);
    world.service.guard.on_poor_conversion = Box::new(move |poor| {
        assert_eq!((poor.region, poor.verified), (netherlands(), 0));
        count.fetch_add(1, Ordering::SeqCst);
    });
    pumped(&world, 0).await.unwrap();
    for n in 30..40 {
        world.start(somebody(n), address(n)).await.unwrap();
    }
    assert_eq!(told.load(Ordering::SeqCst), 1, "told once an hour");
    let closed = async |world: &World| -> Vec<_> {
        let overview = world.service.guard.overview(&[netherlands()]).await.unwrap();
        overview.closed().map(|(region, _)| region).collect()
    };
    assert_eq!(closed(&world).await, []);

    // Whoever begins to enforce closes nothing for what was only observed.
    world.service.guard.conversion = Conversion::Enforce;
    world.start(somebody(50), address(50)).await.unwrap();
    assert_eq!(closed(&world).await, []);
    let refused = pumped(&world, 60).await;
    assert!(matches!(refused, Err(StartError::Limited(_))), "{:?}", refused.map(drop));
    assert_eq!(closed(&world).await, [netherlands()]);

    // Who observes again has an open region, whatever is noted of it elsewhere.
    for conversion in [Conversion::Observe, Conversion::Off] {
        world.service.guard.conversion = conversion;
        assert_eq!(closed(&world).await, []);
        let n = if conversion == Conversion::Off { 90 } else { 91 };
        world.start(somebody(n), address(n)).await.unwrap();
    }
    assert!(world.since_epoch() < 60 * MINUTE && world.placed() > 60, "{EPOCH:?}");
}

#[tokio::test]
async fn a_code_that_could_not_be_checked_and_then_was_counts_once() {
    for outage in [Outage::ChecksNotMade, Outage::ChecksLost] {
        let world = World::new(&VARS);
        // Thirty calls; three of them reach people, who try until their codes are checked.
        let mut people = Vec::new();
        for n in 0..30 {
            world.at(Duration::from_secs(u64::from(n)));
            let call = world.start(somebody(n), address(n)).await.unwrap();
            people.extend((n < 3).then_some(call));
        }
        world.network.suffer(outage);
        for call in &people {
            world.check(call, RIGHT).await.unwrap_err();
            world.check(call, RIGHT).await.unwrap_err();
        }
        world.network.suffer(Outage::None);
        for call in &people {
            world.check(call, RIGHT).await.unwrap();
        }
        world.at(5 * MINUTE);
        let Err(StartError::Limited(limited)) = world.start(somebody(100), address(100)).await
        else {
            panic!("{outage:?}: three of thirty are fewer than one in five")
        };
        assert_eq!(limited.rule, verification::ports::CounterKind::Closed);
    }
}
