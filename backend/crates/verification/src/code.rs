//! The code a person types. Shape only: which code is right, only the provider knows.

use dec_from_char::DecimalExtended;
use std::fmt;

/// A code of the right shape: ASCII digits, leading zeros kept, never printed.
#[derive(Clone, PartialEq, Eq)]
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

    /// The digits, for the one place that must send them on: the provider's adapter.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

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
}
