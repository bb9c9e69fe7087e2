//! TwiML, read and carried out: what a person would hear, and where a call waits for a key. Pure; fetching the
//! next document is `keys`' business.

use std::time::Duration;

use roxmltree::{Document, Node};

use crate::phone::message::Keypad;

/// What is said instead of a document that cannot be carried out.
const BROKEN: &str = "We are sorry, an application error has occurred. Goodbye.";
/// How long a voice takes for a character.
const CHARACTER: Duration = Duration::from_millis(70);
/// A `loop="0"` goes on until somebody hangs up; here the person has heard enough by then.
const ENDLESS: u32 = 10;

/// One document.
#[derive(Clone, Debug, Default)]
pub(super) struct Script(Vec<Verb>);

#[derive(Clone, Debug)]
enum Verb {
    Say(Say),
    Pause(Duration),
    Gather { prompts: Vec<Say>, waiting: Waiting },
    Hangup,
}

#[derive(Clone, Debug)]
struct Say {
    text: String,
    language: String,
    voice: String,
    times: u32,
}

/// A call that waits for keys.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    /// Where the keys are posted.
    pub(super) action: String,
    /// How many keys are taken.
    pub(super) digits: usize,
    /// The key that ends them.
    pub(super) finish: Option<char>,
    /// For how long, once the prompt was said.
    pub(super) timeout: Duration,
    /// What is said when no key comes.
    otherwise: String,
}

/// What a person hears, up to the first place that waits for a key.
#[derive(Debug, Default)]
pub(super) struct Performance {
    /// All that is said, as often as it is said.
    pub(super) text: String,
    pub(super) language: String,
    pub(super) voice: String,
    /// How long it takes, with the waiting.
    pub(super) lasts: Duration,
    pub(super) waiting: Option<Waiting>,
}

impl Performance {
    /// The keypad that the phone shows once the call was answered.
    pub(super) fn keypad(&self) -> Option<Keypad> {
        let waiting = self.waiting.as_ref()?;
        Some(Keypad { lasts: self.lasts, otherwise: waiting.otherwise.clone() })
    }

    fn hear(&mut self, say: &Say) {
        for _time in 0..say.times {
            if !self.text.is_empty() {
                self.text.push(' ');
            }
            self.text.push_str(&say.text);
        }
        let characters = u32::try_from(say.text.chars().count()).unwrap_or(u32::MAX);
        self.lasts += CHARACTER.saturating_mul(characters.saturating_mul(say.times));
        if self.language.is_empty() {
            self.language.clone_from(&say.language);
            self.voice.clone_from(&say.voice);
        }
    }
}

impl Script {
    /// Reads a document. One that cannot be carried out says so to whoever picks up, as at Twilio: the API has
    /// accepted it by then.
    pub(super) fn read(document: &str) -> Self {
        Self::parse(document).unwrap_or_else(|| {
            let text = BROKEN.to_owned();
            let say = Say { text, language: "en-US".to_owned(), voice: String::new(), times: 1 };
            Self(vec![Verb::Say(say)])
        })
    }

    fn parse(document: &str) -> Option<Self> {
        let document = Document::parse(document).ok()?;
        let response = document.root_element();
        let named = response.has_tag_name("Response");
        let verbs: Option<Vec<Verb>> =
            response.children().filter(Node::is_element).map(verb).collect();
        named.then_some(Self(verbs?))
    }

    /// Carries it out.
    pub(super) fn perform(&self) -> Performance {
        let mut heard = Performance::default();
        for (at, verb) in self.0.iter().enumerate() {
            match verb {
                Verb::Say(say) => heard.hear(say),
                Verb::Pause(length) => heard.lasts += *length,
                Verb::Hangup => break,
                Verb::Gather { prompts, waiting } => {
                    prompts.iter().for_each(|prompt| heard.hear(prompt));
                    heard.lasts += waiting.timeout;
                    let rest = self.0.get(at + 1..).unwrap_or_default().to_vec();
                    let otherwise = Self(rest).perform().text;
                    heard.waiting = Some(Waiting { otherwise, ..waiting.clone() });
                    break;
                }
            }
        }
        heard
    }
}

