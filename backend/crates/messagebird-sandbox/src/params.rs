//! The parameters of `POST /verify`: which are accepted, their defaults, and one fault per bad one.
//! The wording of these faults is ours, since none was ever captured; codes and names are not.

use serde_json::{Map, Value};

use crate::messages::Channel;
use crate::wire::Fault;

const LANGUAGES: [&str; 34] = [
    "cy-gb",
    "da-dk",
    "de-de",
    "el-gr",
    "en-au",
    "en-gb",
    "en-gb-wls",
    "en-in",
    "en-us",
    "es-es",
    "es-mx",
    "es-us",
    "fr-ca",
    "fr-fr",
    "id-id",
    "is-is",
    "it-it",
    "ja-jp",
    "ko-kr",
    "ms-my",
    "nb-no",
    "nl-nl",
    "pl-pl",
    "pt-br",
    "pt-pt",
    "ro-ro",
    "ru-ru",
    "sv-se",
    "ta-in",
    "th-th",
    "tr-tr",
    "vi-vn",
    "zh-cn",
    "zh-hk",
];

/// What a caller asked for, defaults filled in.
#[derive(Debug, Clone)]
pub(crate) struct Params {
    /// Digits only, shown as a number on the wire.
    pub(crate) recipient: u64,
    pub(crate) originator: String,
    pub(crate) reference: Option<String>,
    pub(crate) kind: &'static str,
    pub(crate) template: String,
    pub(crate) timeout: u32,
    pub(crate) token_length: u32,
    pub(crate) max_attempts: u32,
    pub(crate) voice: &'static str,
    pub(crate) language: &'static str,
    pub(crate) return_token: bool,
}

impl Params {
    /// Reads all parameters, or names every one that is wrong.
    pub(crate) fn read(body: &Map<String, Value>) -> Result<Self, Vec<Fault>> {
        let mut reader = Reader {
            body,
            faults: Vec::new(),
        };
        let params = Self {
            recipient: reader.recipient(),
            originator: reader.originator(),
            reference: reader.reference(),
            kind: reader.one_of("type", &["sms", "flash", "tts"], "sms"),
            template: reader.template(),
            timeout: reader.whole("timeout", 30, 172_801, 30),
            token_length: reader.whole("tokenLength", 6, 10, 6),
            max_attempts: reader.whole("maxAttempts", 1, 10, 1),
            voice: reader.one_of("voice", &["female", "male"], "female"),
            language: reader.one_of("language", &LANGUAGES, "en-gb"),
            return_token: reader.flag("returnToken"),
        };
        // Written both ways by official SDKs; it changes nothing that a simulator could show.
        reader.one_of("datacoding", &["plain", "unicode", "auto"], "plain");
        reader.one_of("dataCoding", &["plain", "unicode", "auto"], "plain");
        if reader.faults.is_empty() {
            Ok(params)
        } else {
            Err(reader.faults)
        }
    }

    /// Where the code goes: `tts` rings, everything else is a text message.
    pub(crate) fn channel(&self) -> Channel {
        if self.kind == "tts" {
            Channel::Voice
        } else {
            Channel::Sms
        }
    }
}

/// Reads named values of either body form, collecting what is wrong with them.
struct Reader<'a> {
    body: &'a Map<String, Value>,
    faults: Vec<Fault>,
}

impl Reader<'_> {
    fn wrong(&mut self, name: &'static str) {
        self.faults
            .push(Fault::new(10, format!("{name} is invalid"), name));
    }

    /// The value as text, numbers included; `null` is the same as absent.
    fn text(&mut self, name: &'static str) -> Option<String> {
        match self.body.get(name)? {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
                self.wrong(name);
                None
            }
        }
    }

    fn recipient(&mut self) -> u64 {
        let before = self.faults.len();
        let Some(text) = self.text("recipient") else {
            if self.faults.len() == before {
                self.faults
                    .push(Fault::new(9, "recipient is required", "recipient"));
            }
            return 0;
        };
        let digits = text.strip_prefix('+').unwrap_or(&text);
        let plausible = (7..=15).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && !digits.starts_with('0');
        match digits.parse() {
            Ok(number) if plausible => number,
            _ => {
                self.wrong("recipient");
                0
            }
        }
    }

    fn originator(&mut self) -> String {
        let Some(text) = self.text("originator") else {
            return "Code".to_owned();
        };
        let digits = text.strip_prefix('+').unwrap_or(&text);
        let number = (1..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        let name = (1..=11).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b' ');
        if !number && !name {
            self.wrong("originator");
        }
        text
    }

    fn reference(&mut self) -> Option<String> {
        let text = self.text("reference")?;
        if !text.chars().all(char::is_alphanumeric) {
            self.wrong("reference");
        }
        Some(text)
    }

    fn template(&mut self) -> String {
        let Some(text) = self.text("template") else {
            return "Your code is: %token".to_owned();
        };
        if !text.contains("%token") || text.chars().count() > 1000 {
            self.wrong("template");
        }
        text
    }

    fn whole(&mut self, name: &'static str, least: u32, most: u32, default: u32) -> u32 {
        let before = self.faults.len();
        let Some(text) = self.text(name) else {
            return default;
        };
        match text.parse() {
            Ok(number) if (least..=most).contains(&number) => number,
            _ => {
                if self.faults.len() == before {
                    self.wrong(name);
                }
                default
            }
        }
    }

    fn one_of(
        &mut self,
        name: &'static str,
        choices: &[&'static str],
        default: &'static str,
    ) -> &'static str {
        let Some(text) = self.text(name) else {
            return default;
        };
        let found = choices
            .iter()
            .find(|choice| choice.eq_ignore_ascii_case(&text));
        found.copied().unwrap_or_else(|| {
            self.wrong(name);
            default
        })
    }

    fn flag(&mut self, name: &str) -> bool {
        match self.body.get(name) {
            Some(Value::Bool(flag)) => *flag,
            Some(Value::String(text)) => text == "true" || text == "1",
            _ => false,
        }
    }
}
