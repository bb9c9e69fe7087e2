//! Bodies of answers, read with suspicion: what is not exactly one JSON object is none, and no word of theirs is
//! trusted. Which members matter is each provider's own.

use serde::de::DeserializeOwned;

use crate::error::Unusable;

/// Takes exactly one JSON object. The parser's own error is dropped: it may quote what it read.
///
/// # Errors
///
/// [`Unusable::NotAnObject`].
pub fn object<T: DeserializeOwned>(body: &[u8]) -> Result<T, Unusable> {
    // Nothing else begins with a brace; a derived struct would also take an array, field by field.
    if body.trim_ascii_start().first() != Some(&b'{') {
        return Err(Unusable::NotAnObject);
    }
    serde_json::from_slice(body).map_err(|_quotes| Unusable::NotAnObject)
}

/// Cuts a word of theirs to something that may stand in a log line: 32 characters, odd ones replaced by `?`.
#[must_use]
pub fn printable(text: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-');
    text.chars().take(32).map(|letter| if plain(letter) { letter } else { '?' }).collect()
}
