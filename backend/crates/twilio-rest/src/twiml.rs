//! What a call says, as a TwiML document that runs at every carrier known: `<Say>`, `<Gather>` and `<Hangup>` with
//! their oldest attributes. No `<Pause>` (Somleng rejects it) and no SSML (its simplest voices cannot read it). Which
//! sentence is said is whoever asks' business.

use std::fmt::{self, Write as _};

use provider_http::Url;

use crate::languages::Language;

/// The longest document that Twilio takes inline, in characters.
const LONGEST_DOCUMENT: usize = 4000;
/// The longest text that every voice takes, in bytes: the least of Twilio's own 4096, Google's 5000 and Polly's 3000.
const LONGEST_TEXT: usize = 3000;
/// How long the carrier waits for a key after the prompt, in seconds.
const KEY_SECONDS: u8 = 8;

/// How a text is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Speech<'a> {
    /// In which language.
    pub language: &'a Language,
    /// With which voice; the carrier's own for the language when `None`.
    pub voice: Option<&'a str>,
    /// How often it is said from its beginning, at least once.
    pub times: u8,
}

/// A TwiML document. It may hold a code, so `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Twiml(String);

/// The text is longer than a carrier or a voice takes. It would fail while a person listens, not before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the text is too long to be spoken")]
pub struct TooLong;

impl Twiml {
    /// Says a text with `code` in every place of `%token`, its digits apart so that a voice reads them one by one.
    ///
    /// # Errors
    ///
    /// [`TooLong`].
    pub fn say(speech: Speech<'_>, text: &str, code: &str) -> Result<Self, TooLong> {
        let digits: Vec<String> = code.chars().map(String::from).collect();
        let said = text.replace("%token", &digits.join(", "));
        Self::response(&say(speech, &said)?)
    }

    /// Asks for a key to be pressed. The carrier then posts to `action` and does what that answers; without a key
    /// within eight seconds it hangs up.
    ///
    /// # Errors
    ///
    /// [`TooLong`].
    pub fn ask_for_key(speech: Speech<'_>, prompt: &str, action: &Url) -> Result<Self, TooLong> {
        let prompt = say(speech, prompt)?;
        let action = escaped(action.as_str());
        // Without a finishing key, # is a key like any other.
        Self::response(&format!(
            r#"<Gather numDigits="1" finishOnKey="" timeout="{KEY_SECONDS}" action="{action}" method="POST">{prompt}</Gather><Hangup/>"#
        ))
    }

    /// Says nothing and hangs up.
    #[must_use]
    pub fn hang_up() -> Self {
        Self("<Response><Hangup/></Response>".to_owned())
    }

    fn response(verbs: &str) -> Result<Self, TooLong> {
        let document = format!("<Response>{verbs}</Response>");
        let fits = document.chars().count() <= LONGEST_DOCUMENT;
        fits.then_some(Self(document)).ok_or(TooLong)
    }

    /// The document itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn say(speech: Speech<'_>, text: &str) -> Result<String, TooLong> {
    if text.len() > LONGEST_TEXT {
        return Err(TooLong);
    }
    let mut verb = format!(r#"<Say language="{}""#, speech.language.say);
    // Writing to a string cannot fail.
    if let Some(voice) = speech.voice {
        let _ = write!(verb, r#" voice="{}""#, escaped(voice));
    }
    // A loop of 0 would go on for ever.
    let _ = write!(verb, r#" loop="{}">{}</Say>"#, speech.times.max(1), escaped(text));
    Ok(verb)
}

/// A text as it may stand in XML 1.0, also inside of an attribute. What XML cannot hold at all is left out.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&apos;"),
            '\t' | '\n' | '\r' => safe.push(' '),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            other => safe.push(other),
        }
    }
    safe
}

impl fmt::Debug for Twiml {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Twiml(…)")
    }
}

#[cfg(test)]
#[path = "twiml_tests.rs"]
mod tests;
