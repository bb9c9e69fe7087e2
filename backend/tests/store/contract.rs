//! What every store does, as `verification::ports::Counters` promises it. Each test here runs
//! three times: in memory, on one Redis, on a cluster of three.

use crate::helpers::{Store, fresh, ladder, rule};
use std::sync::Arc;
use std::time::Duration;
use verification::limits::EASED_COOLDOWN;
use verification::ports::{CounterKind, Decision, Found, Refused, Room, Step, Timestamp};
use verification::{Rule, Window};

macro_rules! contract {
    ($($promise:ident)*) => {
        contract!(in_memory: $($promise)*);
        contract!(standalone: $($promise)*);
        contract!(cluster: $($promise)*);
    };
    ($store:ident: $($promise:ident)*) => {
        mod $store {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $promise() {
                    super::$promise(crate::helpers::Store::$store()).await;
                }
            )*
        }
    };
}

contract! {
    admits_the_quota_and_again_exactly_when_promised
    climbs_the_ladder_of_cooldowns
    refuses_every_step_when_one_refuses
    tells_all_refusals_in_order
    judges_by_the_state_before_the_decision
    gives_back_exactly_one_unit_of_exactly_that_moment
    eases_the_wait_after_the_latest_charge_alone
    eases_no_window
    keeps_flags_for_their_time
    expects_a_flag_or_none
    spares_the_first_of_a_log
    knows_a_unit_by_its_exact_moment_in_either_log
    asks_for_room_and_charges_nothing
    records_and_counts_moments
    keeps_large_quotas_in_sixtieths
    reads_without_charging
    forgets_what_no_window_sees
    counts_without_bound
    keeps_kinds_apart
    makes_an_empty_decision
    keeps_the_first_value
    replaces_and_drops_values
    lets_values_expire
    lets_one_of_many_keep_the_first_value
    admits_ten_of_two_hundred_at_once
    lets_a_budget_grow_with_what_is_verified
    a_short_budget_alone_is_what_it_says
    reads_a_value_by_keeping_it_for_no_time
    says_that_it_can_decide
}

async fn admits_the_quota_and_again_exactly_when_promised(store: Store) {
    let (key, rule) = (fresh(CounterKind::Number), rule(&[(2, 60), (3, 600)]));
    let first = store.now();
    store.charge(key, &rule).await;
    store.advance(10_000);
    let room = store.charge(key, &rule).await;
    assert_eq!(room, Room { used: 2, left: 0, next_at: first + Duration::from_secs(60) });

    store.advance_to(Timestamp(room.next_at.0 - 1));
    let charge = [Step::Charge(key, rule.clone())];
    let refused = Refused { step: 0, flag: None, retry_at: room.next_at, left: 0 };
    assert_eq!(store.refused(&charge).await, [refused]);
    store.advance(1);
    // The third within ten minutes: what is left is what the long window leaves.
    let room = store.charge(key, &rule).await;
    assert_eq!(room, Room { used: 3, left: 0, next_at: first + Duration::from_secs(600) });
}

async fn climbs_the_ladder_of_cooldowns(store: Store) {
    let windows = [(3, 600), (5, 3_600), (10, 86_400)];
    let (key, rule) = (fresh(CounterKind::Number), ladder(&windows, &[60, 120, 300, 600]));
    let mut waits = Vec::new();
    for _ in 0..7 {
        let room = store.charge(key, &rule).await;
        waits.push(room.next_at.since(store.now()).as_secs() / 60);
        store.advance_to(Timestamp(room.next_at.0 - 1));
        let refused = store.refused(&[Step::Charge(key, rule.clone())]).await;
        assert_eq!(refused[0].retry_at, room.next_at);
        store.advance(1);
    }
    // Minutes 0, 1, 3, 10, 20, 60, 70: cool-downs until a window is the longer wait.
    assert_eq!(waits, [1, 2, 7, 10, 40, 10, 10]);
}

