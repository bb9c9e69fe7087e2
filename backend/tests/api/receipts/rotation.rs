//! `SECRET_KEY` is changed while receipts are on their way.

use super::{NONCE, mine, part, receipt, receipt_for, redeem, sharing};
use crate::helpers::{SECRET, TestApp};
use crate::servers::Server;
use crate::shared_store::becomes_ready;
use serde_json::{Value, json};
use std::time::Duration;

async fn kids(app: &TestApp) -> Vec<Value> {
    let keys = app.get("/.well-known/jwks.json").await.json();
    keys["keys"].as_array().unwrap().iter().map(|key| key["kid"].clone()).collect()
}

#[actix_web::test]
async fn a_receipt_of_before_is_good_until_its_end_and_once() {
    let server = Server::start(&[]);
    let mut app = sharing(&server, &[]).await;
    let (used, unused) =
        (receipt_for(&app, "+442079460230").await, receipt_for(&app, "+442079460231").await);
    assert_eq!(redeem(&app, mine(&used)).await.status, 200);
    let old = kids(&app).await;
    app.reborn(&[("SECRET_KEY", &"01".repeat(32)), ("SECRET_KEY_PREVIOUS", SECRET)]);
    becomes_ready(&app).await;
    let both = kids(&app).await;
    assert_eq!((both.len(), &both[1..]), (2, &old[..]));
    assert_eq!(redeem(&app, mine(&used)).await.problem(), (409, "receipt_redeemed".into()));
    assert_eq!(redeem(&app, mine(&unused)).await.status, 200);
    let new = receipt_for(&app, "+442079460232").await;
    assert_eq!(part(&new, 0)["kid"], both[0]);
    assert_eq!(redeem(&app, mine(&new)).await.status, 200);
}

/// First every replica learns the new secret as another one it knows, then they change over one by
/// one: whoever asks whichever is served.
#[actix_web::test]
async fn two_replicas_that_change_over_one_by_one_lose_no_receipt() {
    let server = Server::start(&[]);
    let new = "01".repeat(32);
    let mut app = sharing(&server, &[("SECRET_KEY_PREVIOUS", &new)]).await;
    let early =
        [receipt_for(&app, "+442079460233").await, receipt_for(&app, "+442079460234").await];
    let first = app.address.clone();
    let _first_goes_on = app.second(&[("SECRET_KEY", &new), ("SECRET_KEY_PREVIOUS", SECRET)]);
    becomes_ready(&app).await;
    let late = [receipt_for(&app, "+442079460235").await, receipt_for(&app, "+442079460236").await];
    let replicas = [first, app.address.clone()];
    for issued in [&early, &late] {
        for (receipt, order) in issued.iter().zip([[0, 1], [1, 0]]) {
            app.address = replicas[order[0]].clone();
            assert_eq!(redeem(&app, mine(receipt)).await.status, 200);
            app.address = replicas[order[1]].clone();
            assert_eq!(redeem(&app, mine(receipt)).await.problem().0, 409);
        }
    }
}

#[actix_web::test]
async fn a_check_that_is_repeated_after_it_gets_the_same_claims() {
    let server = Server::start(&[]);
    let mut app = sharing(&server, &[]).await;
    let number = "+442079460237";
    let body = json!({ "phone_number": number, "nonce": NONCE });
    let id = app.post("/verifications", body).await.id();
    let code = app.provider.code(number).await;
    let before = receipt(&app.check(&id, &code).await);
    app.clock.advance(Duration::from_secs(7));
    app.reborn(&[("SECRET_KEY", &"01".repeat(32)), ("SECRET_KEY_PREVIOUS", SECRET)]);
    becomes_ready(&app).await;
    let after = receipt(&app.check(&id, &code).await);
    assert_ne!(part(&before, 0)["kid"], part(&after, 0)["kid"]);
    assert_eq!(part(&before, 1), part(&after, 1));
    assert_eq!(redeem(&app, mine(&before)).await.status, 200);
    assert_eq!(redeem(&app, mine(&after)).await.problem(), (409, "receipt_redeemed".into()));
}
