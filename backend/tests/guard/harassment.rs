//! Harassment: one stranger's phone, rung from many addresses, in every way of writing its number.

use crate::world::{Tally, World, address, most_within};
use std::time::Duration;
use verification::PhoneNumber;

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_phone_is_rung_three_times_in_ten_minutes_five_in_an_hour_ten_in_a_day() {
    let world = World::new(&[("GUARD_ALLOWED_REGIONS", "GB")]);
    let spellings =
        ["+44 20 7946 0123", "020 7946 0123", "0044 (0)20 7946-0123", "+44 020 79460123"]
            .map(|text| PhoneNumber::parse(text, "GB".parse().ok()).unwrap());
    let (mut tally, mut last) = (Tally::default(), None);
    // Two days, so that no window can hide behind the beginning.
    for n in 0..2 * 24 * 120_u32 {
        world.at(MINUTE / 2 * n);
        let from = address(n % 500);
        let result = match last.take().filter(|_| n % 3 == 0) {
            Some(earlier) => world.resend(&earlier, from).await,
            None => world.start(spellings[n as usize % spellings.len()], from).await,
        };
        tally.start(&result);
        last = result.ok();
    }
    let placed = world.network.placed.lock().unwrap().clone();
    let [ten_minutes, hour, day] =
        [10, 60, 24 * 60].map(|minutes| most_within(&placed, MINUTE * minutes));
    println!("harassment | one number, 500 addresses, 4 spellings, one in 30 s for 48 h | {tally}");
    println!("harassment | most calls in any 10 min {ten_minutes}, 1 h {hour}, 24 h {day}");
    assert_eq!((ten_minutes, hour, day), (3, 5, 10));
    assert_eq!(placed.len(), tally.of("placed"));
}

#[tokio::test]
async fn whoever_rejects_every_call_is_rung_sooner_but_not_more_often() {
    let world = World::new(&[("GUARD_ALLOWED_REGIONS", "GB")]);
    let number = PhoneNumber::parse("+442079460123", None).unwrap();
    let (mut tally, mut last) = (Tally::default(), None);
    for n in 0..24 * 60 * 12_u32 {
        world.at(Duration::from_secs(5) * n);
        if let Some(earlier) = &last {
            world.read(earlier).await;
        }
        let result = world.start(number, address(n % 500)).await;
        tally.start(&result);
        last = result.ok().or(last);
    }
    let placed = world.network.placed.lock().unwrap().clone();
    let [minute, ten_minutes, hour, day] =
        [1, 10, 60, 24 * 60].map(|minutes| most_within(&placed, MINUTE * minutes));
    println!("harassment | every call rejected, read and tried again every 5 s for 24 h | {tally}");
    assert_eq!((minute, ten_minutes, hour, day), (3, 3, 5, 10));
    let gaps: Vec<_> = placed.windows(2).map(|pair| pair[1].since(pair[0]).as_secs()).collect();
    assert_eq!(gaps[..3], [15, 15, 570], "then the windows");
}
