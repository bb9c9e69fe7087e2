//! Phone numbers: the only way to get one is to parse it, so a [`PhoneNumber`] is always valid.
//! The numbering plans are libphonenumber's; whether a number may be called is in [`crate::limits`].

mod kind;
mod plain;
mod readings;
mod written;

pub use kind::NumberKind;

use crate::region::Region;
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat, PhoneNumberType, ValidationError};
use std::fmt::{self, Write as _};

/// E.164 has no longer numbers.
const MAX_E164_DIGITS: usize = 15;

/// A valid phone number. `Display` and `Debug` mask it; [`PhoneNumber::e164`] is the whole one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PhoneNumber {
    digits: u64,
    calling_code: u16,
    region: Region,
    kind: NumberKind,
}

/// Why a text is not a phone number, by what the person can mend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhoneNumberError {
    /// Nothing was given.
    Empty,
    /// Something other than digits and separators was given, letters for instance.
    NotANumber,
    /// An extension or a pause follows the number: what it leads to cannot be called.
    Extension,
    /// A national number came without a region.
    RegionRequired,
    /// The calling code belongs to no country.
    UnknownCallingCode,
    /// Fewer digits than any number there.
    TooShort,
    /// More digits than any number there.
    TooLong,
    /// The length is right but no such number exists.
    NotInUse,
    /// The digits are two numbers: one with its country code but without `+`, and one of the region.
    Ambiguous([PhoneNumber; 2]),
}

impl PhoneNumber {
    /// Parses any common way of writing a number: spaces, dashes, dots, slashes, brackets, `00` or
    /// `+`, `(0)`, `tel:`, digits of any script, invisible marks. A leading `+` wins over `region`.
    /// A number of a French overseas part may come with `FR`.
    ///
    /// # Errors
    /// [`PhoneNumberError`], one variant per thing the person can mend.
    pub fn parse(input: &str, region: Option<Region>) -> Result<Self, PhoneNumberError> {
        readings::number(&written::clean(input, region)?, region)
    }

    fn parse_clean(written: &str, region: Option<Region>) -> Result<Self, PhoneNumberError> {
        if region.is_none() && !written.starts_with('+') {
            return Err(PhoneNumberError::RegionRequired);
        }
        let plan = &PHONE_NUMBER_UTIL;
        let number = match plain::parse(written) {
            Some(number) => number,
            None => plan.parse(written, region.and_then(Region::plan)).map_err(unparsed)?,
        };
        let kind = plan.get_number_type(&number);
        // A number is valid when its region has a kind for it; asking for that is the same work again.
        if kind == PhoneNumberType::Unknown {
            return Err(match plan.is_possible_number_with_reason(&number) {
                Err(ValidationError::InvalidCountryCode) => PhoneNumberError::UnknownCallingCode,
                Err(ValidationError::TooShort) => PhoneNumberError::TooShort,
                Err(ValidationError::TooLong) => PhoneNumberError::TooLong,
                Err(ValidationError::InvalidLength) | Ok(_) => PhoneNumberError::NotInUse,
            });
        }
        let e164 = plan.format(&number, PhoneNumberFormat::E164);
        // Some numbers of Japan are longer, and cannot be dialled from elsewhere.
        if e164.len() > "+".len() + MAX_E164_DIGITS {
            return Err(PhoneNumberError::TooLong);
        }
        Ok(Self {
            digits: e164.trim_start_matches('+').parse().map_err(|_| PhoneNumberError::TooLong)?,
            calling_code: u16::try_from(number.country_code)
                .map_err(|_| PhoneNumberError::UnknownCallingCode)?,
            region: plan
                .get_region_for_number(&number)
                .and_then(|region| region.as_region_str().parse().ok())
                .unwrap_or(Region::WORLD),
            kind: kind.into(),
        })
    }

    /// The whole number in E.164, such as `+31612345678`.
    #[must_use]
    pub fn e164(&self) -> String {
        format!("+{}", self.digits)
    }