async fn refuses_every_step_when_one_refuses(store: Store) {
    let (full, open, marked) =
        (fresh(CounterKind::Number), fresh(CounterKind::Client), fresh(CounterKind::Ending));
    let (one, many) = (rule(&[(1, 60)]), rule(&[(9, 60)]));
    store.charge(full, &one).await;
    let charged = store.now();
    store.charge(open, &many).await;
    store.advance(5);
    let minute = Duration::from_secs(60);
    let steps = [
        Step::Charge(open, many.clone()),
        Step::Flag(marked, 7, minute),
        Step::Record(open, many.clone(), Timestamp(store.now().0 - 3)),
        Step::GiveBack(open, many.clone(), charged),
        Step::Charge(full, one.clone()),
    ];
    let at = store.now();
    let refused = Refused { step: 4, flag: None, retry_at: charged + minute, left: 0 };
    assert_eq!(store.decide(&steps).await, Decision::Refused { at, by: vec![refused] });
    assert_eq!(store.made(&[Step::ReadFlag(marked)]).await, [Found::Flag(None)]);
    assert_eq!((store.count(open).await, store.count(full).await), (1, 1));
    let there = Step::Count(open, many.clone(), charged, charged + Duration::from_millis(1));
    assert_eq!(store.made(&[there]).await, [Found::Count(1)]);
}

async fn tells_all_refusals_in_order(store: Store) {
    let keys = [CounterKind::Number, CounterKind::Client, CounterKind::Hour].map(fresh);
    let flagged = fresh(CounterKind::Closed);
    let rules = [rule(&[(1, 60)]), rule(&[(5, 60)]), rule(&[(1, 3_600)])];
    let now = store.now();
    let charges = keys.into_iter().zip(&rules).map(|(key, rule)| Step::Charge(key, rule.clone()));
    let mut steps: Vec<_> = charges.collect();
    store.made(&steps).await;
    store.made(&[Step::Flag(flagged, 0, Duration::from_secs(9))]).await;
    steps.insert(1, Step::Unflagged(flagged));
    let after = |seconds| now + Duration::from_secs(seconds);
    let refused = [
        Refused { step: 0, flag: None, retry_at: after(60), left: 0 },
        Refused { step: 1, flag: Some(0), retry_at: after(9), left: 0 },
        Refused { step: 3, flag: None, retry_at: after(3_600), left: 0 },
    ];
    assert_eq!(store.refused(&steps).await, refused);
}

async fn judges_by_the_state_before_the_decision(store: Store) {
    let (key, rule) = (fresh(CounterKind::Number), rule(&[(2, 60)]));
    let flag = fresh(CounterKind::Ending);
    store.charge(key, &rule).await;
    // Room for one before; both charges count, because neither saw the other.
    let steps = [
        Step::Charge(key, rule.clone()),
        Step::Charge(key, rule.clone()),
        Step::Flag(flag, 1, Duration::from_secs(5)),
        Step::Unflagged(flag),
        Step::ReadFlag(flag),
    ];
    let next_at = store.now() + Duration::from_secs(60);
    let room = |used| Found::Room(Room { used, left: 0, next_at });
    let nothing = Found::Nothing;
    let found = [room(2), room(3), nothing, nothing, Found::Flag(Some(1))];
    assert_eq!(store.made(&steps).await, found);
    assert_eq!(store.count(key).await, 3);
}

async fn gives_back_exactly_one_unit_of_exactly_that_moment(store: Store) {
    let (key, rule) = (fresh(CounterKind::Client), rule(&[(3, 60)]));
    let first = store.now();
    store.charge(key, &rule).await;
    store.charge(key, &rule).await;
    store.advance(1);
    store.charge(key, &rule).await;
    let give_back = |at| [Step::GiveBack(key, rule.clone(), at)];

    store.made(&give_back(Timestamp(first.0 - 1))).await;
    store.made(&give_back(first + Duration::from_millis(2))).await;
    assert_eq!(store.count(key).await, 3, "no such moment");
    store.made(&give_back(first)).await;
    assert_eq!(store.count(key).await, 2);
    assert_eq!(store.charge(key, &rule).await.left, 0);
    store.made(&give_back(first)).await;
    store.made(&give_back(first)).await;
    assert_eq!(store.count(key).await, 2, "what is gone is not given back again");
    store.made(&[Step::GiveBack(fresh(CounterKind::Client), rule.clone(), first)]).await;
}

