//! The breaker as a state machine: examples of each rule, then any history whatever.

use super::*;
use proptest::prelude::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

const START: Timestamp = Timestamp(1_000_000);

fn seconds(seconds: u64) -> Timestamp {
    START + Duration::from_secs(seconds)
}

fn breaker() -> Breaker {
    Breaker::new(|_| ())
}

fn let_through(breaker: &Breaker, outcome: Outcome, now: Timestamp) {
    breaker.enter(now).ok().unwrap().settle(outcome, now);
}

fn wait(breaker: &Breaker, now: Timestamp) -> Duration {
    breaker.enter(now).err().unwrap()
}

/// Fails until it opens.
fn open(breaker: &Breaker, now: Timestamp) {
    for _ in 0..CONSECUTIVE {
        let_through(breaker, Outcome::Failed(None), now);
    }
}

#[test]
fn five_failures_in_a_row_open_it_and_an_answer_between_them_does_not() {
    let breaker = breaker();
    for _ in 0..3 {
        for _ in 0..CONSECUTIVE - 1 {
            let_through(&breaker, Outcome::Failed(None), START);
        }
        let_through(&breaker, Outcome::Answered, START);
    }
    open(&breaker, seconds(60));
    assert_eq!(wait(&breaker, seconds(60)), Duration::from_secs(5));
}

#[test]
fn half_of_twenty_within_ten_seconds_opens_it() {
    let run = |step: Duration| {
        let breaker = breaker();
        let mut now = START;
        for _ in 0..SAMPLE / 2 {
            let_through(&breaker, Outcome::Answered, now);
            let_through(&breaker, Outcome::Failed(None), now);
            now = now + step;
        }
        breaker.enter(now).is_err()
    };
    assert!(run(Duration::from_millis(900)));
    assert!(!run(Duration::from_millis(1_200)), "never twenty within ten seconds");
}

#[test]
fn waits_double_up_to_a_minute_and_begin_anew_after_an_answer() {
    let breaker = breaker();
    let mut now = START;
    open(&breaker, now);
    for expected in [5, 10, 20, 40, 60, 60] {
        assert_eq!(wait(&breaker, now), Duration::from_secs(expected));
        now = now + Duration::from_secs(expected);
        let_through(&breaker, Outcome::Failed(None), now);
    }
    now = now + Duration::from_secs(60);
    let_through(&breaker, Outcome::Answered, now);
    open(&breaker, now);
    assert_eq!(wait(&breaker, now), Duration::from_secs(5));
}

#[test]
fn one_call_finds_out_and_the_others_wait_for_it() {
    let breaker = breaker();
    open(&breaker, START);
    let probe = breaker.enter(seconds(5)).ok().unwrap();
    assert_eq!(wait(&breaker, seconds(5)), PROBING);
    drop(probe);
    let probe = breaker.enter(seconds(5)).ok().unwrap();
    probe.settle(Outcome::Answered, seconds(5));
    assert!(breaker.enter(seconds(5)).is_ok());
}

#[test]
fn one_number_that_always_fails_never_opens_it() {
    let breaker = breaker();
    for second in 0..600 {
        let_through(&breaker, Outcome::Failed(Some(7)), seconds(second));
    }
    for about in 0..CONSECUTIVE as u64 - 1 {
        let_through(&breaker, Outcome::Failed(Some(about)), seconds(601));
    }
    assert!(breaker.enter(seconds(601)).is_err(), "five different ones do");
}

#[test]
fn being_told_to_wait_opens_it_for_exactly_that_long_and_never_shortens_a_wait() {
    let breaker = breaker();
    let (first, second) = (breaker.enter(START).ok().unwrap(), breaker.enter(START).ok().unwrap());
    first.settle(Outcome::ToldToWait(Duration::from_secs(300)), START);
    second.settle(Outcome::ToldToWait(Duration::from_secs(1)), seconds(1));
    assert_eq!(wait(&breaker, seconds(299)), Duration::from_secs(1));
    assert!(breaker.enter(seconds(300)).is_ok());
}

#[test]
fn a_refused_account_is_believed_once_from_the_same_and_not_while_others_are_served() {
    let account_refused = |about| Outcome::AccountRefused(Duration::from_secs(60), about);
    let breaker = breaker();
    let_through(&breaker, account_refused(7), START);
    assert_eq!(wait(&breaker, START), Duration::from_secs(60));
    // Who closed it cannot keep it closed: somebody else finds out at once.
    let_through(&breaker, account_refused(7), seconds(60));
    let_through(&breaker, Outcome::Answered, seconds(60));
    let_through(&breaker, account_refused(7), seconds(80));
    let_through(&breaker, Outcome::Answered, seconds(80));
    let_through(&breaker, account_refused(8), seconds(81));
    let_through(&breaker, account_refused(8), seconds(100));
    assert_eq!(wait(&breaker, seconds(100)), Duration::from_secs(60));
    // When it is true, it is true of the next one too.
    let_through(&breaker, account_refused(9), seconds(160));
    assert_eq!(wait(&breaker, seconds(160)), Duration::from_secs(60));
    for about in 100..1_000 {
        breaker.change(|machine| machine.account_refused(0, Duration::ZERO, about, seconds(160)));
    }
    assert_eq!(breaker.change(|machine| machine.blamed.len()), MOST_BLAMED);
}

