//! Who is told a code: the first call in which a key was pressed, while the code is of use.

use super::{
    NUMBER, OTHER_CALL, Press, assert_not_there, assert_silent, called, delivery, said, wrong,
};
use crate::helpers::{PATIENT, SECRET};
use crate::servers::Server;
use crate::shared_store::becomes_ready;
use secrecy::ExposeSecret;

#[actix_web::test]
async fn the_first_call_is_told_as_often_as_it_asks_and_no_other() {
    let (_carrier, app, id, sealed) = called(&["queued"], &[]).await;
    let press = Press::of(&sealed);
    let code = said(&press.answer(&app).await);
    for key in ["1", "#", "0"] {
        assert_eq!(said(&press.with("Digits", Some(key)).answer(&app).await), code, "{key}");
        assert_not_there(&press.with("CallSid", Some(OTHER_CALL)).answer(&app).await);
    }
    assert_eq!(app.check(&id, &code).await.status, 200);
    // Of no use to anybody any more, also not to a repetition that arrives after the code was typed.
    assert_silent(&press.answer(&app).await);
    assert_not_there(&press.with("CallSid", Some(OTHER_CALL)).answer(&app).await);
}

#[actix_web::test]
async fn two_calls_that_press_at_once_are_not_both_told() {
    let (_carrier, app, _, sealed) = called(&["queued"], &[]).await;
    let press = Press::of(&sealed);
    let calls = (0..20).map(|index| press.with("CallSid", Some(&format!("CA{index:032x}"))));
    let answers = futures_util::future::join_all(calls.map(async |it| it.answer(&app).await)).await;
    let (told, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|it| it.status == 200);
    assert_eq!((told.len(), refused.len()), (1, 19));
    refused.into_iter().for_each(assert_not_there);
}

#[actix_web::test]
async fn without_a_key_the_call_ends_and_claims_nothing() {
    let (_carrier, app, _, sealed) = called(&["queued"], &[]).await;
    let press = Press::of(&sealed);
    let other = press.with("CallSid", Some(OTHER_CALL));
    assert_silent(&other.with("Digits", Some("")).answer(&app).await);
    assert_silent(&other.with("Digits", None).answer(&app).await);
    said(&press.answer(&app).await);
}

#[actix_web::test]
async fn a_key_that_comes_after_the_codes_end_is_told_nothing() {
    let (_carrier, app, _, sealed) = called(&["queued"], &[]).await;
    let press = Press::of(&sealed);
    app.advance(599).await;
    let code = said(&press.answer(&app).await);
    app.advance(1).await;
    assert_eq!(code.len(), 6);
    assert_silent(&press.answer(&app).await);
    app.advance(24 * 60 * 60).await;
    assert_silent(&press.answer(&app).await);
}

#[actix_web::test]
async fn a_key_in_a_call_whose_code_was_given_up_is_told_nothing() {
    for way in ["canceled", "replaced", "verified", "out of tries"] {
        let (carrier, app, id, sealed) = called(&["queued"; 3], &[]).await;
        let press = Press::of(&sealed);
        let mut requests = 2;
        match way {
            "canceled" => assert_eq!(app.cancel(&id).await.status, 204),
            "replaced" => {
                app.advance(60).await;
                app.resend(&id).await.id();
                requests = 3;
            }
            "verified" => {
                let code = said(&press.answer(&app).await);
                assert_eq!(app.check(&id, &code).await.status, 200);
                requests = 1;
            }
            _ => {
                // A carrier may ask again for a call that was told its code before.
                let wrong = wrong(&said(&press.answer(&app).await));
                for left in [4, 3, 2, 1, 0] {
                    let checked = app.check(&id, &wrong).await;
                    assert_eq!(checked.json()["attempts_remaining"], left, "{}", checked.text);
                }
            }
        }
        assert_silent(&press.answer(&app).await);
        assert_eq!(carrier.0.requests().len(), requests, "{way}");
    }
}