async fn eases_the_wait_after_the_latest_charge_alone(store: Store) {
    let (key, rule) = (fresh(CounterKind::Number), ladder(&[(9, 600)], &[60, 120]));
    let ease = |at| [Step::Ease(key, rule.clone(), at)];
    let empty = Room { used: 0, left: 9, next_at: store.now() };
    assert_eq!(store.made(&ease(store.now())).await, [Found::Room(empty)], "nothing to ease");

    let first = store.now();
    let room = store.charge(key, &rule).await;
    for other in [Timestamp(first.0 - 1), Timestamp(first.0 + 1)] {
        assert_eq!(store.made(&ease(other)).await, [Found::Room(room)], "no such charge");
    }
    let eased = Found::Room(Room { next_at: first + EASED_COOLDOWN, ..room });
    for _ in 0..2 {
        assert_eq!(store.made(&ease(first)).await, [eased]);
        assert_eq!(store.made(&[Step::Read(key, rule.clone())]).await, [eased]);
        store.advance(100);
    }
    store.advance_to(Timestamp(first.0 + 14_999));
    assert_eq!(
        store.refused(&[Step::Charge(key, rule.clone())]).await[0].retry_at.0,
        first.0 + 15_000
    );
    store.advance(1);
    let second = store.now();
    let room = store.charge(key, &rule).await;
    assert_eq!(room.next_at, second + Duration::from_secs(120), "the next rung, not eased");
    assert_eq!(store.made(&ease(first)).await, [Found::Room(room)], "no longer the latest");

    // The second was not placed after all: the first is the latest again, and still eased.
    store.made(&[Step::GiveBack(key, rule.clone(), second)]).await;
    assert_eq!(
        store.made(&[Step::Read(key, rule.clone())]).await,
        [Found::Room(Room { used: 1, left: 8, next_at: second })]
    );
}

async fn eases_no_window(store: Store) {
    let (key, rule) = (fresh(CounterKind::Number), ladder(&[(2, 600)], &[60, 5]));
    let first = store.now();
    store.charge(key, &rule).await;
    store.made(&[Step::Ease(key, rule.clone(), first)]).await;
    store.advance(15_000);
    let second = store.now();
    let room = store.charge(key, &rule).await;
    let full = Room { used: 2, left: 0, next_at: first + Duration::from_secs(600) };
    assert_eq!(room, full);
    assert_eq!(store.made(&[Step::Ease(key, rule.clone(), second)]).await, [Found::Room(full)]);
    store.advance_to(Timestamp(full.next_at.0 - 1));
    store.refused(&[Step::Charge(key, rule.clone())]).await;
    // A wait that is shorter already stays as it is, and a key without cool-down has nothing to ease.
    let (key, rule) = (fresh(CounterKind::Number), ladder(&[(2, 600)], &[5]));
    let room = store.charge(key, &rule).await;
    assert_eq!(
        store.made(&[Step::Ease(key, rule.clone(), store.now())]).await,
        [Found::Room(room)]
    );
    let (key, rule) = (fresh(CounterKind::Number), self::rule(&[(2, 600)]));
    let room = store.charge(key, &rule).await;
    assert_eq!(
        store.made(&[Step::Ease(key, rule.clone(), store.now())]).await,
        [Found::Room(room)]
    );
}

async fn keeps_flags_for_their_time(store: Store) {
    let key = fresh(CounterKind::Ending);
    let flag = |value, seconds| [Step::Flag(key, value, Duration::from_secs(seconds))];
    let read = || [Step::ReadFlag(key)];
    assert_eq!(store.made(&read()).await, [Found::Flag(None)]);
    store.made(&flag(200, 10)).await;
    store.made(&flag(3, 5)).await;
    let retry_at = store.now() + Duration::from_secs(5);
    store.advance(4_999);
    assert_eq!(store.made(&read()).await, [Found::Flag(Some(3))]);
    let refused = Refused { step: 0, flag: Some(3), retry_at, left: 0 };
    assert_eq!(store.refused(&[Step::Unflagged(key)]).await, [refused]);
    store.advance(1);
    assert_eq!(store.made(&read()).await, [Found::Flag(None)]);
    assert_eq!(store.made(&[Step::Unflagged(key)]).await, [Found::Nothing]);
    store.made(&flag(255, 5)).await;
    store.made(&flag(1, 0)).await;
    assert_eq!(store.made(&read()).await, [Found::Flag(None)], "a flag of no time is none");
}