/// Reads a verb; `None` for one that is not carried out here.
fn verb(node: Node<'_, '_>) -> Option<Verb> {
    let seconds = |name, usual| {
        Duration::from_secs(node.attribute(name).and_then(|it| it.parse().ok()).unwrap_or(usual))
    };
    Some(match node.tag_name().name() {
        "Say" => Verb::Say(say(node)),
        "Pause" => Verb::Pause(seconds("length", 1)),
        "Hangup" => Verb::Hangup,
        "Gather" => {
            let prompts: Option<Vec<Say>> = node
                .children()
                .filter(Node::is_element)
                .map(|prompt| prompt.has_tag_name("Say").then(|| say(prompt)))
                .collect();
            let digits = node.attribute("numDigits").and_then(|it| it.parse().ok());
            let waiting = Waiting {
                // An inline document has no address of its own to go back to.
                action: node.attribute("action")?.to_owned(),
                digits: digits.unwrap_or(usize::MAX),
                finish: node.attribute("finishOnKey").unwrap_or("#").chars().next(),
                timeout: seconds("timeout", 5),
                otherwise: String::new(),
            };
            Verb::Gather { prompts: prompts?, waiting }
        }
        _ => return None,
    })
}

fn say(node: Node<'_, '_>) -> Say {
    let text: String =
        node.descendants().filter(Node::is_text).filter_map(|it| it.text()).collect();
    let times = node.attribute("loop").and_then(|it| it.parse().ok()).unwrap_or(1);
    let attribute = |name| node.attribute(name).unwrap_or_default().to_owned();
    Say {
        text: text.split_whitespace().collect::<Vec<_>>().join(" "),
        language: attribute("language"),
        voice: attribute("voice"),
        times: if times == 0 { ENDLESS } else { times.min(ENDLESS) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn perform(verbs: &str) -> Performance {
        Script::read(&format!("<Response>{verbs}</Response>")).perform()
    }

    #[test]
    fn what_is_said_is_heard_as_often_as_it_is_said() {
        let heard = perform(
            r#"<Say language="nl-NL" voice="Polly.Lotte" loop="2">Eén &amp; twee.</Say><Pause length="2"/><Say>Three.</Say><Hangup/><Say>Never.</Say>"#,
        );
        assert_eq!(heard.text, "Eén & twee. Eén & twee. Three.");
        assert_eq!((heard.language.as_str(), heard.voice.as_str()), ("nl-NL", "Polly.Lotte"));
        assert_eq!(heard.lasts, CHARACTER * 28 + Duration::from_secs(2));
        assert!(heard.waiting.is_none());
        assert_eq!(perform(r#"<Say loop="0">x</Say>"#).text.len(), 19);
    }

    #[test]
    fn a_gather_waits_after_its_prompt_and_goes_on_without_a_key() {
        let heard = perform(
            r#"<Gather numDigits="1" finishOnKey="" timeout="8" action="http://a/?b&amp;c"><Say>Press.</Say></Gather><Say>Bye.</Say>"#,
        );
        assert_eq!(heard.text, "Press.");
        let keypad = heard.keypad().unwrap();
        assert_eq!(keypad.otherwise, "Bye.");
        assert_eq!(keypad.lasts, CHARACTER * 6 + Duration::from_secs(8));
        let waiting = heard.waiting.unwrap();
        assert_eq!(
            (waiting.action.as_str(), waiting.digits, waiting.finish),
            ("http://a/?b&c", 1, None)
        );
    }

    #[test]
    fn what_cannot_be_carried_out_is_an_error_that_is_heard() {
        for document in [
            "",
            "<Response>",
            "<Reply><Say>x</Say></Reply>",
            "<Response><Dance/></Response>",
            "<Response><Gather><Say>no action</Say></Gather></Response>",
            r#"<Response><Gather action="http://a/"><Dial/></Gather></Response>"#,
        ] {
            assert_eq!(Script::read(document).perform().text, BROKEN, "{document}");
        }
    }
}
