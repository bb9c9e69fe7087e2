//! The map of the MessageBird simulator; nothing is implemented here.
//!
//! [`Sandbox`] is a real HTTP server. On MessageBird's own paths it behaves as MessageBird Verify
//! does, so that any MessageBird client can be pointed at it; under `/phone` it is the phone that
//! rings, plus the levers a test pulls (clock, faults, counters). `README.md` lists every endpoint.
//!
//! | module | holds |
//! |---|---|
//! | `server` | bind, address, run, and the whole route table |
//! | `provider` | the HTTP side of MessageBird's own paths |
//! | `create` | what a `POST /verify` asks for, and every reason to refuse it |
//! | `verify` | one verification: a pure state machine |
//! | `messages` | one call or message, and how it fares as time passes |
//! | `languages` | the 34 spoken languages and their default sentence |
//! | `scenarios` | numbers of fiction ranges that misbehave on purpose |
//! | `faults`, `sabotage` | which fault is armed; how it is done to a TCP connection |
//! | `fault_proxy` | a TCP proxy that spoils connections; before this server or any other |
//! | `wire` | MessageBird's bodies, errors and headers |
//! | `phone`, `events` | the phone page, its endpoints, its live events |
//! | `world`, `clock` | all state behind one lock; the movable clock |

mod clock;
mod create;
mod events;
pub mod fault_proxy;
mod faults;
mod languages;
mod messages;
mod phone;
mod provider;
mod sabotage;
mod scenarios;
mod server;
mod verify;
mod wire;
mod world;

pub use server::Sandbox;
