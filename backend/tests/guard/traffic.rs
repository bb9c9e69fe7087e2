//! Honest traffic: people who prove their numbers, in offices and at home, with slips of the finger
//! and missed calls. Nobody of them may meet a limit.

use crate::world::{Dice, RIGHT, Tally, WRONG, World, rule};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};
use verification::{CheckError, Opened, PhoneNumber, StartError};

const SECOND: u64 = 1_000;

/// What somebody does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Act {
    Start,
    Resend,
    Mistype,
    Type,
}

struct Person {
    number: PhoneNumber,
    from: Ipv4Addr,
    call: Option<Opened>,
}

/// Who comes, when, from where.
#[derive(Clone, Copy)]
struct Crowd {
    people: u64,
    within: u64,
    /// Of a hundred people, how many sit in an office behind one address.
    in_offices: u64,
    /// How many sit in one office.
    office: u64,
    /// An office's people come within this.
    office_within: u64,
    /// Blocks of ten thousand numbers that the people's numbers are spread over.
    prefixes: u64,
}

struct Outcome {
    asked: usize,
    refused: Tally,
    verified: usize,
}

impl Crowd {
    async fn arrive(&self, world: &World) -> Outcome {
        let mut dice = Dice::new(0x5eed);
        let (mut people, mut due) = (Vec::new(), BinaryHeap::new());
        let (mut taken, mut office_opens) = (HashSet::new(), 0);
        for n in 0..self.people {
            let in_office = n < self.people * self.in_offices / 100;
            if n % self.office == 0 {
                office_opens = dice.below(self.within - self.office_within + 1);
            }
            let comes = match in_office {
                true => office_opens + dice.below(self.office_within),
                false => dice.below(self.within),
            };
            // The Dutch mobile blocks: 06 1… to 06 5…, and 06 8….
            let block = match 1_000 + dice.below(self.prefixes) {
                block @ ..6_000 => block,
                block => block + 2_000,
            };
            let number = loop {
                let number = format!("+316{block:04}{:04}", dice.below(10_000));
                if taken.insert(number.clone()) {
                    break number;
                }
            };
            let address = if in_office { n / self.office } else { 0x0100_0000 + n };
            people.push(Person {
                number: PhoneNumber::parse(&number, None).unwrap(),
                from: Ipv4Addr::from(0x0a00_0000 + address as u32),
                call: None,
            });
            due.push(Reverse((comes, n as usize, Act::Start)));
        }
        let mut outcome = Outcome { asked: 0, refused: Tally::default(), verified: 0 };
        while let Some(Reverse((now, who, act))) = due.pop() {
            world.at(Duration::from_millis(now));
            let person = &mut people[who];
            outcome.asked += 1;
            let refused = match act {
                Act::Start => {
                    let started = world.start(person.number, person.from).await;
                    let patience = |dice: &mut Dice, from, to| {
                        now + from * SECOND + dice.below((to - from) * SECOND)
                    };
                    match dice.below(100) {
                        0..5 => {
                            due.push(Reverse((patience(&mut dice, 20, 50), who, Act::Mistype)));
                        }
                        5..80 => due.push(Reverse((patience(&mut dice, 20, 60), who, Act::Type))),
                        80..83 => {
                            due.push(Reverse((patience(&mut dice, 60, 90), who, Act::Resend)))
                        }
                        _ => {}
                    }
                    started.map(|call| person.call = Some(call)).err().map(start_rule)
                }
                Act::Resend => {
                    let Some(earlier) = &person.call else { continue };
                    let started = world.resend(earlier, person.from).await;
                    let typed = now + 20 * SECOND + dice.below(40 * SECOND);
                    due.push(Reverse((typed, who, Act::Type)));
                    started.map(|call| person.call = Some(call)).err().map(start_rule)
                }
                Act::Mistype | Act::Type => {
                    let Some(call) = &person.call else { continue };
                    let code = if act == Act::Type { RIGHT } else { WRONG };
                    if act == Act::Mistype {
                        let again = now + 5 * SECOND + dice.below(5 * SECOND);
                        due.push(Reverse((again, who, Act::Type)));
                    }
                    match world.check(call, code).await {
                        Ok(()) => {
                            outcome.verified += 1;
                            None
                        }
                        Err(CheckError::CodeIncorrect { .. }) if act == Act::Mistype => None,
                        Err(CheckError::Limited(limited)) => Some(rule(limited.rule)),
                        Err(error) => panic!("{error}"),
                    }
                }
            };
            refused.into_iter().for_each(|rule| outcome.refused.count(rule));
        }
        outcome
    }
}

