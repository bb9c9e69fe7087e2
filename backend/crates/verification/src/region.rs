//! Regions: the countries of numbering plans. Which of them are called is in [`crate::limits`].

use rlibphonenumber::PHONE_NUMBER_UTIL;
use std::fmt;
use std::str::FromStr;

/// An ISO 3166-1 alpha-2 region, or `001` for numbers that belong to no country.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Region([u8; 2]);

impl Region {
    /// Numbers that belong to no country: satellites, international networks.
    pub const WORLD: Self = Self(*b"01");

    /// Its name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            &Self::WORLD => "001",
            // Letters of ASCII, whoever made it.
            Self(letters) => std::str::from_utf8(letters).unwrap_or_default(),
        }
    }

    /// The region's calling code with `+`, or `None` for a region without telephone numbers.
    #[must_use]
    pub fn calling_code(self) -> Option<String> {
        let code = PHONE_NUMBER_UTIL.get_country_code_for_region(self.plan()?)?;
        Some(format!("+{code}"))
    }

    /// Whether the region has a numbering plan.
    #[must_use]
    pub fn has_numbers(self) -> bool {
        self.calling_code().is_some()
    }

    /// The region of this name, if it has a numbering plan.
    #[must_use]
    pub fn with_numbers(name: &str) -> Option<Self> {
        name.parse::<Self>().ok().filter(|region| region.has_numbers())
    }

    pub(crate) fn plan(self) -> Option<rlibphonenumber::Region> {
        rlibphonenumber::Region::from_code(self.as_str()).ok()
    }

    /// Every region that has a numbering plan, in alphabetical order.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let regions = PHONE_NUMBER_UTIL.get_supported_regions();
        let mut regions: Vec<Self> =
            regions.filter_map(|region| region.as_region_str().parse().ok()).collect();
        regions.sort_unstable();
        regions
    }
}

impl Region {
    /// A number of its own, for the store's names.
    pub(crate) fn number(self) -> u64 {
        u64::from(u16::from_be_bytes(self.0))
    }

    pub(crate) fn pack(self) -> [u8; 2] {
        self.0
    }

    /// Only for bytes that [`Region::pack`] wrote and a seal has guarded since.
    pub(crate) fn unpack(bytes: [u8; 2]) -> Self {
        Self(bytes)
    }
}

impl FromStr for Region {
    type Err = ();

    /// Two ASCII letters in any case, or `001`. `UK` is `GB`: ISO 3166 reserves it for that.
    fn from_str(text: &str) -> Result<Self, ()> {
        match text.as_bytes() {
            b"001" => Ok(Self::WORLD),
            [b'U' | b'u', b'K' | b'k'] => Ok(Self(*b"GB")),
            [a, b] if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() => {
                Ok(Self([a.to_ascii_uppercase(), b.to_ascii_uppercase()]))
            }
            _ => Err(()),
        }
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_regions() {
        assert_eq!("nl".parse::<Region>().unwrap().calling_code().as_deref(), Some("+31"));
        assert_eq!("uk".parse::<Region>().unwrap().to_string(), "GB");
        assert!(!"QQ".parse::<Region>().unwrap().has_numbers());
        assert!("NLD".parse::<Region>().is_err());
        assert!(Region::all().len() > 200);
    }
}