async fn expects_a_flag_or_none(store: Store) {
    const LARGE: u64 = (1 << 53) - 2;
    let (key, ttl) = (fresh(CounterKind::Ending), Duration::from_secs(9));
    let until = store.now() + ttl;
    let unmet = |flag, retry_at| [Refused { step: 0, flag, retry_at, left: 0 }];
    let set = [Step::Expect(key, None), Step::Flag(key, LARGE, ttl)];
    assert_eq!(
        store.refused(&[Step::Expect(key, Some(0))]).await,
        unmet(None, store.now()),
        "no flag is not nought"
    );
    assert_eq!(store.made(&set).await, [Found::Nothing; 2]);
    store.advance(8_999);
    assert_eq!(store.refused(&set).await, unmet(Some(LARGE), until));
    assert_eq!(
        store.refused(&[Step::Expect(key, Some(LARGE - 1))]).await,
        unmet(Some(LARGE), until)
    );
    let replace = [Step::Expect(key, Some(LARGE)), Step::Flag(key, 0, ttl)];
    assert_eq!(store.made(&replace).await, [Found::Nothing; 2]);
    assert_eq!(store.made(&[Step::ReadFlag(key)]).await, [Found::Flag(Some(0))]);
    let take_away = [Step::Expect(key, Some(0)), Step::Flag(key, 0, Duration::ZERO)];
    assert_eq!(store.made(&take_away).await, [Found::Nothing; 2]);
    assert_eq!(store.made(&[Step::Expect(key, None)]).await, [Found::Nothing]);
}

async fn spares_the_first_of_a_log(store: Store) {
    let (codes, one) = (fresh(CounterKind::Codes), rule(&[(1, 3_600)]));
    let (tries, five) = (fresh(CounterKind::Tries), rule(&[(5, 3_600)]));
    store.charge(codes, &one).await;
    let attempt =
        [Step::Charge(tries, five.clone()), Step::ChargeUnlessFirst(codes, one.clone(), tries)];
    // The number has no room, but this is the first try of its verification.
    store.made(&attempt).await;
    assert_eq!(store.count(codes).await, 2);
    let refused = store.refused(&attempt).await;
    assert_eq!(refused.iter().map(|refused| refused.step).collect::<Vec<_>>(), [1]);
    assert_eq!((store.count(codes).await, store.count(tries).await), (2, 1));
    store.made(&[Step::GiveBack(tries, five.clone(), store.now())]).await;
    store.made(&attempt).await;
}

async fn knows_a_unit_by_its_exact_moment_in_either_log(store: Store) {
    let (one, other) = (fresh(CounterKind::Number), fresh(CounterKind::Number));
    // So many that moments are kept in sixtieths, but for as long as they are asked for.
    let mut many = Rule::clone(&rule(&[(100, 3_600)]));
    many.keep_for(Duration::from_secs(60));
    let many = Arc::new(many);
    store.advance(7);
    let at = store.now();
    let known = |at: Timestamp| [Step::Known(one, other, at), Step::Known(other, one, at)];
    let refused = |step| Refused { step, flag: None, retry_at: store.now(), left: 0 };
    assert_eq!(store.refused(&known(at)).await, [refused(0), refused(1)], "nothing is known");
    // What the same decision charges was not known before it.
    let steps = [Step::Charge(one, many.clone()), Step::Known(one, one, at)];
    assert_eq!(store.refused(&steps).await, [refused(1)]);
    store.charge(one, &many).await;
    store.advance(500);
    store.charge(one, &many).await;
    assert_eq!(store.made(&known(at)).await, [Found::Nothing; 2]);
    for beside in [at.0 - 1, at.0 + 1, at.0 + 499, at.0 + 501] {
        let refusals = store.refused(&known(Timestamp(beside))).await;
        assert_eq!(refusals, [refused(0), refused(1)], "{beside}");
    }
    store.advance(59_000);
    store.charge(one, &many).await;
    assert_eq!(store.made(&known(at)).await.len(), 2, "still exact");
}

