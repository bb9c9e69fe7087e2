//! The gateway of providers that only exist here. What MessageBird's does to people is tested over
//! HTTP, in `tests/faults`.

use super::*;
use provider_http::{NotSent, Unknown};
use std::future::{pending, ready};
use std::sync::atomic::{AtomicUsize, Ordering};
use verification::Timestamp;
use verification::ports::{Delivery, Reading};
use verification::testing::FixedClock;

/// A provider that refuses nothing.
#[derive(Debug)]
enum Never {}

impl Refused for Never {
    fn meaning(&self) -> super::super::Meaning {
        match *self {}
    }
}

impl fmt::Display for Never {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {}
    }
}

fn gateway(name: &'static str, max_in_flight: NonZeroU32, clock: &Arc<FixedClock>) -> Gateway {
    let settings = Settings {
        name,
        operations: &[Operation::Start, Operation::Progress, Operation::Cancel],
        request_timeout: Duration::from_secs(10),
        max_in_flight,
        progress_budget: 10,
        requests_per_reading: 1,
    };
    let clock = Arc::clone(clock) as Arc<dyn Clock>;
    Gateway::new(settings, clock, ProviderMetrics::default())
}

fn clock() -> Arc<FixedClock> {
    Arc::new(FixedClock::new(Timestamp(1_000_000)))
}

async fn start(
    gateway: &Gateway,
    number: &str,
    answer: impl Future<Output = Result<(), Error<Never>>>,
) -> Result<(), AskError<Never>> {
    let permit = gateway.pass(Operation::Start)?;
    let by = Deadline::within(Duration::from_secs(10));
    let result = gateway.once(Operation::Start, by, |_| answer).await;
    gateway.settle(permit, number, &result);
    result
}

fn failed() -> Result<(), Error<Never>> {
    Err(Error::Unknown(Unknown::Status(500)))
}

#[tokio::test(start_paused = true)]
async fn f08_without_a_free_slot_nothing_is_asked_and_the_slot_comes_back() {
    let gateway = gateway("one", NonZeroU32::MIN, &clock());
    let asked = AtomicUsize::new(0);
    let hold = async {
        asked.fetch_add(1, Ordering::SeqCst);
        pending().await
    };
    {
        let mut first = std::pin::pin!(start(&gateway, "a", hold));
        let second = async {
            asked.fetch_add(1, Ordering::SeqCst);
            Ok(())
        };
        let error = tokio::select! {
            biased;
            _ = &mut first => unreachable!("nobody answers it"),
            second = start(&gateway, "b", second) => second.unwrap_err(),
        };
        assert!(matches!(error, AskError::BulkheadFull), "{error}");
        assert_eq!(asked.load(Ordering::SeqCst), 1);
    }
    start(&gateway, "c", ready(Ok(()))).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn being_full_teaches_the_breaker_nothing() {
    let gateway = gateway("one", NonZeroU32::MIN, &clock());
    let mut first = std::pin::pin!(start(&gateway, "a", pending()));
    let full = async {
        for number in 0..20 {
            let error = start(&gateway, &number.to_string(), ready(Ok(()))).await.unwrap_err();
            assert!(matches!(error, AskError::BulkheadFull), "{error}");
        }
    };
    tokio::select! {
            biased;
        _ = &mut first => unreachable!("nobody answers it"),
        () = full => {}
    }
}

#[tokio::test]
async fn one_provider_that_fails_is_no_reason_to_leave_another_alone() {
    let clock = clock();
    let [one, other] = ["one", "other"].map(|name| gateway(name, NonZeroU32::MIN, &clock));
    for number in 0..5 {
        start(&one, &number.to_string(), ready(failed())).await.unwrap_err();
    }
    let error = start(&one, "a", ready(Ok(()))).await.unwrap_err();
    assert!(matches!(error, AskError::BreakerOpen { .. }), "{error}");
    start(&other, "a", ready(Ok(()))).await.unwrap();
    assert!(
        one.is_new("id", Duration::from_secs(600)) && other.is_new("id", Duration::from_secs(600))
    );
}

#[tokio::test(start_paused = true)]
async fn a_read_that_settles_a_check_is_tried_again_when_it_was_not_sent() {
    let gateway = gateway("one", NonZeroU32::MIN, &clock());
    let asked = AtomicUsize::new(0);
    let read = |_| {
        let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
        ready(match asked.fetch_add(1, Ordering::SeqCst) {
            0 => Err(Error::<Never>::NotSent(NotSent::Refused(refused.into()))),
            _ => Ok(()),
        })
    };
    // Less than a start would need to be repeated.
    let by = Deadline::within(Duration::from_secs(2));
    gateway.ask(Operation::Status, "a", by, read).await.unwrap();
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn a_read_that_settles_a_check_waits_twice_for_a_slot() {
    let gateway = gateway("one", NonZeroU32::MIN, &clock());
    // The only slot is taken for longer than one wait, and for less than two.
    let held = gateway.bulkhead.enter(Operation::Status).await;
    let leave = async {
        tokio::time::sleep(Duration::from_millis(220)).await;
        drop(held);
    };
    let by = Deadline::within(Duration::from_secs(2));
    let read = gateway.ask(Operation::Status, "a", by, |_| ready(Ok::<_, Error<Never>>(())));
    let ((), answer) = tokio::join!(leave, read);
    answer.unwrap();
}

#[tokio::test]
async fn what_was_read_is_shown_until_it_is_time_to_read_again() {
    let clock = clock();
    let gateway = gateway("one", NonZeroU32::MIN, &clock);
    let found = Some((None, Delivery::Ringing));
    let first = gateway.progress("a", || ready(found)).await;
    assert_eq!(first.progress.unwrap().delivery, Delivery::Ringing);
    let again = gateway.progress("a", || async { unreachable!("too early") }).await;
    let seen = |reading: Reading| {
        (reading.again_after, reading.progress.map(|it| (it.delivery, it.is_news)))
    };
    assert_eq!(seen(first).1, Some((Delivery::Ringing, true)));
    assert_eq!(seen(again), (first.again_after, Some((Delivery::Ringing, false))));
    clock.advance(Duration::from_secs(2));
    let lost = gateway.progress("a", || ready(None)).await;
    assert_eq!(lost.progress, again.progress);
    assert!(lost.again_after > first.again_after, "{:?}", lost.again_after);
}
