//! The rules of proving a phone number. No HTTP, no clock, no environment, no store, no provider by
//! name: those are ports ([`ports`]) that the service implements.
//!
//! | question | module |
//! |---|---|
//! | what happens on start, check, resend, status, cancel? | [`service`] |
//! | is this a phone number, and of which kind? | [`phone`] |
//! | may it be called, and how often? | [`limits`] |
//! | what is a code? | [`code`] |
//! | what does an id hold, and who can read it? | [`id`] |
//! | what if a request is sent twice? | [`idempotency`] |
//! | which language is spoken? | [`locale`] |
//! | which provider is asked? | [`providers`] |
//! | what is in a receipt, and when is it good? | [`receipt`] |
//! | what can go wrong, and what does it mean? | [`error`] |
//! | what is logged of a verification's life? | `audit` |

// Nothing that comes from outside may bring the service down by being too short.
#![cfg_attr(not(test), warn(clippy::indexing_slicing, clippy::string_slice))]

mod audit;
pub mod channel;
pub mod code;
pub mod context;
pub mod error;
pub mod guard;
pub mod id;
pub mod idempotency;
pub mod kept;
pub mod keys;
pub mod limits;
pub mod locale;
pub mod log;
pub mod model;
pub mod phone;
pub mod ports;
pub mod providers;
pub mod receipt;
pub mod region;
pub mod rule;
pub mod service;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod timestamp;

pub use channel::Channel;
pub use code::{Code, CodeError};
pub use context::Context;
pub use error::{CheckError, Limited, Scope, StartError};
pub use guard::{Conversion, Guard};
pub use id::{Opened, Sealed, VerificationId};
pub use keys::{Keyring, Names};
pub use limits::{Client, Destinations, Limits};
pub use locale::Locale;
pub use model::{Settings, StartRequest, Status, Texts, Verification};
pub use phone::{NumberKind, PhoneNumber, PhoneNumberError};
pub use ports::{
    AnyProvider, Call, Clock, Counters, Failure, NotDone, Provider, Randomness, Refusal,
};
pub use providers::{InUse, ProviderTag, Providers};
pub use receipt::Receipts;
pub use region::Region;
pub use rule::{Rule, Window};
pub use service::{OnVerified, Verifications};
pub use timestamp::Timestamp;
