//! Random histories through two replicas on one Redis, against a model that shares no code with
//! the product: a plain list of admitted moments. And random decisions against the store in
//! memory, answer by answer.

use crate::helpers::{BEGIN, STANDALONE, Store, fresh, rule, shared};
use crate::servers::Server;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use redis::ConnectionLike;
use ringproof::adapters::redis_counters::RedisCounters;
use std::sync::Arc;
use std::time::Duration;
use verification::ports::{CounterKind, Counters, Decision, Key, Step, Timestamp};
use verification::testing::FixedClock;
use verification::{Clock, Rule, Window};

/// One thing that happens at one moment.
#[derive(Debug, Clone)]
enum Event {
    /// The clock moves.
    Wait(u64),
    /// That many starts at once, each charged to the keys of its mask.
    Starts(Vec<u8>),
    /// Some earlier starts are given back, all at once.
    GiveBacks(Vec<prop::sample::Index>),
    /// An earlier start is found to have failed.
    Fails(prop::sample::Index),
}

const KEYS: usize = 3;

fn rules() -> impl Strategy<Value = Rule> {
    let exact = prop::collection::vec((1_u32..7, 1_u64..40_000), 1..4);
    let waits = prop::collection::vec(1_u64..25_000, 0..4);
    let large = prop::collection::vec((65_u32..90, 6_000_u64..60_000), 1..3);
    let mixed = prop::collection::vec((40_u32..90, 6_000_u64..60_000), 2..4);
    let no_waits = Just(Vec::new());
    let rules = prop_oneof![
        4 => (exact, waits.clone()),
        2 => (large.clone(), no_waits.clone()),
        1 => (mixed, no_waits),
        1 => (large, waits),
    ];
    let kept = prop_oneof![3 => Just(0), 1 => 1_u64..40_000];
    (rules, kept).prop_map(|((windows, waits), kept)| {
        let ms = Duration::from_millis;
        let window = |(quota, per): (u32, u64)| Window { quota, per: ms(per) };
        let mut rule = Rule::new(windows.into_iter().map(window).collect())
            .with_cooldowns(waits.into_iter().map(ms).collect());
        rule.keep_for(ms(kept));
        rule
    })
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        3 => (0_u64..15_000).prop_map(Event::Wait),
        4 => prop::collection::vec(1_u8..1 << KEYS, 1..25).prop_map(Event::Starts),
        1 => prop::collection::vec(any::<prop::sample::Index>(), 1..5).prop_map(Event::GiveBacks),
        2 => any::<prop::sample::Index>().prop_map(Event::Fails),
    ];
    prop::collection::vec(event, 1..25)
}

/// What was admitted to one key, in the order of admission.
struct Model {
    key: Key,
    rule: Arc<Rule>,
    admitted: Vec<u64>,
    /// The start that was last found to have failed while it was the latest.
    failed: Option<u64>,
}

impl Model {
    /// The moment at which one unit counts in a window: large quotas are counted in sixtieths of it,
    /// unless an equal or longer window counts exactly, and in multiples of the next shorter one's.
    fn counted(&self, at: u64, of: &Window) -> u64 {
        let mut windows = self.rule.windows().to_vec();
        windows.sort_by_key(|window| window.per);
        let exact = |window: &Window| window.quota <= 64;
        let mut grain = 1;
        while !windows.is_empty() && windows[0].per <= of.per {
            let sixtieth = windows[0].per.as_millis() as u64 / 60;
            if !windows.iter().any(exact) && sixtieth >= grain {
                grain = sixtieth / grain * grain;
            }
            windows.remove(0);
        }
        at.div_ceil(grain) * grain
    }

    fn within(&self, now: u64, window: &Window) -> usize {
        let per = window.per.as_millis() as u64;
        self.admitted.iter().filter(|at| self.counted(**at, window) + per > now).count()
    }

    fn has_room(&self, now: u64) -> bool {
        let windows = self.rule.windows();
        let room = |window: &Window| self.within(now, window) < window.quota as usize;
        let rested = self.admitted.last().is_none_or(|last| {
            // The latest of so many within the longest window waits that rung's time.
            let longest = windows.iter().max_by_key(|window| window.per).unwrap();
            let waits = self.rule.cooldowns();
            let wait = waits.get(self.within(*last, longest) - 1).or(waits.last());
            let shortened = if self.failed == Some(*last) { 15_000 } else { u64::MAX };
            wait.is_none_or(|wait| last + wait.min(&shortened) <= now)
        });
        windows.iter().all(room) && rested
    }

