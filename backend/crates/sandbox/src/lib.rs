//! The map of the simulator; nothing is implemented here.
//!
//! [`Sandbox`] is a real HTTP server. On MessageBird's own paths it behaves as MessageBird Verify
//! does, so that any MessageBird client can be pointed at it; under `/phone` it is the phone that
//! rings, whoever calls, plus the levers a test pulls (clock, faults, counters). `README.md` lists every endpoint.
//!
//! | module | holds |
//! |---|---|
//! | `server` | bind, address, run, and the whole route table |
//! | `phone` | the calls and messages, all state behind one lock, the exchange with a client |
//! | `phone::{http, events, page}` | its endpoints, its live events, its page |
//! | `phone::message` | one call or message, and how it fares as time passes |
//! | `phone::scenarios` | numbers of fiction ranges that misbehave on purpose |
//! | `phone::{faults, sabotage}` | which fault is armed; how it is done to a TCP connection |
//! | `phone::{clock, seen, recent, code}` | the movable clock; the counters; the newest of many; the code in a text |
//! | `messagebird` | MessageBird's own paths, and what they answer |
//! | `messagebird::call` | which operation a request is, and who asks |
//! | `messagebird::create` | what a `POST /verify` asks for, and every reason to refuse it |
//! | `messagebird::verify` | one verification: a pure state machine |
//! | `messagebird::{wire, languages}` | bodies, errors and headers; the 34 languages |
//! | `twilio` | the paths that Twilio made common, and what they answer |
//! | `twilio::{order, wire}` | what a call or message asks for; bodies, errors and forms |
//! | `twilio::{twiml, keys}` | what a call says, carried out; what a pressed key leads to |
//! | `levers` | what a test may tell the providers beside their wires |
//! | `answer` | an answer before it meets the network |
//! | `fault_proxy` | a TCP proxy that spoils connections; before this server or any other |

mod answer;
pub mod fault_proxy;
mod levers;
mod messagebird;
mod phone;
mod server;
mod twilio;

pub use server::Sandbox;
