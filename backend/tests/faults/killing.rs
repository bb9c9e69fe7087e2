//! A carrier that dies while people use the service, the other one, and both: who rings, what people are told, and
//! which codes go on being checked. Each carrier has a way of its own, whose end is what a killed process looks
//! like from here; the simulator behind both lives on, and its inbox says whose phone rang.

use crate::helpers::{Answer, TestApp, send};
use crate::world::{assert_told, metric};
use reqwest::Method;
use sandbox::fault_proxy::{Cut, FaultProxy, Faults, Way};
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::time::sleep;

const BOTH: [&str; 2] = ["messagebird", "twilio"];
/// How many people start at a time.
const PEOPLE: usize = 8;
/// How many of them a carrier leaves without an answer when it dies, though their phones ring.
const CAUGHT: usize = 4;
/// Nothing here takes as long, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(60);

/// A way to a carrier, that can end and come back at the same address.
struct Carrier {
    name: &'static str,
    address: SocketAddr,
    way: Option<FaultProxy>,
}

impl Carrier {
    async fn new(name: &'static str, simulator: SocketAddr) -> Self {
        let way = FaultProxy::start("127.0.0.1:0".parse().unwrap(), simulator).await.unwrap();
        Self { name, address: way.addr(), way: Some(way) }
    }

    fn kill(&mut self) {
        self.way.take();
    }

    fn fall_silent(&self) {
        let silent = Way { limit: Some(0), cut: Cut::BlackHole, ..Way::default() };
        self.way.as_ref().unwrap().set(Faults { up: silent, down: silent });
    }

    async fn revive(&mut self, simulator: SocketAddr) {
        self.way = Some(FaultProxy::start(self.address, simulator).await.unwrap());
    }
}

/// Somebody who asked for a call.
struct Person {
    /// Which of those who come at a time.
    place: usize,
    number: String,
    answer: Answer,
}

/// The service, both ways, and the people who come all the time.
struct Scene {
    app: Rc<TestApp>,
    simulator: SocketAddr,
    messagebird: Carrier,
    twilio: Carrier,
    people: Rc<RefCell<Vec<Person>>>,
    next: Rc<Cell<usize>>,
    open: Rc<Cell<bool>>,
}

impl Scene {
    async fn new() -> Self {
        let wide = [
            ("PROVIDERS", "messagebird,twilio"),
            ("GUARD_PREFIX_LIMITS", "1000000/1h"),
            ("GUARD_CLIENT_LIMITS", "1000000/1h"),
            ("GUARD_HOURLY_CAP", "1000000"),
            ("GUARD_DAILY_CAP", "1000000"),
            ("GUARD_CONVERSION", "off"),
        ];
        let mut app = TestApp::with(&wide).await;
        let simulator = app.provider.address.trim_start_matches("http://").parse().unwrap();
        let [messagebird, twilio] =
            [Carrier::new(BOTH[0], simulator).await, Carrier::new(BOTH[1], simulator).await];
        app.reborn(&[
            ("MESSAGEBIRD_BASE_URL", &format!("http://{}", messagebird.address)),
            ("TWILIO_BASE_URL", &format!("http://{}/2010-04-01", twilio.address)),
        ]);
        Self {
            app: Rc::new(app),
            simulator,
            messagebird,
            twilio,
            people: Rc::default(),
            next: Rc::default(),
            open: Rc::new(Cell::new(true)),
        }
    }

    /// People come, each with a number of their own, as fast as they are answered.
    fn begin(&self) {
        for place in 0..PEOPLE {
            let (app, people) = (Rc::clone(&self.app), Rc::clone(&self.people));
            let (next, open) = (Rc::clone(&self.next), Rc::clone(&self.open));
            actix_web::rt::spawn(async move {
                while open.get() {
                    let number = fresh(&next);
                    let body = json!({ "phone_number": number });
                    let request = app.request(Method::POST, "/verifications").json(&body);
                    let answer = send(request).await;
                    let is_refused = answer.status == 503;
                    people.borrow_mut().push(Person { place, number, answer });
                    if is_refused {
                        // Nobody comes back at once, and there are only so many numbers.
                        sleep(Duration::from_millis(20)).await;
                    }
                }
            });
        }
    }