    /// No window of any span that ever was holds more than its quota.
    fn assert_never_exceeded(&self) {
        let mut moments = self.admitted.clone();
        moments.sort_unstable();
        for window in self.rule.windows() {
            let (per, quota) = (window.per.as_millis() as u64, window.quota as usize);
            for span in moments.windows(quota + 1) {
                assert!(span[quota] - span[0] >= per, "{quota} in {per} ms exceeded: {span:?}");
            }
        }
    }
}

struct History {
    clock: Arc<FixedClock>,
    replicas: [Arc<RedisCounters>; 2],
    models: Vec<Model>,
    /// Admitted starts that may be given back: when, and to which keys.
    starts: Vec<(u64, u8)>,
}

impl History {
    fn now(&self) -> u64 {
        self.clock.now().0
    }

    fn charges(&self, mask: u8) -> Vec<Step> {
        self.masked(mask).map(|model| Step::Charge(model.key, model.rule.clone())).collect()
    }

    fn masked(&self, mask: u8) -> impl Iterator<Item = &Model> {
        self.models.iter().enumerate().filter(move |(k, _)| mask & (1 << k) != 0).map(|(_, m)| m)
    }

    /// Sends decisions at once, through both replicas in turn.
    async fn at_once(&self, decisions: Vec<Vec<Step>>) -> Vec<Decision> {
        let sent = decisions.into_iter().enumerate().map(|(index, steps)| {
            let replica = self.replicas[index % 2].clone();
            tokio::spawn(async move { replica.decide(&steps).await.unwrap() })
        });
        let mut answers = Vec::new();
        for answer in sent.collect::<Vec<_>>() {
            answers.push(answer.await.unwrap());
        }
        answers
    }

    async fn happens(&mut self, event: Event) {
        match event {
            Event::Wait(ms) => self.clock.advance(Duration::from_millis(ms)),
            Event::Starts(masks) => self.start(&masks).await,
            Event::GiveBacks(which) => {
                let mut decisions = Vec::new();
                for index in which {
                    if self.starts.is_empty() {
                        break;
                    }
                    let (at, mask) = self.starts.swap_remove(index.index(self.starts.len()));
                    let give_back =
                        |m: &Model| Step::GiveBack(m.key, m.rule.clone(), Timestamp(at));
                    decisions.push(self.masked(mask).map(give_back).collect());
                    for (k, model) in self.models.iter_mut().enumerate() {
                        if mask & (1 << k) != 0 {
                            let place = model.admitted.iter().rposition(|other| *other == at);
                            model.admitted.remove(place.unwrap());
                        }
                    }
                }
                self.at_once(decisions).await;
                // The model knows starts by their moments: one at the moment of one that was given
                // back would pass for it.
                self.clock.advance(Duration::from_millis(1));
            }
            Event::Fails(which) if !self.starts.is_empty() => {
                let (at, mask) = self.starts[which.index(self.starts.len())];
                let ease = |m: &Model| Step::Ease(m.key, m.rule.clone(), Timestamp(at));
                self.at_once(vec![self.masked(mask).map(ease).collect()]).await;
                for (k, model) in self.models.iter_mut().enumerate() {
                    if mask & (1 << k) != 0 && model.admitted.last() == Some(&at) {
                        model.failed = Some(at);
                    }
                }
            }
            Event::Fails(_) => {}
        }
        self.check().await;
    }

    async fn start(&mut self, masks: &[u8]) {
        let now = self.now();
        let decisions = masks.iter().map(|mask| self.charges(*mask)).collect();
        let answers = self.at_once(decisions).await;
        let mut refusals = Vec::new();
        for (mask, answer) in masks.iter().zip(answers) {
            match answer {
                Decision::Made { at, .. } => {
                    assert_eq!(at.0, now);
                    self.starts.push((now, *mask));
                    for (k, model) in self.models.iter_mut().enumerate() {
                        if mask & (1 << k) != 0 {
                            model.admitted.push(now);
                        }
                    }
                }
                Decision::Refused { by, .. } => refusals.push((*mask, by)),
            }
        }
        for (mask, by) in &refusals {
            // What was refused amid the others has no room after them: charges only take.
            for refused in by {
                let model = self.masked(*mask).nth(refused.step).unwrap();
                assert!(!model.has_room(now), "refused without reason");
                assert!(refused.retry_at.0 > now);
            }
        }
        if let Some((mask, _)) = refusals.pop() {
            self.retries_as_told(mask).await;
        }
    }

