//! `/verifications` and what is below it.

mod check;
mod id;
mod resend;
mod start;
mod status;
