//! Guessing: somebody types codes that he never heard, as many and as fast as he can.

use crate::world::{EPOCH, RIGHT, WRONG, World, address, most_within, number};
use std::sync::Arc;
use std::time::Duration;
use verification::{CheckError, Clock, StartError};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[tokio::test]
async fn two_hundred_parallel_guesses_are_five() {
    let world = Arc::new(World::new(&[("GUARD_ALLOWED_REGIONS", "NL")]));
    let opened = world.start(number("+31612345678"), address(1)).await.unwrap();
    let mut guesses = tokio::task::JoinSet::new();
    for n in 0..200 {
        let (world, opened) = (Arc::clone(&world), opened.clone());
        guesses.spawn(async move {
            loop {
                match world.check(&opened, &format!("{n:06}")).await {
                    // One code at a time is sent; the next one waits for its answer.
                    Err(CheckError::UnderWay { is_same: false }) => tokio::task::yield_now().await,
                    result => return result,
                }
            }
        });
    }
    let results = guesses.join_all().await;
    let incorrect = |result: &&_| matches!(result, Err(CheckError::CodeIncorrect { .. }));
    let exhausted = |result: &&_| matches!(result, Err(CheckError::AttemptsExhausted));
    assert_eq!(results.iter().filter(incorrect).count(), 5);
    assert_eq!(results.iter().filter(exhausted).count(), 195);
    println!("guessing | 200 parallel guesses at one code | compared {}", world.compared());
    assert_eq!(world.compared(), 5);
}

/// The limit, and the first try of each of the day's ten calls, which is its holder's.
const COMPARED_IN_A_DAY: usize = 15 + 10;

#[tokio::test]
async fn new_calls_buy_no_new_guesses_but_each_ones_first() {
    let world = World::new(&[("GUARD_ALLOWED_REGIONS", "NL")]);
    let target = number("+31612345678");
    let mut call = world.start(target, address(0)).await.unwrap();
    let mut guesses = 0;
    // Three days of asking for a new call as soon as there is one, and of guessing all the while.
    for n in 1..3 * 24 * 120_u32 {
        world.at(Duration::from_secs(30) * n);
        match world.start(target, address(n % 500)).await {
            Ok(opened) => call = opened,
            Err(StartError::Limited(_)) => {}
            Err(error) => panic!("{error}"),
        }
        for _ in 0..6 {
            guesses += 1;
            match world.check(&call, WRONG).await {
                Err(CheckError::CodeIncorrect { .. }) => {}
                Err(
                    CheckError::AttemptsExhausted | CheckError::Limited(_) | CheckError::Expired,
                ) => break,
                other => panic!("{other:?}"),
            }
        }
    }
    let compared = world.network.compared.lock().unwrap().clone();
    let most = most_within(&compared, DAY);
    println!("guessing | {guesses} guesses at one number in 3 days | compared {}", compared.len());
    println!("guessing | most in any 24 h | {most}: a chance of {most} in 1 000 000 a day");
    assert!(most <= COMPARED_IN_A_DAY, "{most}");
    assert!(compared.len() <= 3 * COMPARED_IN_A_DAY);
}

#[tokio::test]
async fn a_guesser_locks_nobody_out() {
    let world = World::new(&[("GUARD_ALLOWED_REGIONS", "NL")]);
    let target = number("+31612345678");
    for minute in [0, 1, 3] {
        world.at(Duration::from_secs(60 * minute));
        let guessed = world.start(target, address(1)).await.unwrap();
        for _ in 0..10 {
            let _ = world.check(&guessed, WRONG).await;
        }
    }
    assert_eq!(world.compared(), 15);
    // The holder comes as soon as the number's own cool-down allows, and types the code right.
    let Err(StartError::Limited(limited)) = world.start(target, address(2)).await else {
        panic!("the number has a cool-down");
    };
    world.at(world.clock.now().since(EPOCH) + limited.retry_after);
    let own = world.start(target, address(2)).await.unwrap();
    assert!(world.check(&own, RIGHT).await.is_ok());
}
