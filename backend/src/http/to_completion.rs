//! Work that is finished even when its client leaves, because it may place a call.

use super::edge::Traced;
use super::problem::{Kind, Problem};
use super::state::State;
use actix_web::{HttpMessage, HttpRequest};
use std::panic::resume_unwind;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tracing::{Instrument, Span};

/// Runs work to completion, whatever becomes of the client that waits for it. Large work comes boxed: it
/// is moved several times until it runs.
///
/// # Errors
/// [`Kind::TemporarilyUnavailable`] at once, and the work does not begin, when too much is under way
/// or the process is about to end.
pub async fn to_completion<T: 'static>(
    request: &HttpRequest,
    state: &State,
    work: impl Future<Output = T> + 'static,
) -> Result<T, Problem> {
    let place = Arc::clone(&state.in_flight)
        .try_acquire_owned()
        .map_err(|_| Problem::from(Kind::TemporarilyUnavailable).after(Duration::from_secs(1)))?;
    let waiting = Rc::new(());
    let (waits, abandoned) = (Rc::downgrade(&waiting), state.metrics.abandoned.clone());
    let held = async move {
        let result = work.await;
        if waits.strong_count() == 0 {
            abandoned.inc();
            tracing::info!("the client left; its work was finished all the same");
        }
        drop(place);
        result
    };
    let held = held.in_current_span();
    let traced = request.extensions().get().map_or_else(Span::none, |Traced(span)| span.clone());
    let result = actix_web::rt::spawn(held.instrument(traced)).await;
    drop(waiting);
    match result {
        Ok(result) => Ok(result),
        Err(error) => match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            // Only the end of the worker cancels it, and then nobody is there to be told.
            Err(_) => Err(Kind::InternalError.into()),
        },
    }
}