    /// A start alone at the promised moment succeeds; a millisecond before, it does not.
    async fn retries_as_told(&mut self, mask: u8) {
        let [answer] = &self.at_once(vec![self.charges(mask)]).await[..] else { unreachable!() };
        let Decision::Refused { by, .. } = answer else { panic!("{answer:?}") };
        let retry_at = by.iter().map(|refused| refused.retry_at).max().unwrap();
        let before = Duration::from_millis(retry_at.0 - self.now() - 1);
        self.clock.advance(before);
        let answers = self.at_once(vec![self.charges(mask)]).await;
        assert!(matches!(answers[0], Decision::Refused { .. }), "{answers:?} before {retry_at:?}");
        self.clock.advance(Duration::from_millis(1));
        let answers = self.at_once(vec![self.charges(mask)]).await;
        assert!(matches!(answers[0], Decision::Made { .. }), "{answers:?}");
        self.starts.push((retry_at.0, mask));
        for (k, model) in self.models.iter_mut().enumerate() {
            if mask & (1 << k) != 0 {
                model.admitted.push(retry_at.0);
            }
        }
    }

    /// Redis holds what the model holds, key by key: all or nothing, given back exactly.
    async fn check(&self) {
        let now = self.now();
        for model in &self.models {
            model.assert_never_exceeded();
            let longest = model.rule.windows().iter().max_by_key(|window| window.per).unwrap();
            let from = Timestamp(now - longest.per.as_millis() as u64 + 1);
            let count = Step::Count(model.key, model.rule.clone(), from, Timestamp(u64::MAX));
            let read = Step::Read(model.key, model.rule.clone());
            let answer = self.replicas[0].decide(&[count, read]).await.unwrap();
            let Decision::Made { found, .. } = answer else { panic!("{answer:?}") };
            let used = model.within(now, longest);
            assert!(
                matches!(found[0], verification::ports::Found::Count(n) if n == used as u64),
                "{found:?}, not {used}"
            );
            let verification::ports::Found::Room(room) = found[1] else { panic!("{found:?}") };
            assert_eq!(room.next_at.0 <= now, model.has_room(now));
        }
    }

    /// Long after, nothing stands in anybody's way.
    async fn ends(&mut self) {
        self.clock.advance(Duration::from_secs(600));
        for k in 0..KEYS {
            let answers = self.at_once(vec![self.charges(1 << k)]).await;
            assert!(matches!(answers[0], Decision::Made { .. }), "stuck: {answers:?}");
        }
    }
}

fn runner(cases: u32) -> TestRunner {
    TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() })
}

#[test]
fn two_replicas_never_admit_more_than_the_model() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let clock = Arc::new(FixedClock::new(BEGIN));
    let replicas = {
        let _within = runtime.enter();
        [(); 2].map(|()| Arc::new(shared(&STANDALONE.url(), &clock)))
    };
    let histories = (prop::collection::vec(rules(), KEYS), events());
    let run = |(rules, events): (Vec<Rule>, Vec<Event>)| {
        let model = |rule| Model {
            key: fresh(CounterKind::Client),
            rule: Arc::new(rule),
            admitted: Vec::new(),
            failed: None,
        };
        let mut history = History {
            clock: clock.clone(),
            replicas: replicas.clone(),
            models: rules.into_iter().map(model).collect(),
            starts: Vec::new(),
        };
        runtime.block_on(async {
            for event in events {
                history.happens(event).await;
            }
            history.ends().await;
        });
        Ok(())
    };
    runner(48).run(&histories, run).unwrap();
    assert_every_key_expires(&STANDALONE);
}

/// How far the clock is moved, how often it is decided then, and what.
type Decided = (u64, u64, Vec<Draw>);