#[test]
fn late_news_of_before_it_opened_changes_nothing() {
    let breaker = breaker();
    let [slow, slower] = [(); 2].map(|()| breaker.enter(START).ok().unwrap());
    open(&breaker, START);
    slow.settle(Outcome::Answered, seconds(1));
    assert_eq!(wait(&breaker, seconds(1)), Duration::from_secs(4));
    let probe = breaker.enter(seconds(5)).ok().unwrap();
    slower.settle(Outcome::Failed(None), seconds(5));
    probe.settle(Outcome::Answered, seconds(6));
    assert!(breaker.enter(seconds(6)).is_ok());
}

#[test]
fn a_clock_put_back_by_an_hour_does_not_keep_it_open() {
    let breaker = breaker();
    open(&breaker, seconds(3_600));
    assert!(breaker.enter(seconds(0)).is_ok());
}

#[derive(Debug, Clone)]
enum Event {
    Pass(u64),
    Enter,
    Settle(usize, Outcome),
    Drop(usize),
}

fn event() -> impl Strategy<Value = Event> {
    let outcome = prop_oneof![
        3 => Just(Outcome::Answered),
        1 => Just(Outcome::Nothing),
        3 => Just(Outcome::Failed(None)),
        3 => (0..6_u64).prop_map(|about| Outcome::Failed(Some(about))),
        1 => (1..=300_u64).prop_map(|wait| Outcome::ToldToWait(Duration::from_secs(wait))),
        1 => (0..6_u64).prop_map(|about| Outcome::AccountRefused(Duration::from_secs(60), about)),
    ];
    prop_oneof![
        2 => (0..7_000_u64).prop_map(Event::Pass),
        6 => Just(Event::Enter),
        6 => (any::<usize>(), outcome).prop_map(|(which, outcome)| Event::Settle(which, outcome)),
        1 => any::<usize>().prop_map(Event::Drop),
    ]
}

proptest! {
    /// Whatever happens in whatever order: while it is half open one permit is out, while it is open
    /// none is given, the wait it tells is honest, it never outlasts what was asked for, and what it
    /// shows outside is what it does.
    #[test]
    fn any_history_keeps_its_promises(events in prop::collection::vec(event(), 1..300)) {
        let shown = Arc::new(AtomicU8::new(State::Closed as u8));
        let breaker = Breaker::new({
            let shown = Arc::clone(&shown);
            move |state| shown.store(state as u8, Ordering::SeqCst)
        });
        let (mut now, mut permits, mut probe) = (START, Vec::new(), None);
        for event in events {
            match event {
                Event::Pass(milliseconds) => now = now + Duration::from_millis(milliseconds),
                Event::Enter => {
                    let before = shown.load(Ordering::SeqCst);
                    match breaker.enter(now) {
                        Ok(permit) => {
                            prop_assert_ne!(before, State::HalfOpen as u8, "a second probe");
                            if before == State::Open as u8 {
                                prop_assert_eq!(shown.load(Ordering::SeqCst), State::HalfOpen as u8);
                                probe = Some(permit.turn);
                            }
                            permits.push(permit);
                        }
                        Err(left) => {
                            prop_assert_ne!(before, State::Closed as u8);
                            prop_assert!(left > Duration::ZERO && left <= Duration::from_secs(300));
                            if before == State::Open as u8 {
                                // Honest: one millisecond earlier it is still shut, then it is not.
                                let end = now + left;
                                let early = breaker.enter(Timestamp(end.0 - 1));
                                prop_assert!(early.is_err());
                                now = end;
                                let permit = breaker.enter(now);
                                prop_assert!(permit.is_ok());
                                probe = permit.as_ref().ok().map(|permit| permit.turn);
                                permits.extend(permit);
                            }
                        }
                    }
                }
                Event::Settle(which, outcome) if !permits.is_empty() => {
                    let permit = permits.swap_remove(which % permits.len());
                    let (probing, found_out) = (
                        shown.load(Ordering::SeqCst) == State::HalfOpen as u8,
                        probe == Some(permit.turn),
                    );
                    permit.settle(outcome, now);
                    let state = shown.load(Ordering::SeqCst);
                    match outcome {
                        Outcome::ToldToWait(_) => prop_assert_eq!(state, State::Open as u8),
                        Outcome::Answered if probing && found_out => {
                            prop_assert_eq!(state, State::Closed as u8);
                        }
                        Outcome::Failed(_) | Outcome::Nothing | Outcome::AccountRefused(..)
                            if probing && found_out =>
                        {
                            prop_assert_eq!(state, State::Open as u8);
                        }
                        Outcome::AccountRefused(..) => {}
                        _ if probing => prop_assert_eq!(state, State::HalfOpen as u8),
                        _ => {}
                    }
                }
                Event::Drop(which) if !permits.is_empty() => {
                    drop(permits.swap_remove(which % permits.len()));
                }
                Event::Settle(..) | Event::Drop(_) => {}
            }
        }
    }

    /// Only what fails opens it, and only when five different things do.
    #[test]
    fn fewer_than_five_culprits_never_open_it(abouts in prop::collection::vec(0..4_u64, 0..200)) {
        let breaker = breaker();
        for (index, about) in abouts.into_iter().enumerate() {
            let now = START + Duration::from_millis(index as u64 * 50);
            let_through(&breaker, Outcome::Failed(Some(about)), now);
        }
    }
}
