//! Ringproof, the service: everything around the domain that touches the world.

pub mod adapters;
