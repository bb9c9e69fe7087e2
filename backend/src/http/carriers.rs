//! Where carriers post to: a key was pressed during a call. Not part of the API that people are told of.

use super::body::Body;
use super::problem::{Kind, Problem};
use super::state::State;
use crate::adapters::twilio::NotAnswered;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use std::time::Duration;

/// Says the code to whoever pressed a key. A request that the carrier did not sign is answered as one to a
/// path that is not there.
///
/// # Errors
/// [`Kind::NotFound`]; [`Kind::TemporarilyUnavailable`] when the store cannot decide.
pub async fn key_pressed(
    request: HttpRequest,
    state: Data<State>,
    sealed: Path<String>,
    body: Body,
) -> Result<HttpResponse, Problem> {
    let press_key = state.press_key.as_ref().ok_or(Kind::NotFound)?;
    let signature = request.headers().get("x-twilio-signature");
    let signature = signature.and_then(|it| it.to_str().ok()).unwrap_or_default();
    match press_key.answer(&sealed, &body, signature).await {
        Ok(twiml) => {
            Ok(HttpResponse::Ok().content_type("text/xml").body(twiml.as_str().to_owned()))
        }
        Err(NotAnswered::NotOurs) => Err(Kind::NotFound.into()),
        Err(NotAnswered::Store(_)) => {
            Err(Problem::from(Kind::TemporarilyUnavailable).after(Duration::from_secs(5)))
        }
    }
}
