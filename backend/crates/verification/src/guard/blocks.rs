//! Numbers that are not called: how they begin, and the copy of the list of them that decides here. The
//! list itself, as it is kept for all replicas, is in `block_list`.

use crate::phone::PhoneNumber;
use crate::timestamp::Timestamp;
use std::fmt;
use std::str::FromStr;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The first 4 to 15 digits of a number, with the country's.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Beginning(pub(super) u64);

/// A beginning, and until when what begins so is not called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// How the numbers begin.
    pub beginning: Beginning,
    /// The end of it.
    pub until: Timestamp,
}

/// The copy of the list, and the version it is of.
#[derive(Default)]
pub struct Blocks(Mutex<Copied>);

#[derive(Default)]
pub(super) struct Copied {
    pub(super) version: Option<u64>,
    /// What is blocked by the last version that could be read.
    pub(super) blocks: Vec<Block>,
    /// Whether none of our keys opens the list of this version.
    pub(super) is_unreadable: bool,
}

impl FromStr for Beginning {
    type Err = ();

    /// 4 to 15 digits, with or without a `+`.
    fn from_str(text: &str) -> Result<Self, ()> {
        let digits = text.strip_prefix('+').unwrap_or(text);
        let plain = (4..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        match digits.parse() {
            Ok(number) if plain && !digits.starts_with('0') => Ok(Self(number)),
            _ => Err(()),
        }
    }
}

impl Beginning {
    fn is_of(self, number: &PhoneNumber) -> bool {
        let mut digits = number.digits();
        while digits > self.0 {
            digits /= 10;
        }
        digits == self.0
    }
}

impl fmt::Display for Beginning {
    /// Masked where it could be a whole number: `+3161…`, `+316******78`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        match (digits.get(..3), digits.get(digits.len().saturating_sub(2)..)) {
            (Some(first), Some(last)) if digits.len() > 7 => {
                write!(f, "+{first}{}{last}", "*".repeat(digits.len() - 5))
            }
            _ => write!(f, "+{digits}…"),
        }
    }
}

impl fmt::Debug for Beginning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Blocks {
    pub(super) fn lock(&self) -> MutexGuard<'_, Copied> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the copy says that a number is blocked, and the version that it is of.
    pub(super) fn look(&self, number: &PhoneNumber, now: Timestamp) -> (bool, Option<u64>) {
        let copied = self.lock();
        let blocks = |block: &Block| block.until > now && block.beginning.is_of(number);
        (copied.blocks.iter().any(blocks), copied.version)
    }

    /// Whether the list could not be opened when it was last copied.
    pub(super) fn is_unreadable(&self) -> bool {
        self.lock().is_unreadable
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beginning_is_four_to_fifteen_digits() {
        for good in ["3161", "+31612345678", "316123456789012"] {
            assert!(good.parse::<Beginning>().is_ok(), "{good}");
        }
        for bad in ["316", "+", "0316", "3161 2", "31a1", "3161234567890123", "", "++3161"] {
            assert!(bad.parse::<Beginning>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_number_begins_with_its_first_digits_alone() {
        let number = PhoneNumber::parse("+31612345678", None).unwrap();
        let begins = |text: &str| text.parse::<Beginning>().unwrap().is_of(&number);
        assert!(begins("3161") && begins("31612345") && begins("+31612345678"));
        assert!(!begins("3162") && !begins("6123") && !begins("316123456789"));
    }

    #[test]
    fn what_could_be_a_number_is_masked() {
        let shown = |text: &str| text.parse::<Beginning>().unwrap().to_string();
        assert_eq!(shown("3161"), "+3161…");
        assert_eq!(shown("31612345678"), "+316******78");
        assert_eq!(format!("{:?}", "31612345678".parse::<Beginning>()), "Ok(+316******78)");
    }
}
