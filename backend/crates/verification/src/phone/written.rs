//! How people and phones write a number: what is skipped between digits, and what is no part of a
//! number. What the digits mean is in [`super::readings`].

use super::PhoneNumberError;
use crate::code::{is_invisible, is_separator};
use crate::region::Region;
use dec_from_char::DecimalExtended;
use rlibphonenumber::PHONE_NUMBER_UTIL;

/// Longest text that can still be a number: people add prefixes.
const MAX_DIGITS: usize = 20;
/// Longer texts are not searched for an extension. libphonenumber does not read longer ones either.
const MAX_TEXT: usize = 250;

/// Folds a text into an optional `+` and ASCII digits.
pub(super) fn clean(input: &str, region: Option<Region>) -> Result<String, PhoneNumberError> {
    let blank = |c: char| c.is_whitespace() || is_invisible(c);
    let input = input.trim_start_matches(blank).trim_end_matches(|c| blank(c) || is_pause(c));
    let number = match input.split_at_checked(4) {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("tel:") => rest,
        _ => input,
    };
    let mut written = String::with_capacity(number.len().min(MAX_DIGITS + 1));
    let mut before = None;
    for character in number.chars() {
        match character.to_decimal_utf8() {
            Some(digit) => written.push(char::from(b'0' + digit)),
            None if is_plus(character) && written.is_empty() => written.push('+'),
            // As libphonenumber does: a plus that was typed twice is one.
            None if is_plus(character) && written == "+" && before.is_some_and(is_plus) => {}
            None if is_punctuation(character) => {}
            None if is_pause(character) && !written.is_empty() => {
                return Err(PhoneNumberError::Extension);
            }
            None if has_extension(number, region) => return Err(PhoneNumberError::Extension),
            None => return Err(PhoneNumberError::NotANumber),
        }
        before = Some(character);
        if written.len() > MAX_DIGITS {
            return Err(PhoneNumberError::TooLong);
        }
    }
    match written.as_str() {
        "" => Err(PhoneNumberError::Empty),
        "+" => Err(PhoneNumberError::TooShort),
        _ => Ok(written),
    }
}

fn is_plus(character: char) -> bool {
    matches!(character, '+' | '＋')
}

/// What a phone takes for a pause: the digits behind it are dialled once somebody has answered.
fn is_pause(character: char) -> bool {
    matches!(character, ',' | ';' | '，' | '；')
}

/// What stands between digits and is skipped: what is skipped in a code, and libphonenumber's
/// `VALID_PUNCTUATION`.
fn is_punctuation(character: char) -> bool {
    (is_separator(character) && !is_pause(character))
        || matches!(
            character,
            '/' | '('
                | ')'
                | '['
                | ']'
                | '~'
                | '（'
                | '）'
                | '［'
                | '］'
                | '．'
                | '／'
                | 'ー'
                | '⁓'
                | '∼'
                | '～'
        )
}

fn has_extension(number: &str, region: Option<Region>) -> bool {
    if number.len() > MAX_TEXT {
        return false;
    }
    let number = PHONE_NUMBER_UTIL.parse(number, region.and_then(Region::plan));
    number.is_ok_and(|number| number.extension.is_some_and(|digits| !digits.is_empty()))
}
