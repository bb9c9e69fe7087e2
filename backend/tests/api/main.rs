//! The API test binary.
