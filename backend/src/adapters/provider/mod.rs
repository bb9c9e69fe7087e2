//! What every provider needs on its way out, whichever it is: an adapter translates and asks through a
//! [`Gateway`] of its own. No provider is named here, and no HTTP is spoken (`provider-http` does).
//!
//! | module | what lives there |
//! |---|---|
//! | `gateway` | whether and how often something is asked: breaker, bulkhead, the single retry, counting |
//! | `ask_error` | why there is no answer of use, and what the domain is told |
//! | `operation` | what a provider is asked to do |
//! | `breaker` | when to stop asking a provider that fails |
//! | `bulkhead` | how many requests are under way, so that no operation takes all the room |
//! | `meaning` | what a refusal says of the provider, and what becomes of the request |
//! | `progress_cache` | what is known of calls under way, and when to ask for more |
//! | `issued_ids` | whether a provider gives one id to two calls |
//! | `spread` | waits that differ, so that not everybody comes back at once |

mod ask_error;
pub mod breaker;
mod bulkhead;
mod gateway;
mod issued_ids;
mod meaning;
mod operation;
mod progress_cache;
mod spread;

pub use ask_error::AskError;
pub use bulkhead::MAX_IN_FLIGHT;
pub use gateway::{Gateway, Settings};
pub use meaning::{Meaning, Refused};
pub use operation::Operation;