    /// Waits until so many more of whom this is true were answered.
    async fn until(&self, count: usize, what: &str, is: impl Fn(&Person) -> bool) {
        let (before, began) = (self.people.borrow().len(), Instant::now());
        while self.people.borrow()[before..].iter().filter(|it| is(it)).count() < count {
            assert!(began.elapsed() < PATIENCE, "not {count} more {what}");
            sleep(Duration::from_millis(5)).await;
        }
    }

    /// Has a carrier take some more calls, whose phones ring, and answer none of them.
    async fn catch(&self, carrier: &Carrier) {
        let fault = json!({ "provider": carrier.name, "operation": "create", "fault": "slow",
            "milliseconds": 3_600_000, "times": CAUGHT });
        self.app.provider.fault(fault).await;
        let (url, began) = (format!("{}/phone/faults", self.app.provider.address), Instant::now());
        while send(crate::helpers::client().get(&url)).await.json() != json!([]) {
            assert!(began.elapsed() < PATIENCE, "{} is not asked", carrier.name);
        }
    }

    async fn until_known(&self, carrier: &str) {
        let began = Instant::now();
        while self.breaker(carrier).await != Some(2) {
            assert!(began.elapsed() < PATIENCE, "the breaker of {carrier} does not open");
        }
    }

    /// Waits until nobody is left who asked before now: each has been answered, and came once more.
    async fn until_all_came_round(&self) {
        for place in 0..PEOPLE {
            self.until(2, "answers of one person", |it| it.place == place).await;
        }
    }

    async fn breaker(&self, carrier: &str) -> Option<u64> {
        metric(&self.app, &format!("breaker_state{{provider=\"{carrier}\",op=\"start\"}}")).await
    }

    /// Nobody else comes, and all have their answers.
    async fn end(&self) {
        self.open.set(false);
        let began = Instant::now();
        while Rc::strong_count(&self.people) > 1 {
            assert!(began.elapsed() < PATIENCE, "somebody has no answer");
            sleep(Duration::from_millis(5)).await;
        }
    }

    /// What reached each phone, by either carrier.
    async fn inbox(&self) -> HashMap<String, Vec<Value>> {
        let url = format!("{}/phone/messages", self.app.provider.address);
        let messages = send(crate::helpers::client().get(url)).await.json();
        let mut inbox = HashMap::<_, Vec<_>>::new();
        for message in messages.as_array().unwrap() {
            let number = format!("+{}", message["recipient"].as_str().unwrap());
            inbox.entry(number).or_default().push(message.clone());
        }
        inbox
    }

    /// No phone rang twice, by whichever carrier; and whoever was told that nothing was sent had none.
    async fn assert_nobody_was_called_twice(&self) {
        let inbox = self.inbox().await;
        for Person { number, answer, .. } in self.people.borrow().iter() {
            let rings = inbox.get(number).map_or(0, Vec::len);
            let right = match answer.status {
                201 => rings == 1,
                502 | 504 if answer.problem().1 == "delivery_unknown" => rings <= 1,
                503 if answer.problem().1 == "temporarily_unavailable" => rings == 0,
                _ => false,
            };
            assert!(right, "{number} rang {rings} times: {}", answer.text);
        }
    }

    /// Those who came since, were called by this carrier, and hold its code: id and code.
    async fn codes(&self, since: usize, by: &str) -> Vec<(String, String)> {
        let inbox = self.inbox().await;
        let people = self.people.borrow();
        let called = people[since..].iter().filter(|it| is_called(it));
        let calls = called.map(|it| (it, &inbox[&it.number][0]));
        calls
            .filter(|(_, call)| call["provider"] == by)
            .map(|(it, call)| (it.answer.id(), call["code"].as_str().unwrap().to_owned()))
            .collect()
    }

    /// Once the breaker knows, a start is one exchange with the other carrier: this one is not asked at all.
    async fn assert_quick(&self, dead: &Carrier) {
        let listener = tokio::net::TcpListener::bind(dead.address).await.unwrap();
        let mut fastest = Duration::MAX;
        for _ in 0..10 {
            let began = Instant::now();
            self.app.start(&fresh(&self.next)).await.id();
            fastest = fastest.min(began.elapsed());
        }
        assert!(fastest < Duration::from_secs(1), "{fastest:?}");
        let asked = tokio::time::timeout(Duration::from_millis(1), listener.accept()).await;
        assert!(asked.is_err(), "{} is not even connected to", dead.name);
    }
}

