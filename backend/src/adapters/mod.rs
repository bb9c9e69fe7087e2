//! The domain's ports, met by real things. Nothing here decides anything.

pub mod breaker;
pub mod memory_counters;
pub mod messagebird;
pub mod progress;
pub mod redis_counters;
pub mod system;
