//! The ringproof binary.

fn main() {}
