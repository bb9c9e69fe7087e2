//! The code: what a person types, and what we make where the provider does not. Which code is right
//! is decided in [`crate::service`].

use dec_from_char::DecimalExtended;
use std::fmt;
use subtle::ConstantTimeEq;

/// A code of the right shape: ASCII digits, leading zeros kept, never printed. Codes are compared in
/// a time that does not depend on which digits differ.
#[derive(Clone)]
pub struct Code(String);

/// Why a text is not a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeError {
    /// Nothing but separators was given.
    Empty,
    /// Something other than digits and separators was given.
    NotDigits,
    /// Fewer digits than the code has.
    TooShort,
    /// More digits than the code has.
    TooLong,
}

impl Code {
    /// Folds what people and phones really enter (spaces, dashes, dots, invisible marks, digits of
    /// any script) and accepts exactly `length` digits.
    ///
    /// # Errors
    /// [`CodeError`], one variant per thing the person can mend.
    pub fn parse(input: &str, length: u8) -> Result<Self, CodeError> {
        let mut digits = String::with_capacity(usize::from(length));
        for character in input.chars() {
            match character.to_decimal_utf8() {
                Some(digit) => digits.push(char::from(b'0' + digit)),
                None if is_separator(character) => {}
                None => return Err(CodeError::NotDigits),
            }
        }
        match digits.len().cmp(&usize::from(length)) {
            _ if digits.is_empty() => Err(CodeError::Empty),
            std::cmp::Ordering::Less => Err(CodeError::TooShort),
            std::cmp::Ordering::Greater => Err(CodeError::TooLong),
            std::cmp::Ordering::Equal => Ok(Self(digits)),
        }
    }

    /// Makes a code that nobody can guess: each code of `length` digits is as likely as any other,
    /// if each byte that `fill` gives is.
    ///
    /// # Errors
    /// Those of `fill`.
    pub fn random<E>(
        length: u8,
        mut fill: impl FnMut(&mut [u8]) -> Result<(), E>,
    ) -> Result<Self, E> {
        let length = usize::from(length);
        let mut digits = String::with_capacity(length);
        let mut bytes = [0; 16];
        while digits.len() < length {
            fill(&mut bytes)?;
            // 250 is the largest multiple of ten in a byte; what is beyond would favour low digits.
            let fair = bytes.iter().filter(|byte| **byte < 250);
            let missing = length - digits.len();
            digits.extend(fair.take(missing).map(|byte| char::from(b'0' + byte % 10)));
        }
        Ok(Self(digits))
    }

    /// The digits, for the places that must send or seal them.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl PartialEq for Code {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

impl Eq for Code {}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(…)")
    }
}

/// White space, dashes, dots and the marks that copying from a message leaves behind.
pub(crate) fn is_separator(character: char) -> bool {
    character.is_whitespace()
        || matches!(
            character,
            '-' | '.' | ',' | '_' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{ff0d}'
        )
        || is_invisible(character)
}

/// Characters that take no room on a screen: joiners, direction marks, soft hyphen, byte order mark.
pub(crate) fn is_invisible(character: char) -> bool {
    matches!(character, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_what_people_type() {
        for (input, digits) in [
            ("000042", "000042"),
            (" 123 456\n", "123456"),
            ("123-456", "123456"),
            ("١٢٣٤٥٦", "123456"),
            ("۱۲۳۴۵۶", "123456"),
            ("１２３４５６", "123456"),
            ("१२३४५६", "123456"),
            ("\u{202a}123\u{a0}456\u{202c}", "123456"),
        ] {
            assert_eq!(Code::parse(input, 6).map(|c| c.expose().to_owned()), Ok(digits.to_owned()));
        }
    }

    #[test]
    fn says_what_is_wrong() {
        assert_eq!(Code::parse(" - ", 6), Err(CodeError::Empty));
        assert_eq!(Code::parse("12345", 6), Err(CodeError::TooShort));
        assert_eq!(Code::parse("1234567", 6), Err(CodeError::TooLong));
        assert_eq!(Code::parse("12345a", 6), Err(CodeError::NotDigits));
        assert_eq!(Code::parse("12345²", 6), Err(CodeError::NotDigits));
    }

    #[test]
    fn is_never_printed() {
        let code = Code::parse("123456", 6).unwrap();
        assert!(!format!("{code:?} {code:#?}").contains("123456"));
    }

    #[test]
    fn every_digit_is_equally_likely() {
        // Every byte in turn, so that what is made of them can be counted. 16 bytes a code: 16 codes
        // use each byte once, of which 250 are fair.
        let mut taken = 0_usize;
        let mut seen = [0; 10];
        for _ in 0..16 {
            let in_turn = |bytes: &mut [u8]| {
                for byte in bytes {
                    *byte = (taken % 256) as u8;
                    taken += 1;
                }
                Ok::<_, ()>(())
            };
            for digit in Code::random(16, in_turn).unwrap().expose().bytes() {
                seen[usize::from(digit - b'0')] += 1;
            }
        }
        // The last code met the six bytes that are not fair, and went on from the beginning.
        assert_eq!(taken, 256 + 16);
        assert_eq!(seen, [26, 26, 26, 26, 26, 26, 25, 25, 25, 25], "250 in turn, then 0 to 5");
    }

    #[test]
    fn has_the_length_that_is_asked_for_and_keeps_leading_zeros() {
        for length in 1..=40 {
            let code = Code::random(length, |bytes| {
                bytes.fill(0);
                Ok::<_, ()>(())
            });
            assert_eq!(code.unwrap().expose(), "0".repeat(usize::from(length)));
        }
    }

    #[test]
    fn is_not_made_without_randomness() {
        assert_eq!(Code::random(6, |_| Err("none")), Err("none"));
    }
}
