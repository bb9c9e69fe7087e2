//! What operators stop: obeyed by the next start, whichever replica it comes to, and undone alike.

use crate::world::{EPOCH, World, address, number, replicas};
use std::time::Duration;
use verification::guard::blocks::Beginning;
use verification::guard::overview::{Stopped, StoppedBy};
use verification::{Channel, Client, Clock, Context, Opened, StartError, StartRequest};

const VARS: [(&str, &str); 1] = [("GUARD_ALLOWED_REGIONS", "NL,BE")];
const HOUR: Duration = Duration::from_secs(3_600);
const DUTCH: &str = "+31612345678";

/// How a start fares, by channel; each to a number of its own.
async fn start(world: &World, to: &str, channel: Channel) -> Result<Opened, StartError> {
    let client = Client::V4(address(7).octets());
    let request = StartRequest {
        number: number(to),
        channel,
        locale: None,
        client,
        context: Context::default(),
    };
    world.service.start(request).await.map(|placed| Opened { id: placed.id, sealed: placed.sealed })
}

/// What is paused, and for how long from the beginning.
async fn paused(world: &World) -> Vec<(Channel, Option<Duration>)> {
    let overview = world.service.guard.overview(&[]).await.unwrap();
    overview.paused().map(|it| (it.channel, it.until.map(|until| until.since(EPOCH)))).collect()
}

async fn is_closed(world: &World, to: &str) -> bool {
    match start(world, to, Channel::Voice).await {
        Err(StartError::DestinationClosed) => true,
        Ok(_) | Err(StartError::Limited(_)) => false,
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn a_pause_stops_new_calls_of_its_channel_for_its_time_and_charges_nothing() {
    let [here, there] = replicas(&VARS);
    let before = start(&there, "+31612300000", Channel::Voice).await.unwrap();
    here.service.guard.pause(&[Channel::Voice], 2 * HOUR).await.unwrap();
    for world in [&here, &there] {
        let refused = start(world, DUTCH, Channel::Voice).await;
        let Err(StartError::Paused { retry_after }) = refused else {
            panic!("{:?}", refused.map(drop))
        };
        assert_eq!(retry_after, 2 * HOUR);
    }
    assert_eq!(paused(&there).await, [(Channel::Voice, Some(2 * HOUR))]);
    start(&there, DUTCH, Channel::Sms).await.unwrap();
    there.check(&before, crate::world::RIGHT).await.unwrap();
    here.at(2 * HOUR);
    start(&there, "+31612300001", Channel::Voice).await.unwrap();
    here.service.guard.pause(&Channel::ALL, HOUR).await.unwrap();
    assert!(start(&there, "+31612300002", Channel::Sms).await.is_err());
    there.service.guard.resume().await.unwrap();
    start(&here, "+31612300002", Channel::Sms).await.unwrap();
    assert_eq!(paused(&here).await, []);
    // Four were placed, and four are charged.
    assert_eq!(here.service.guard.overview(&[]).await.unwrap().day.used, 4);
}

#[tokio::test]
async fn a_region_is_closed_by_channel_and_opened_again_also_after_the_watch() {
    let [here, there] = replicas(&VARS);
    let region = "NL".parse().unwrap();
    here.service.guard.close(region, &[Channel::Voice], HOUR).await.unwrap();
    assert!(is_closed(&there, DUTCH).await);
    start(&there, DUTCH, Channel::Sms).await.unwrap();
    assert!(!is_closed(&there, "+32470123456").await, "Belgium is open");
    let overview = there.service.guard.overview(&[region]).await.unwrap();
    let by_hand = Stopped {
        region: Some(region),
        channel: Channel::Voice,
        by: StoppedBy::Operator,
        until: Some(EPOCH + HOUR),
    };
    assert_eq!(overview.stopped, [by_hand]);
    there.service.guard.open(region).await.unwrap();
    assert!(!is_closed(&here, "+31612300003").await);

    // The watch closes it, and it is opened by hand: it counts anew, and closes nothing at once.
    for n in 0..25 {
        here.clock.advance(Duration::from_secs(1));
        there.start(number(&format!("+316{:04}0000", 2_000 + n)), address(100 + n)).await.unwrap();
    }
    here.clock.advance(Duration::from_secs(300));
    let watch = here.start(number("+31630000000"), address(1_000)).await;
    assert!(matches!(watch, Err(StartError::Limited(_))), "{:?}", watch.map(drop));
    let stopped = here.service.guard.overview(&[region]).await.unwrap().stopped;
    let (by, until) = (StoppedBy::Watch, Some(here.clock.now() + HOUR));
    assert_eq!(stopped, [Stopped { by, until, ..by_hand }]);
    there.service.guard.open(region).await.unwrap();
    for n in 0..5 {
        here.start(number(&format!("+316{:04}0000", 3_001 + n)), address(1_000 + n)).await.unwrap();
    }
    assert_eq!(here.service.guard.overview(&[region]).await.unwrap().stopped, []);
}

#[tokio::test]
async fn a_number_or_all_that_begin_alike_are_not_called_anywhere_until_it_ends() {
    let [here, there] = replicas(&VARS);
    let beginning = |text: &str| text.parse::<Beginning>().unwrap();
    assert!(!is_closed(&there, "+31612300000").await);
    here.service.guard.block(beginning(DUTCH), HOUR).await.unwrap();
    here.service.guard.block(beginning("3247"), 2 * HOUR).await.unwrap();
    for world in [&there, &here] {
        assert!(is_closed(world, DUTCH).await && is_closed(world, "+32470123456").await);
    }
    assert!(!is_closed(&there, "+31612345679").await, "its neighbour is called");
    let shown = async |world: &World| -> Vec<_> {
        let blocked = world.service.guard.blocked().await.unwrap();
        blocked.iter().map(|it| (it.beginning.to_string(), it.until.since(EPOCH))).collect()
    };
    let both = [("+316******78".to_owned(), HOUR), ("+3247…".to_owned(), 2 * HOUR)];
    assert_eq!(shown(&there).await, both);
    there.service.guard.unblock(beginning("3247")).await.unwrap();
    assert!(!is_closed(&here, "+32470123456").await);
    assert_eq!(shown(&here).await, both[..1]);
    here.at(HOUR);
    assert!(!is_closed(&there, DUTCH).await);
    assert_eq!(shown(&there).await, []);
    // Changed again within its time, it has its new end.
    here.service.guard.block(beginning("3161"), HOUR).await.unwrap();
    here.service.guard.block(beginning("3161"), 3 * HOUR).await.unwrap();
    assert_eq!(
        shown(&there).await,
        [("+3161…".to_owned(), here.clock.now().since(EPOCH) + 3 * HOUR)]
    );
}