async fn asks_for_room_and_charges_nothing(store: Store) {
    let (key, other) = (fresh(CounterKind::Codes), fresh(CounterKind::Tries));
    let two = rule(&[(2, 60)]);
    let [room, unless_first] =
        [None, Some(other)].map(|other| [Step::HasRoom(key, two.clone(), other)]);
    let now = store.now();
    let empty = Found::Room(Room { used: 0, left: 2, next_at: now });
    for _ in 0..3 {
        assert_eq!(store.made(&room).await, [empty]);
        assert_eq!(store.made(&unless_first).await, [empty]);
    }
    store.charge(key, &two).await;
    assert_eq!(store.made(&room).await, [Found::Room(Room { used: 1, left: 1, next_at: now })]);
    store.charge(key, &two).await;
    let full = Refused { step: 0, flag: None, retry_at: now + Duration::from_secs(60), left: 0 };
    assert_eq!(store.refused(&room).await, [full]);
    let spared = Found::Room(Room { used: 2, left: 0, next_at: full.retry_at });
    assert_eq!(store.made(&unless_first).await, [spared], "the other log is empty");
    store.charge(other, &two).await;
    assert_eq!(store.refused(&unless_first).await, [full]);
    store.advance(60_000);
    assert_eq!(store.made(&room).await.len(), 1);
}

async fn records_and_counts_moments(store: Store) {
    let (key, rule) = (fresh(CounterKind::Verified), rule(&[(2, 3_600)]));
    let now = store.now();
    let before = |ms| Timestamp(now.0 - ms);
    // Out of order, beyond the quota, and one too old to matter.
    let moments = [500, 900, 500, 3_600_000].map(before);
    let records = moments.map(|at| Step::Record(key, rule.clone(), at));
    store.made(&records).await;
    let counts = [(901, 0), (900, 500), (900, 499), (500, 499), (499, 0)]
        .map(|(from, to)| Step::Count(key, rule.clone(), before(from), before(to)));
    assert_eq!(store.made(&counts).await, [3, 1, 3, 2, 0].map(Found::Count));
    let refused = store.refused(&[Step::Charge(key, rule.clone())]).await;
    assert_eq!(refused[0].retry_at, before(500) + Duration::from_secs(3_600));
}

async fn keeps_large_quotas_in_sixtieths(store: Store) {
    let (key, rule) = (fresh(CounterKind::Hour), rule(&[(100, 60)]));
    let charged = store.now();
    let charges: Vec<_> = (0..100).map(|_| Step::Charge(key, rule.clone())).collect();
    store.made(&charges).await;
    let refused = store.refused(&charges[..1]).await;
    // Rounded up to whole seconds: never a moment too early, at most a sixtieth too late.
    let whole = Timestamp(charged.0.div_ceil(1_000) * 1_000);
    assert_eq!(refused[0].retry_at, whole + Duration::from_secs(60));
    let kept = Step::Count(key, rule.clone(), whole, whole + Duration::from_millis(1));
    assert_eq!(store.made(&[kept]).await, [Found::Count(100)]);
    store.made(&[Step::GiveBack(key, rule.clone(), charged)]).await;
    store.made(&charges[..1]).await;
    store.refused(&charges[..1]).await;
    store.advance_to(refused[0].retry_at);
    store.made(&charges[..1]).await;
}

async fn reads_without_charging(store: Store) {
    let (key, rule) = (fresh(CounterKind::Number), ladder(&[(3, 600)], &[60]));
    let read = [Step::Read(key, rule.clone())];
    let empty = Room { used: 0, left: 3, next_at: store.now() };
    assert_eq!(store.made(&read).await, [Found::Room(empty)]);
    let room = store.charge(key, &rule).await;
    assert_eq!(room, Room { used: 1, left: 2, next_at: store.now() + Duration::from_secs(60) });
    assert_eq!(store.made(&read).await, [Found::Room(room)]);
    store.advance(600_000);
    let empty = Room { next_at: store.now(), ..empty };
    assert_eq!(store.made(&read).await, [Found::Room(empty)]);
}

