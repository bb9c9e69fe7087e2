//! The domain's ports, met by real things: providers, stores, the clock and randomness of the machine.
//! What is decided here is only how they are reached; what to do with an answer is the domain's.

pub mod memory_counters;
pub mod messagebird;
pub mod metered_counters;
pub mod provider;
pub mod redis_counters;
pub mod system;
pub mod twilio;
