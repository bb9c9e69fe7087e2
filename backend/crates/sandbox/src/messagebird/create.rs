//! What a `POST /verify` asks for: each parameter read, its default, and every reason to refuse it.
//! Ranges are MessageBird's documentation; the texts of refusals are invented, their form is not.

use std::time::Duration;

use serde_json::Value;
use time::UtcDateTime;

use super::languages;
use super::verify::{Kind, State, Verify, random_id};
use super::wire::{ErrorEntry, Params};
use crate::phone::Provider;
use crate::phone::message::{Channel, Ending, Message};

/// Missing and invalid parameters, in MessageBird's numbering.
const MISSING: u32 = 9;
const INVALID: u32 = 10;

/// A request that can be carried out.
#[derive(Debug)]
pub(crate) struct Order {
    /// Digits without `+`, or an address when `kind` is email.
    pub(crate) recipient: String,
    pub(crate) originator: String,
    pub(crate) reference: Option<String>,
    pub(crate) kind: Kind,
    pub(crate) template: String,
    pub(crate) timeout: Duration,
    pub(crate) token_length: usize,
    pub(crate) max_attempts: u32,
    pub(crate) voice: &'static str,
    pub(crate) language: &'static str,
    pub(crate) return_token: bool,
}

impl Order {
    /// Reads the parameters.
    ///
    /// # Errors
    /// One entry per bad parameter, all of them at once (MessageBird answers 422 here).
    pub(crate) fn read(params: &Params) -> Result<Self, Vec<ErrorEntry>> {
        let mut reader = Reader { params, errors: Vec::new() };
        let kind = reader.one_of("type", "type is invalid", Kind::Sms, Kind::parse);
        let recipient = reader.recipient(kind);
        let originator = reader.originator(kind);
        let reference = reader.reference();
        let language =
            reader.one_of("language", "language is invalid", languages::DEFAULT, languages::find);
        let template = reader.template(kind, language);
        let coding = |word: &str| ["plain", "unicode", "auto"].contains(&word).then_some(());
        // MessageBird's SDKs disagree about this name, so both are read.
        for name in ["datacoding", "dataCoding"] {
            reader.one_of(name, "datacoding is invalid", (), coding);
        }
        let order = Self {
            recipient,
            originator,
            reference,
            kind,
            template,
            timeout: Duration::from_secs(reader.integer("timeout", 30, 30..=172_801)),
            token_length: usize::try_from(reader.integer("tokenLength", 6, 6..=10)).unwrap_or(6),
            max_attempts: u32::try_from(reader.integer("maxAttempts", 1, 1..=10)).unwrap_or(1),
            voice: reader.one_of("voice", "voice is invalid", "female", |word| {
                ["male", "female"].into_iter().find(|known| *known == word)
            }),
            language,
            return_token: params.get("returnToken").is_some_and(|value| {
                value.as_bool().unwrap_or_else(|| matches!(value.as_str(), Some("true" | "1")))
            }),
        };
        if reader.errors.is_empty() { Ok(order) } else { Err(reader.errors) }
    }

    /// The verification that this makes.
    pub(crate) fn verify(
        &self,
        id: String,
        token: String,
        now: UtcDateTime,
        failed: bool,
    ) -> Verify {
        Verify {
            id,
            message_id: random_id(),
            recipient: self.recipient.clone(),
            originator: self.originator.clone(),
            kind: self.kind,
            reference: self.reference.clone(),
            token,
            attempts_left: self.max_attempts,
            state: if failed { State::Failed } else { State::Sent },
            deleted: false,
            created_at: now,
            timeout: self.timeout,
        }
    }

    /// The call or message that carries its code; it reaches no phone when it failed at once.
    pub(crate) fn message(&self, verify: &Verify, ending: Ending) -> Message {
        let channel = self.kind.channel();
        let failed = verify.state == State::Failed;
        Message {
            id: verify.message_id.clone(),
            provider: Provider::Messagebird,
            verify_id: verify.id.clone(),
            recipient: self.recipient.clone(),
            channel,
            language: self.language.to_owned(),
            voice: self.voice.to_owned(),
            text: render(&self.template, &verify.token, channel),
            code: verify.token.clone(),
            created_at: verify.created_at,
            ending: if failed { Ending::at_once_failed(channel) } else { ending },
            decided: None,
            on_phone: !failed,
            announced: (Message::first_status(channel), false),
            talk: Duration::ZERO,
            keypad: None,
        }
    }
}