    /// The whole number as people write it for somebody abroad, such as `+31 6 12345678`.
    #[must_use]
    pub fn international(&self) -> String {
        let plan = &PHONE_NUMBER_UTIL;
        let number = plan.parse(self.e164(), None);
        number.map_or_else(
            |_| self.e164(),
            |number| plan.format(&number, PhoneNumberFormat::International).into_owned(),
        )
    }

    /// The whole number as digits without `+`.
    #[must_use]
    pub fn digits(&self) -> u64 {
        self.digits
    }

    /// The region whose numbering plan holds the number.
    #[must_use]
    pub fn region(&self) -> Region {
        self.region
    }

    /// What answers at the number.
    #[must_use]
    pub fn kind(&self) -> NumberKind {
        self.kind
    }

    /// The number without its last four digits: the unit that pumping attacks walk through.
    #[must_use]
    pub fn prefix(&self) -> u64 {
        self.digits / 10_000
    }

    pub(crate) const PACKED: usize = 12;

    pub(crate) fn pack(&self) -> [u8; Self::PACKED] {
        let mut bytes = [0; Self::PACKED];
        bytes[..7].copy_from_slice(&self.digits.to_be_bytes()[1..]);
        bytes[7..9].copy_from_slice(&self.calling_code.to_be_bytes());
        bytes[9..11].copy_from_slice(&self.region.pack());
        bytes[11] = self.kind as u8;
        bytes
    }

    /// Only for bytes that [`PhoneNumber::pack`] wrote and a seal has guarded since.
    pub(crate) fn unpack(bytes: &[u8; Self::PACKED]) -> Option<Self> {
        let mut digits = [0; 8];
        digits[1..].copy_from_slice(&bytes[..7]);
        Some(Self {
            digits: u64::from_be_bytes(digits),
            calling_code: u16::from_be_bytes([bytes[7], bytes[8]]),
            region: Region::unpack([bytes[9], bytes[10]]),
            kind: NumberKind::ALL.get(usize::from(bytes[11])).copied()?,
        })
    }
}

fn unparsed(error: rlibphonenumber::ParseError) -> PhoneNumberError {
    match error {
        rlibphonenumber::ParseError::InvalidCountryCode => PhoneNumberError::UnknownCallingCode,
        rlibphonenumber::ParseError::NotANumber(_)
        | rlibphonenumber::ParseError::TooShortAfterIdd
        | rlibphonenumber::ParseError::TooShortNsn => PhoneNumberError::TooShort,
        rlibphonenumber::ParseError::TooLongNsn => PhoneNumberError::TooLong,
    }
}

impl fmt::Display for PhoneNumber {
    /// Masks all but the calling code, one digit and the last two: `+316******78`. Of a short number,
    /// such as those of small islands, less is shown: at least three digits stay hidden.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.digits.to_string();
        let calling_code = self.calling_code.checked_ilog10().map_or(1, |tens| 1 + tens as usize);
        let (first, last) = match digits.len().saturating_sub(calling_code) {
            0..=4 => (0, 1),
            5..=6 => (0, 2),
            _ => (1, 2),
        };
        let begin = digits.len().min(calling_code + first);
        let end = digits.len().saturating_sub(last).max(begin);
        f.write_char('+')?;
        let (beginning, rest) = digits.split_at(begin);
        let (hidden, last) = rest.split_at(end - begin);
        f.write_str(beginning)?;
        hidden.chars().try_for_each(|_| f.write_char('*'))?;
        f.write_str(last)
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PhoneNumber({self}, {}, {:?})", self.region, self.kind)
    }
}

/// Loads the numbering plans (about 5 ms), so that the first caller does not wait for it.
pub fn warm_up() {
    std::sync::LazyLock::force(&PHONE_NUMBER_UTIL);
}

#[cfg(test)]
mod tests;