#[actix_web::test]
async fn replicas_with_two_secrets_tell_the_same_call_and_know_that_a_person_picked_up() {
    let server = Server::start(&[]);
    let url = server.url();
    let old = [("REDIS_URL", url.expose_secret()), PATIENT];
    let new = "01".repeat(32);
    let states = ["queued", "in-progress", "completed", "queued"];
    let (carrier, mut app, id, sealed) = called(&states, &old).await;
    assert_eq!(delivery(&app, &id).await, "ringing", "in progress, and nobody has pressed");
    let first = app.second(&[("SECRET_KEY", &new), ("SECRET_KEY_PREVIOUS", SECRET)]);
    becomes_ready(&app).await;
    let press = Press::of(&sealed);
    let other = press.with("CallSid", Some(OTHER_CALL));
    let code = said(&press.answer(&app).await);
    // The next life has nothing in its memory, and the old secret alone again.
    drop(first);
    app.reborn(&[("SECRET_KEY", SECRET), ("SECRET_KEY_PREVIOUS", &new)]);
    becomes_ready(&app).await;
    assert_not_there(&other.answer(&app).await);
    assert_eq!(said(&press.answer(&app).await), code);
    app.advance(2).await;
    assert_eq!(delivery(&app, &id).await, "answered");
    assert_eq!(app.check(&id, &code).await.status, 200);

    app.advance(600).await;
    app.start(NUMBER).await.id();
    let newest = carrier.sealed();
    assert_ne!(newest, sealed);
    // What was sealed with a secret that nobody knows any more is as if it had never been.
    app.reborn(&[("SECRET_KEY", &new), ("SECRET_KEY_PREVIOUS", &"02".repeat(32))]);
    becomes_ready(&app).await;
    assert_not_there(&Press::of(&newest).answer(&app).await);
}

#[actix_web::test]
async fn a_store_that_cannot_decide_lets_nothing_be_said_and_is_not_asked_about_forgeries() {
    let mut server = Server::start(&[]);
    let url = server.url();
    let redis = [("REDIS_URL", url.expose_secret())];
    let (_carrier, app, _, sealed) = called(&["queued"], &redis).await;
    let press = Press::of(&sealed);
    server.run("CLIENT PAUSE 1000").unwrap();
    let late = press.with("CallSid", Some(OTHER_CALL)).answer(&app).await;
    assert_eq!(late.problem(), (503, "temporarily_unavailable".into()));
    assert_eq!(late.header("retry-after"), "5");
    becomes_ready(&app).await;
    let code = said(&press.answer(&app).await);
    server.kill();
    assert_eq!(press.answer(&app).await.problem().0, 503);
    assert_not_there(&Press { token: "another_token", ..press.clone() }.answer(&app).await);
    assert_not_there(&press.with("To", Some("+442079460034")).answer(&app).await);
    assert_silent(&press.with("Digits", Some("")).answer(&app).await);
    assert_eq!(code.len(), 6);
    // It has lost its memory, and with it the tries: the code is refused, and so it is not said.
    server.resume();
    becomes_ready(&app).await;
    assert_silent(&press.answer(&app).await);
}

#[actix_web::test]
async fn a_call_that_waits_for_an_expired_code_is_ended_by_whoever_comes_upon_it() {
    for way in ["read", "checked", "cancelled"] {
        let (carrier, app, id, _) = called(&["queued"; 2], &[]).await;
        app.advance(601).await;
        assert_eq!(carrier.ended(), 0, "nobody has asked");
        for _ in 0..2 {
            match way {
                "read" => {
                    let shown = app.get(&format!("/verifications/{id}")).await.json();
                    assert_eq!(shown["status"], "expired");
                }
                "checked" => {
                    let late = app.check(&id, "471108").await;
                    assert_eq!(late.problem(), (410, "verification_expired".into()));
                }
                _ => {
                    let late = app.cancel(&id).await;
                    assert_eq!(late.problem(), (410, "verification_expired".into()));
                }
            }
            assert_eq!((carrier.ended(), carrier.0.requests().len()), (1, 2), "{way}");
        }
    }
}

#[actix_web::test]
async fn a_code_whose_end_the_store_did_not_hear_of_is_silenced_by_the_next_request() {
    for read in [true, false] {
        let server = Server::start(&[]);
        let url = server.url();
        let redis = [("REDIS_URL", url.expose_secret()), PATIENT];
        let (carrier, app, id, sealed) = called(&["queued"; 3], &redis).await;
        let press = Press::of(&sealed);
        let code = said(&press.answer(&app).await);
        let wrong = wrong(&code);
        for _ in 0..5 {
            assert_eq!(app.check(&id, &wrong).await.problem().0, 422);
        }
        // As if it had failed between the last wrong code and the note that nobody needs the right one.
        let forget =
            "for _, key in ipairs(redis.call('KEYS', '*:K:*')) do redis.call('DEL', key) end";
        redis::cmd("EVAL").arg(forget).arg(0).exec(&mut server.admin()).unwrap();
        match read {
            true => assert_eq!(app.get(&format!("/verifications/{id}")).await.status, 200),
            false => assert_eq!(app.check(&id, &code).await.problem().0, 410),
        }
        assert_silent(&press.answer(&app).await);
        assert_eq!(carrier.0.requests().len(), 3, "{:?}", carrier.0.requests());
    }
}