/// Puts the code into a template. In a spoken text the digits are separated, so that a voice reads
/// them one by one and not as a number.
fn render(template: &str, code: &str, channel: Channel) -> String {
    let said = match channel {
        Channel::Voice => code.chars().map(String::from).collect::<Vec<_>>().join(", "),
        Channel::Sms => code.to_owned(),
    };
    template.replace("%token", &said)
}

/// Reads parameter by parameter and collects what is wrong with them.
struct Reader<'a> {
    params: &'a Params,
    errors: Vec<ErrorEntry>,
}

impl Reader<'_> {
    fn refuse(&mut self, code: u32, description: &'static str, parameter: &'static str) {
        self.errors.push(ErrorEntry::new(code, description, Some(parameter)));
    }

    fn one_of<T>(
        &mut self,
        name: &'static str,
        refusal: &'static str,
        default: T,
        find: impl Fn(&str) -> Option<T>,
    ) -> T {
        match self.params.get(name) {
            None => default,
            Some(given) => given.as_str().and_then(find).unwrap_or_else(|| {
                self.refuse(INVALID, refusal, name);
                default
            }),
        }
    }

    /// An integer, given as one or as digits in a string.
    fn integer(
        &mut self,
        name: &'static str,
        default: u64,
        range: std::ops::RangeInclusive<u64>,
    ) -> u64 {
        let Some(given) = self.params.get(name) else {
            return default;
        };
        let number = given.as_u64().or_else(|| given.as_str().and_then(|s| s.parse().ok()));
        number.filter(|n| range.contains(n)).unwrap_or_else(|| {
            let refusal = match name {
                "timeout" => "timeout should be between 30 and 172801",
                "tokenLength" => "tokenLength should be between 6 and 10",
                _ => "maxAttempts should be between 1 and 10",
            };
            self.refuse(INVALID, refusal, name);
            default
        })
    }

    fn recipient(&mut self, kind: Kind) -> String {
        let Some(given) = self.params.get("recipient") else {
            self.refuse(MISSING, "recipient is required", "recipient");
            return String::new();
        };
        let text = text_of(given);
        let digits = text.strip_prefix('+').unwrap_or(&text);
        let fits = match kind {
            Kind::Email => text.contains('@'),
            Kind::Sms | Kind::Flash | Kind::Tts => {
                (7..=15).contains(&digits.len()) && all_digits(digits) && !digits.starts_with('0')
            }
        };
        if !fits {
            self.refuse(INVALID, "recipient is invalid", "recipient");
        }
        if kind == Kind::Email { text } else { digits.to_owned() }
    }

    fn originator(&mut self, kind: Kind) -> String {
        let Some(given) = self.params.get("originator") else {
            return "Code".to_owned();
        };
        let text = text_of(given);
        let digits = text.strip_prefix('+').unwrap_or(&text);
        let number = all_digits(digits) && (3..=15).contains(&digits.len());
        let name = text.chars().count() <= 11
            && text.chars().all(|c| c.is_ascii_alphanumeric() || c == ' ');
        let address = kind == Kind::Email && text.contains('@');
        if !(number || name || address) {
            self.refuse(INVALID, "originator is invalid", "originator");
        }
        if number { digits.to_owned() } else { text }
    }

    fn reference(&mut self) -> Option<String> {
        let text = text_of(self.params.get("reference")?);
        if !text.chars().all(|c| c.is_ascii_alphanumeric()) {
            self.refuse(INVALID, "reference is invalid", "reference");
        }
        Some(text)
    }

    fn template(&mut self, kind: Kind, language: &str) -> String {
        match self.params.get("template") {
            Some(Value::String(text)) if text.contains("%token") => text.clone(),
            Some(_) => {
                self.refuse(INVALID, "template should contain %token", "template");
                String::new()
            }
            // Only the spoken default is translated.
            None if kind == Kind::Tts => languages::default_sentence(language).to_owned(),
            None => languages::DEFAULT_TEMPLATE.to_owned(),
        }
    }
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// A string as it is, a number as its digits; anything else as text that no rule accepts.
fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), |text| text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_placeholder_is_replaced_and_a_voice_gets_single_digits() {
        let spoken = render("%token. Again: %token.", "007", Channel::Voice);
        assert_eq!(spoken, "0, 0, 7. Again: 0, 0, 7.");
        assert_eq!(render("Code %token", "007", Channel::Sms), "Code 007");
    }
}
