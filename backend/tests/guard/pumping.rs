//! Pumping: somebody who earns from calls to a range of numbers has us call it, from as many
//! addresses as it takes. What limits the loss is printed and must be what the limits say.

use crate::world::{EPOCH, RIGHT, Tally, World, address, number};
use std::time::Duration;
use verification::PhoneNumber;

const OPEN: (&str, &str) = ("GUARD_ALLOWED_REGIONS", "NL,BE");

/// Starts `tries` calls, one each `gap`, each from an address of its own.
async fn attack(
    name: &str,
    (tries, gap): (u32, Duration),
    target: impl Fn(u32) -> PhoneNumber,
) -> (World, Tally) {
    let world = World::new(&[OPEN]);
    let mut tally = Tally::default();
    for n in 0..tries {
        world.at(gap * n);
        tally.start(&world.start(target(n), address(n)).await);
    }
    assert_eq!(tally.of("placed"), world.placed());
    println!("pumping | {name:<46} | {tries:>6} | {tally}");
    (world, tally)
}

/// Number after number of one block of ten thousand.
fn in_one_prefix(n: u32) -> PhoneNumber {
    number(&format!("+31612{:06}", 340_000 + n % 10_000))
}

/// Every number in a block of its own.
fn in_many_prefixes(n: u32) -> PhoneNumber {
    number(&format!("+316{:04}0000", 1000 + n % 5000))
}

fn in_two_regions(n: u32) -> PhoneNumber {
    match n % 2 {
        0 => in_many_prefixes(n),
        _ => number(&format!("+3247{:03}0000", n % 1000)),
    }
}

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn hour_of_the_last(world: &World) -> u64 {
    let last = *world.network.placed.lock().unwrap().last().unwrap();
    last.since(EPOCH).as_secs() / 3600
}

#[tokio::test]
async fn one_prefix_is_worth_ten_calls_an_hour() {
    let fast = (2_000, Duration::from_millis(10));
    let (_, tally) = attack("one prefix, 2 000 in 20 s", fast, in_one_prefix).await;
    assert_eq!((tally.of("placed"), tally.of("prefix")), (10, 1_990));

    let slow = (2_000, seconds(1));
    let (_, tally) = attack("one prefix, one a second for 33 min", slow, in_one_prefix).await;
    assert_eq!((tally.of("placed"), tally.of("prefix")), (10, 1_990));

    let day = (2_880, seconds(30));
    let (world, tally) = attack("one prefix, one in 30 s for 24 h", day, in_one_prefix).await;
    assert_eq!(tally.of("placed"), 24 * 10);
    assert_eq!(hour_of_the_last(&world), 23);
}

#[tokio::test]
async fn many_prefixes_are_worth_the_hourly_cap_at_most() {
    let burst = (2_000, Duration::from_millis(50));
    let (_, tally) = attack("many prefixes, 20 a second for 100 s", burst, in_many_prefixes).await;
    assert_eq!((tally.of("placed"), tally.of("hourly cap")), (500, 1_500));
}

#[tokio::test]
async fn a_region_that_is_pumped_closes_in_four_minutes() {
    let name = "many prefixes, one a second for 33 min";
    let (_, tally) = attack(name, (2_000, seconds(1)), in_many_prefixes).await;
    // Calls get three minutes to be verified and are counted by the minute: at 4 min 1 s there are
    // twenty that should have been.
    assert_eq!((tally.of("placed"), tally.of("conversion watch")), (241, 1_759));
}

#[tokio::test]
async fn a_day_of_pumping_costs_half_the_daily_cap_per_region() {
    let day = (14_400, seconds(6));
    let (_, tally) = attack("many prefixes, one in 6 s for 24 h", day, in_many_prefixes).await;
    assert!(tally.of("placed") <= 1_500, "{tally}");
    assert!(tally.of("conversion watch") > 10_000, "{tally}");

    let fast = (7_200, seconds(2));
    let (_, tally) = attack("two regions, one in 2 s for 4 h", fast, in_two_regions).await;
    assert!(tally.of("placed") <= 3_000, "{tally}");
}

/// Calls placed of each attack when none, one in ten and one in five is verified at once, before
/// budgets grew with what is verified: a limit of so many unverified calls in any window.
const WITHOUT_GROWTH: [(&str, [usize; 3]); 6] = [
    ("one prefix, 2 000 in 20 s", [10, 11, 12]),
    ("one prefix, one in 30 s for 24 h", [240, 266, 299]),
    ("many prefixes, one a second for 33 min", [241, 241, 241]),
    ("many prefixes, one in 6 s for 24 h", [1_151, 1_151, 1_874]),
    ("one address, one in 10 s for 24 h", [50, 53, 59]),
    ("one address, one a second for an hour", [20, 22, 24]),
];

/// Whoever verifies some of the calls buys hardly more of them.
#[tokio::test]
async fn verifying_a_few_calls_buys_no_more_than_a_tenth() {
    for (name, before) in WITHOUT_GROWTH {
        let (tries, gap, one_address) = match name {
            "one prefix, 2 000 in 20 s" => (2_000, Duration::from_millis(10), false),
            "one prefix, one in 30 s for 24 h" => (2_880, seconds(30), false),
            "many prefixes, one a second for 33 min" => (2_000, seconds(1), false),
            "many prefixes, one in 6 s for 24 h" => (14_400, seconds(6), false),
            "one address, one in 10 s for 24 h" => (8_640, seconds(10), true),
            _ => (3_600, seconds(1), true),
        };
        let target = if name.starts_with("one prefix") { in_one_prefix } else { in_many_prefixes };
        let mut placed = Vec::new();
        for every in [0, 10, 5] {
            let world = World::new(&[OPEN]);
            for n in 0..tries {
                world.at(gap * n);
                let from = if one_address { address(0) } else { address(n) };
                if let Ok(call) = world.start(target(n), from).await
                    && every > 0
                    && world.placed().is_multiple_of(every)
                {
                    world.check(&call, RIGHT).await.unwrap();
                }
            }
            placed.push(world.placed());
        }
        println!("pumping | {name:<46} | none, 10 %, 20 % verified: {placed:?}, before {before:?}");
        for (now, before) in placed.iter().zip(before) {
            assert!(now * 10 <= before * 11, "{name}: {placed:?}, before {before:?}");
        }
    }
}
