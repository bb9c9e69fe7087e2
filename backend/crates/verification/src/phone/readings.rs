//! What digits mean where libphonenumber alone would be too strict, or too sure. How they are
//! written is in [`super::written`].

use super::{PhoneNumber, PhoneNumberError};
use crate::region::Region;

/// The overseas parts of France whose numbers people dial as those of France: ten digits, a 0 first.
const OVERSEAS: [&str; 8] = ["GP", "BL", "MF", "GF", "MQ", "PM", "RE", "YT"];

/// Mexican mobiles had a 1 behind the country code until 2019; address books still have it.
const MEXICAN_MOBILE: usize = 10;

/// The number that an optional `+` and digits are meant to be.
pub(super) fn number(
    written: &str,
    region: Option<Region>,
) -> Result<PhoneNumber, PhoneNumberError> {
    let plain = PhoneNumber::parse_clean(written, region);
    let meant = match plain {
        Ok(number) => without_doubt(number, written, region)?,
        Err(error) => otherwise(written, region).ok_or(error)?,
    };
    Ok(meant)
}

/// Bare digits that begin with the region's own calling code may be a whole number that has lost its
/// `+`, which is how browsers fill forms in. Where both are numbers only the person knows which: one
/// is a stranger's.
fn without_doubt(
    national: PhoneNumber,
    written: &str,
    region: Option<Region>,
) -> Result<PhoneNumber, PhoneNumberError> {
    let code = region.and_then(Region::calling_code).unwrap_or_default();
    let may_lack_plus = written.starts_with(code.trim_start_matches('+'));
    // In North America the calling code is also what is dialled before a number of the country.
    if !may_lack_plus || written.starts_with(['+', '0']) || code == "+1" {
        return Ok(national);
    }
    match PhoneNumber::parse_clean(&format!("+{written}"), None) {
        Ok(whole) if whole != national => Err(PhoneNumberError::Ambiguous([whole, national])),
        _ => Ok(national),
    }
}

/// Another reading of what is no number as it stands.
fn otherwise(written: &str, region: Option<Region>) -> Option<PhoneNumber> {
    // People write 00 wherever they are; libphonenumber knows only the region's own prefix.
    let whole = written.strip_prefix("00").map(|rest| format!("+{rest}"));
    let written = whole.as_deref().unwrap_or(written);
    let international = || PhoneNumber::parse_clean(written, None).ok();
    international().or_else(|| mexican(written, region)).or_else(|| overseas(written, region))
}

/// A mobile of Mexico that is written with the 1 it no longer has.
fn mexican(written: &str, region: Option<Region>) -> Option<PhoneNumber> {
    let here = region.is_some_and(|region| region.to_string() == "MX");
    let bare = || written.strip_prefix("521").or(written.strip_prefix('1')).filter(|_| here);
    let mobile = written.strip_prefix("+521").or_else(bare)?;
    let is_mobile = mobile.len() == MEXICAN_MOBILE;
    is_mobile.then(|| PhoneNumber::parse_clean(&format!("+52{mobile}"), None).ok())?
}

/// The number of a part of France that was typed with France: only where all parts that have it
/// agree, since several share a calling code.
fn overseas(written: &str, region: Option<Region>) -> Option<PhoneNumber> {
    if region?.to_string() != "FR" || !written.starts_with('0') {
        return None;
    }
    let parts = OVERSEAS.iter().filter_map(|part| part.parse().ok());
    let numbers = parts.filter_map(|part| PhoneNumber::parse_clean(written, Some(part)).ok());
    let mut numbers = numbers.collect::<Vec<_>>().into_iter();
    let first = numbers.next()?;
    numbers.all(|other| other.digits == first.digits).then_some(first)
}