async fn forgets_what_no_window_sees(store: Store) {
    let (key, rule) = (fresh(CounterKind::Client), rule(&[(5, 60)]));
    store.charge(key, &rule).await;
    store.advance(40_000);
    store.charge(key, &rule).await;
    store.advance(20_000);
    store.charge(key, &rule).await;
    assert_eq!(store.count(key).await, 2, "the first has left the window");
    store.advance(60_000);
    assert_eq!(store.count(key).await, 0, "all have");
}

async fn counts_without_bound(store: Store) {
    let (key, rule) = (fresh(CounterKind::Started), rule(&[(u32::MAX, 3_600)]));
    let room = store.charge(key, &rule).await;
    assert_eq!(room, Room { used: 1, left: u32::MAX - 1, next_at: store.now() });
    let (key, rule) = (fresh(CounterKind::Started), self::rule(&[]));
    let room = store.charge(key, &rule).await;
    assert_eq!(room, Room { used: 0, left: u32::MAX, next_at: store.now() });
}

async fn keeps_kinds_apart(store: Store) {
    let number = fresh(CounterKind::Number);
    let codes = verification::ports::Key { kind: CounterKind::Codes, ..number };
    store.charge(number, &rule(&[(1, 60)])).await;
    assert_eq!(store.count(codes).await, 0);
}

async fn makes_an_empty_decision(store: Store) {
    let made = Decision::Made { at: store.now(), found: Vec::new() };
    assert_eq!(store.decide(&[]).await, made);
}

async fn keeps_the_first_value(store: Store) {
    let (key, hour) = (fresh(CounterKind::Idempotency), Duration::from_secs(3_600));
    let bytes: Vec<u8> = (0..=255).collect();
    assert_eq!(store.counters.keep_first(key, &bytes, hour).await.unwrap(), None);
    assert_eq!(store.counters.keep_first(key, b"later", hour).await.unwrap(), Some(bytes));
    let other = fresh(CounterKind::Idempotency);
    assert_eq!(store.counters.keep_first(other, b"", hour).await.unwrap(), None);
    assert_eq!(store.counters.keep_first(other, b"x", hour).await.unwrap(), Some(Vec::new()));
}

async fn replaces_and_drops_values(store: Store) {
    let (key, hour) = (fresh(CounterKind::Idempotency), Duration::from_secs(3_600));
    store.counters.keep(key, b"one", hour).await.unwrap();
    store.counters.keep(key, b"two", hour).await.unwrap();
    let there = store.counters.keep_first(key, b"three", hour).await.unwrap();
    assert_eq!(there.as_deref(), Some(&b"two"[..]));
    store.counters.drop_value(key).await.unwrap();
    store.counters.drop_value(key).await.unwrap();
    assert_eq!(store.counters.keep_first(key, b"four", hour).await.unwrap(), None);
}

async fn lets_values_expire(store: Store) {
    let (key, minute) = (fresh(CounterKind::Idempotency), Duration::from_secs(60));
    store.counters.keep_first(key, b"one", minute).await.unwrap();
    store.advance(59_999);
    assert!(store.counters.keep_first(key, b"two", minute).await.unwrap().is_some());
    store.advance(1);
    assert_eq!(store.counters.keep_first(key, b"two", minute).await.unwrap(), None);
    store.counters.keep(key, b"three", Duration::ZERO).await.unwrap();
    assert_eq!(store.counters.keep_first(key, b"four", minute).await.unwrap(), None);
}

async fn lets_one_of_many_keep_the_first_value(store: Store) {
    let (key, hour) = (fresh(CounterKind::Idempotency), Duration::from_secs(3_600));
    let attempts = (0..100_u8).map(|mine| {
        let counters = store.counters.clone();
        tokio::spawn(async move { (mine, counters.keep_first(key, &[mine], hour).await.unwrap()) })
    });
    let mut answers = Vec::new();
    for attempt in attempts.collect::<Vec<_>>() {
        answers.push(attempt.await.unwrap());
    }
    let winners: Vec<_> = answers.iter().filter(|(_, there)| there.is_none()).collect();
    let [(winner, _)] = winners[..] else { panic!("{winners:?}") };
    let losers = answers.iter().filter_map(|(_, there)| there.as_ref());
    assert!(losers.eq([vec![*winner]].iter().cycle().take(99)), "all others see the winner's");
}