fn start_rule(error: StartError) -> &'static str {
    match error {
        StartError::Limited(limited) => rule(limited.rule),
        error => panic!("{error}"),
    }
}

fn show(name: &str, crowd: &Crowd, world: &World, outcome: &Outcome) -> f64 {
    let rate = outcome.refused.all() as f64 / crowd.people as f64;
    println!(
        "traffic | {name:<52} | people {:>6} | asked {:>6} | calls {:>6} | verified {:>6} | \
         refused {:>4} = {:.4} % | {}",
        crowd.people,
        outcome.asked,
        world.placed(),
        outcome.verified,
        outcome.refused.all(),
        100.0 * rate,
        outcome.refused,
    );
    rate
}

#[tokio::test]
async fn a_hundred_thousand_people_in_an_hour_meet_no_limit() {
    let world = World::new(&[
        ("GUARD_ALLOWED_REGIONS", "NL"),
        ("GUARD_HOURLY_CAP", "110000"),
        ("GUARD_DAILY_CAP", "110000"),
    ]);
    let hour = 3_600 * SECOND;
    let crowd = Crowd {
        people: 100_000,
        within: hour,
        in_offices: 30,
        office: 30,
        office_within: hour,
        prefixes: 6_000,
    };
    let begun = Instant::now();
    let outcome = crowd.arrive(&world).await;
    let rate = show("one hour, 6 000 prefixes, 1 000 offices", &crowd, &world, &outcome);
    println!("traffic | took {:?}", begun.elapsed());
    assert!(rate < 0.001, "{}", outcome.refused);
    assert!(outcome.verified > 82_000);
}

/// Dense crowds, who all come where the limits of an address or a prefix are: what counts is who does not
/// verify, and five in six do.
#[tokio::test]
async fn honest_crowds_however_dense_meet_no_limit() {
    let hour = 3_600 * SECOND;
    let prefixes = Crowd {
        people: 167 * 6 * 6,
        within: 6 * hour,
        in_offices: 0,
        office: 30,
        office_within: hour,
        prefixes: 6,
    };
    let one_address = Crowd {
        people: 2_000,
        within: 24 * hour,
        in_offices: 100,
        office: 2_000,
        office_within: 24 * hour,
        prefixes: 5_000,
    };
    let offices = Crowd {
        people: 6_000,
        in_offices: 100,
        office_within: 300 * SECOND,
        ..Crowd { within: 6 * hour, prefixes: 5_000, ..prefixes }
    };
    let crowds = [
        ("167 an hour to each of 6 prefixes, for six hours", prefixes),
        ("2 000 behind one address in a day", one_address),
        (
            "as many in four hours",
            Crowd { within: 4 * hour, office_within: 4 * hour, ..one_address },
        ),
        ("200 offices of 30 who all come within 5 min", offices),
        (
            "200 offices of 30 who all come within 15 min",
            Crowd { office_within: 900 * SECOND, ..offices },
        ),
    ];
    for (name, crowd) in crowds {
        let rate = measure(name, &crowd).await;
        assert!(rate < 0.001, "{name}: {rate}");
    }
    // Before anybody can have typed a code, a prefix has its quota and no more.
    let rate = measure("1 000 an hour to one prefix", &Crowd { prefixes: 1, ..prefixes }).await;
    assert!(rate < 0.003, "{rate}");
}

async fn measure(name: &str, crowd: &Crowd) -> f64 {
    let caps = [("GUARD_HOURLY_CAP", "110000"), ("GUARD_DAILY_CAP", "110000")];
    let world = World::new(&[("GUARD_ALLOWED_REGIONS", "NL"), caps[0], caps[1]]);
    let outcome = crowd.arrive(&world).await;
    show(name, crowd, &world, &outcome)
}
