//! The short way for a number that is `+` and digits already: libphonenumber's parser looks for
//! extensions, a second number and letters first, with expressions that cost more than all the rest.
//! Only what parsing would leave as it is goes this way; everything else takes the long one.

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumber, PhoneNumberUtil};

/// Lengths of a number without its calling code between which libphonenumber parses it.
const NATIONAL: std::ops::RangeInclusive<usize> = 2..=17;
/// Calling codes have no more digits.
const MAX_CALLING_CODE: usize = 3;

/// How numbers begin that libphonenumber may shorten or rewrite, by calling code: the prefixes that
/// are dialled within the country, as in `nationalPrefixForParsing` of its metadata. Empty where it
/// rewrites numbers of all beginnings. A leading zero counts everywhere and is not listed.
const DIALLED_WITHIN: [(i32, &[&str]); 18] = [
    (1, &["1"]),
    (7, &["8"]),
    (44, &["180020"]),
    (54, &[""]),
    (55, &["90"]),
    (61, &["183"]),
    (86, &["11", "12", "179"]),
    (261, &[""]),
    (298, &["10"]),
    (352, &["15"]),
    (370, &["8"]),
    (375, &["8"]),
    (378, &[""]),
    (423, &["1001"]),
    (506, &["19"]),
    (672, &[""]),
    (692, &["1"]),
    (993, &["8"]),
];

/// What libphonenumber would parse from `written` whatever the region, or `None` where only it can tell.
pub(super) fn parse(written: &str) -> Option<PhoneNumber> {
    let plan: &PhoneNumberUtil = &PHONE_NUMBER_UTIL;
    let digits = written.strip_prefix('+')?;
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
    let (country_code, national) =
        (1..=MAX_CALLING_CODE).filter(|_| is_plain).find_map(|length| {
            let (code, national) = digits.split_at_checked(length)?;
            let code = code.parse().ok()?;
            plan.get_region_for_country_code(code).map(|_| (code, national))
        })?;
    let begins_with = |prefix: &&str| national.starts_with(prefix);
    let may_change = national.starts_with('0')
        || DIALLED_WITHIN
            .iter()
            .any(|(code, prefixes)| *code == country_code && prefixes.iter().any(begins_with));
    if may_change || !NATIONAL.contains(&national.len()) {
        return None;
    }
    let national_number = national.parse().ok()?;
    Some(PhoneNumber { country_code, national_number, ..PhoneNumber::default() })
}

#[cfg(test)]
mod tests;