async fn admits_ten_of_two_hundred_at_once(store: Store) {
    let steps: Arc<[Step]> = [
        Step::Charge(fresh(CounterKind::Number), rule(&[(10, 60)])),
        Step::Charge(fresh(CounterKind::Client), rule(&[(500, 60)])),
    ]
    .into();
    let charges: Vec<_> = (0..200)
        .map(|_| {
            let (counters, steps) = (store.counters.clone(), steps.clone());
            tokio::spawn(async move { counters.decide(&steps).await.unwrap() })
        })
        .collect();
    let mut made = 0;
    for charge in charges {
        made += u32::from(matches!(charge.await.unwrap(), Decision::Made { .. }));
    }
    assert_eq!(made, 10);
    for step in steps.iter() {
        let Step::Charge(key, _) = step else { unreachable!() };
        assert_eq!(store.count(*key).await, 10);
    }
}

async fn says_that_it_can_decide(store: Store) {
    store.counters.ping().await.unwrap();
}

/// `5/1m,8/1h` of what is not verified.
fn budget() -> (Arc<Rule>, Arc<Rule>) {
    let window = |(quota, seconds)| Window { quota, per: Duration::from_secs(seconds) };
    let budget = Rule::new([(1, 60), (8, 3_600)].map(window).to_vec()).as_budget();
    let verified = Arc::clone(budget.verified().unwrap());
    (Arc::new(budget), verified)
}

async fn lets_a_budget_grow_with_what_is_verified(store: Store) {
    let (budget, kept) = budget();
    let (spent, verified) = (fresh(CounterKind::Client), fresh(CounterKind::ClientVerified));
    let charge = [Step::ChargeBudget(spent, budget.clone(), verified)];
    // What is under way counts apart: four times the short window's quota.
    for left in [3, 2, 1, 0] {
        let found = store.made(&charge).await;
        assert!(matches!(found[0], Found::Room(room) if room.left == left), "{found:?}");
    }
    assert_eq!(store.refused(&charge).await[0].retry_at, store.now() + Duration::from_secs(60));
    // Ten verified ones make room for ten that are not, here and in the hour.
    for _ in 0..10 {
        store.made(&[Step::Record(verified, kept.clone(), store.now())]).await;
    }
    for left in [5, 4, 3, 2, 1, 0] {
        let found = store.made(&charge).await;
        assert!(matches!(found[0], Found::Room(room) if room.left == left), "{found:?}");
    }
    store.refused(&charge).await;
    // As these leave the hour, so does what they made room for.
    store.advance(61 * 60_000);
    for _ in 0..4 {
        store.made(&charge).await;
    }
    store.refused(&charge).await;
}

async fn a_short_budget_alone_is_what_it_says(store: Store) {
    let window = Window { quota: 2, per: Duration::from_secs(60) };
    let budget = Arc::new(Rule::new(vec![window]).as_budget());
    let (spent, verified) = (fresh(CounterKind::Client), fresh(CounterKind::ClientVerified));
    let charge = [Step::ChargeBudget(spent, budget, verified)];
    store.made(&charge).await;
    store.made(&charge).await;
    store.refused(&charge).await;
}

async fn reads_a_value_by_keeping_it_for_no_time(store: Store) {
    let (key, hour) = (fresh(CounterKind::BlockList), Duration::from_secs(3_600));
    let read = async || store.counters.keep_first(key, b"", Duration::ZERO).await.unwrap();
    assert_eq!(read().await, None);
    store.counters.keep(key, b"kept", hour).await.unwrap();
    for _ in 0..2 {
        assert_eq!(read().await.as_deref(), Some(&b"kept"[..]));
    }
    store.advance(3_600_000);
    assert_eq!(read().await, None, "it is kept for as long as was said");
}