/// American area codes; in each, these lines are kept for fiction, and those below 90 misbehave in no simulator.
const AREAS: [u16; 60] = [
    201, 202, 203, 205, 206, 207, 208, 209, 210, 212, 213, 214, 215, 216, 217, 218, 219, 224, 225,
    228, 229, 231, 234, 239, 240, 248, 251, 252, 253, 254, 256, 260, 262, 267, 269, 270, 276, 281,
    301, 302, 303, 304, 305, 307, 308, 309, 310, 312, 313, 314, 315, 316, 317, 318, 319, 320, 321,
    323, 325, 330,
];

/// A number that nobody asked for.
fn fresh(next: &Cell<usize>) -> String {
    let index = next.replace(next.get() + 1);
    format!("+1{}55501{:02}", AREAS[index / 90], index % 90)
}

fn is_called(person: &Person) -> bool {
    person.answer.status == 201
}

fn is_unknown(person: &Person) -> bool {
    person.answer.status >= 502 && person.answer.problem().1 == "delivery_unknown"
}

fn is_refused(person: &Person) -> bool {
    person.answer.status == 503
}

#[actix_web::test]
async fn carriers_killed_under_load_ring_nobody_twice_and_leave_our_own_codes_good() {
    let mut scene = Scene::new().await;
    scene.begin();
    scene.until(2 * PEOPLE, "calls", is_called).await;

    // The first one dies, with calls placed whose answers it owes.
    scene.catch(&scene.messagebird).await;
    let since = scene.people.borrow().len();
    scene.messagebird.kill();
    scene.until_known("messagebird").await;
    scene.until(4 * PEOPLE, "calls", is_called).await;
    // Whoever asked before the breaker knew may be about to connect once more.
    scene.until_all_came_round().await;
    scene.assert_quick(&scene.messagebird).await;
    let lost = scene.people.borrow()[since..].iter().filter(|it| is_unknown(it)).count();
    assert!(lost >= CAUGHT, "{lost} of whom nobody knows");
    let others = scene.people.borrow()[since..].iter().filter(|it| is_refused(it)).count();
    assert_eq!(others, 0, "whoever was not asked for was called by the other");

    // Then the other one.
    scene.catch(&scene.twilio).await;
    scene.twilio.kill();
    scene.until_known("twilio").await;
    scene.until(2 * PEOPLE, "refusals", is_refused).await;
    let own = scene.codes(since, "twilio").await;
    let kept = scene.codes(0, "messagebird").await;
    assert!(own.len() >= 4 * PEOPLE && kept.len() >= 2 * PEOPLE);
    for (id, code) in &own {
        let answer = scene.app.check(id, code).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
    // A code that the dead one keeps waits, and costs no try.
    let (id, code) = &kept[0];
    assert_told(&scene.app.check(id, code).await, 503, "temporarily_unavailable", 5..=7);

    // Both come back.
    scene.messagebird.revive(scene.simulator).await;
    scene.twilio.revive(scene.simulator).await;
    scene.app.clock.advance(Duration::from_secs(60));
    scene.until(2 * PEOPLE, "calls", is_called).await;
    let answer = scene.app.check(id, code).await;
    assert_eq!(answer.status, 200, "{}", answer.text);

    // The second one alone is missed by nobody.
    let since = scene.people.borrow().len();
    scene.twilio.kill();
    scene.until(4 * PEOPLE, "calls", is_called).await;
    assert!(scene.people.borrow()[since + PEOPLE..].iter().all(is_called));
    scene.end().await;
    scene.assert_nobody_was_called_twice().await;
}

#[actix_web::test]
async fn a_carrier_that_falls_silent_under_load_rings_nobody_twice() {
    let scene = Scene::new().await;
    scene.begin();
    scene.until(2 * PEOPLE, "calls", is_called).await;
    let since = scene.people.borrow().len();
    scene.messagebird.fall_silent();
    scene.until_known("messagebird").await;
    scene.until(2 * PEOPLE, "calls", is_called).await;
    // Whoever was waiting for it is not called by the other: nobody knows whether the phone rings.
    let lost = scene.people.borrow()[since..].iter().filter(|it| is_unknown(it)).count();
    assert!(lost >= 5, "{lost} of whom nobody knows");
    scene.end().await;
    scene.assert_nobody_was_called_twice().await;
}