/// A step on one of few keys; the same numbers make the same step for both stores.
type Draw = (u8, usize, u64, u64);

/// `units` has every unit that was added, of which any is given back at most once, as in the product. Of
/// moments at which none was, or that need not be exact any more, a store may know more than another.
fn step(
    (kind, key, a, b): Draw,
    keys: &[Key],
    rules: &[Arc<Rule>],
    now: u64,
    units: &mut Vec<(Key, Timestamp)>,
) -> Step {
    // Two logs that are counted, one key of flags, and a budget with what was verified of it, as in the
    // product.
    let [.., flag, spent, verified, cap] = keys[..] else { unreachable!() };
    let budget = &rules[2];
    let (log, recent) = (key % 2, Timestamp(now - (a % 4) * 1_000));
    let (key, rule, at) = (keys[log], rules[log].clone(), Timestamp(now - a % 30_000));
    let mut given_back = |key: Key, rule: &Arc<Rule>| {
        let of_key = units.iter().enumerate().rev().filter(|(_, unit)| unit.0 == key).take(8);
        let places: Vec<_> = of_key.map(|(place, _)| place).collect();
        match places.get(a as usize % places.len().max(1)) {
            Some(place) => Step::GiveBack(key, Arc::clone(rule), units.remove(*place).1),
            None => Step::Read(key, Arc::clone(rule)),
        }
    };
    let exact_for = rules[0].exact_for().min(rules[1].exact_for());
    let step = match kind {
        0 => Step::Unflagged(flag),
        1 => Step::ChargeUnlessFirst(key, rule, keys[1 - log]),
        2 => Step::Record(key, rule, at),
        3 => given_back(key, &rule),
        4 => Step::Flag(flag, (b % 3) << 40, Duration::from_millis(b % 5_000)),
        5 => Step::ReadFlag(flag),
        6 => Step::Read(key, rule),
        7 => Step::Ease(key, rule, recent),
        8 => Step::Count(key, rule, at, Timestamp(now + b % 60_000)),
        9 => Step::Expect(flag, (a % 4).checked_sub(1).map(|flag| flag << 40)),
        10 => Step::Record(verified, budget.verified().unwrap().clone(), recent),
        11 => given_back(spent, budget),
        12 | 13 => Step::ChargeBudget(spent, budget.clone(), verified),
        18 if now - recent.0 < exact_for => Step::Known(key, keys[1 - log], recent),
        19 => Step::HasRoom(key, rule, (b % 2 == 0).then_some(keys[1 - log])),
        14 => Step::Charge(cap, rules[3].clone()),
        15 => given_back(cap, &rules[3]),
        _ => Step::Charge(key, rule),
    };
    match &step {
        Step::Charge(key, _) | Step::ChargeUnlessFirst(key, ..) | Step::ChargeBudget(key, ..) => {
            units.push((*key, Timestamp(now)));
        }
        Step::Record(key, _, at) => units.push((*key, *at)),
        _ => {}
    }
    step
}

