//! Ringproof.