#[test]
fn redis_answers_every_decision_as_memory_does() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    // A server of its own: since when it counts, by which a part of the caps is admitted, is one for all.
    let server = Server::start(&[]);
    let (memory, redis) = {
        let _within = runtime.enter();
        let clock = Arc::new(FixedClock::new(BEGIN));
        let counters = Arc::new(shared(&server.url(), &clock));
        (Store::in_memory(), Store { counters, clock })
    };
    let first = [Step::Charge(fresh(CounterKind::Hour), Arc::new(cap(&rule(&[(9, 9)]))))];
    runtime.block_on(async { (redis.made(&first).await, memory.made(&first).await) });
    let draw = (0_u8..22, any::<usize>(), any::<u64>(), any::<u64>());
    let waits = prop_oneof![2 => Just(0), 3 => Just(1_000), 1 => 0_u64..20_000];
    // Some come so often that large quotas and budgets are used up.
    let times = prop_oneof![9 => Just(1), 1 => 20_u64..70];
    let decisions = (waits, times, prop::collection::vec(draw, 0..7));
    let decisions = prop::collection::vec(decisions, 1..60);
    let run = |(rules, decisions): (Vec<Rule>, Vec<Decided>)| {
        use CounterKind::{Client, ClientVerified, Codes, Ending, Hour, Prefix};
        let keys = [Prefix, Codes, Ending, Client, ClientVerified, Hour].map(fresh);
        let [one, other, budget, capped] = <[Rule; 4]>::try_from(rules).unwrap();
        let budget = Rule::new(budget.windows().to_vec()).as_budget();
        let rules = [one, other, budget, cap(&capped)].map(Arc::new);
        let mut units = Vec::new();
        for (wait, times, draws) in decisions {
            memory.advance(wait);
            redis.advance(wait);
            for _ in 0..times {
                let (now, mut then) = (memory.now().0, units.clone());
                let drawn = |draw: &Draw| step(*draw, &keys, &rules, now, &mut then);
                let steps: Vec<_> = draws.iter().map(drawn).collect();
                let (ours, theirs) = runtime
                    .block_on(async { (redis.decide(&steps).await, memory.decide(&steps).await) });
                prop_assert_eq!(&ours, &theirs, "{:?}", steps);
                if matches!(ours, Decision::Made { .. }) {
                    units = then;
                }
                memory.advance(times / 20 * 37);
                redis.advance(times / 20 * 37);
            }
        }
        Ok(())
    };
    runner(96).run(&(prop::collection::vec(rules(), 4), decisions), run).unwrap();
    assert_every_key_expires(&server);
}

/// A cap of the same windows, as caps have no cool-downs.
fn cap(rule: &Rule) -> Rule {
    Rule::new(rule.windows().to_vec()).as_cap()
}

/// A crowd behind one address: its budget grows with what is verified, beyond the moments that are
/// kept exactly, and shrinks again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_keeps_a_budget_that_has_grown_as_memory_does() {
    let (memory, redis) = (Store::in_memory(), Store::standalone());
    let window = |(quota, per)| Window { quota, per: Duration::from_secs(per) };
    let rule = Rule::new([(2, 60), (5, 600), (8, 3_600)].map(window).to_vec()).as_budget();
    let (rule, kept) = (Arc::new(rule.clone()), rule.verified().unwrap().clone());
    let [spent, verified] = [CounterKind::Client, CounterKind::ClientVerified].map(fresh);
    let (mut started, mut refused, mut largest) = (Vec::<(Timestamp, bool)>::new(), 0, 0);
    for n in 0..1_500_u64 {
        // Two in three are verified, a quarter of a minute later; of the last ones nobody is.
        for store in [&memory, &redis] {
            store.advance(1_000 + n % 7 * 1_003);
        }
        let now = memory.now();
        let is_due = started.first().is_some_and(|(at, _)| now.0 > at.0 + 15_000);
        let due = is_due.then(|| started.remove(0));
        if let Some((at, true)) = due
            && n < 900
        {
            let back = Step::GiveBack(spent, rule.clone(), at);
            let steps = [back, Step::Record(verified, kept.clone(), at)];
            assert_eq!(redis.made(&steps).await, memory.made(&steps).await, "{n}");
        }
        let charge = Step::ChargeBudget(spent, rule.clone(), verified);
        let steps = [charge, Step::Read(spent, rule.clone())];
        let (ours, theirs) = (redis.decide(&steps).await, memory.decide(&steps).await);
        assert_eq!(ours, theirs, "{n}");
        match ours {
            Decision::Made { .. } => {
                started.push((now, n % 3 > 0));
                largest = largest.max(memory.count(spent).await);
            }
            Decision::Refused { .. } => refused += 1,
        }
    }
    assert!(largest > 100, "it has grown: {largest}");
    assert!(refused > 100, "and shrunk: {refused}");
}

/// No key without an end: a counter that nobody looks at again must not stay for ever.
fn assert_every_key_expires(server: &Server) {
    let mut admin = server.admin();
    let keys: Vec<String> = redis::cmd("KEYS").arg("*").query(&mut admin).unwrap();
    assert!(!keys.is_empty());
    for key in keys {
        let ttl = admin.req_command(redis::cmd("PTTL").arg(&key)).unwrap();
        // -2: it ended between the two commands.
        let redis::Value::Int(ttl) = ttl else { panic!("{ttl:?}") };
        assert!(ttl == -2 || ttl >= 0, "{key} stays for ever");
    }
}
