//! What a `POST …/Calls` or `…/Messages` asks for, and every reason to refuse it. Codes are Twilio's where they
//! are known.

use std::time::Duration;

use actix_web::http::StatusCode;
use time::UtcDateTime;
use uuid::Uuid;

use super::twiml::{Performance, Script};
use super::wire::{Form, error};
use super::{Caller, Resource};
use crate::answer::Answer;
use crate::phone::Provider;
use crate::phone::code;
use crate::phone::message::{Channel, Ending, Message, Status};

/// The longest document that is taken inline, in characters.
const LONGEST_TWIML: usize = 4000;
/// The longest message, in characters.
const LONGEST_BODY: usize = 1600;

/// A request that can be carried out.
pub(super) struct Order {
    channel: Channel,
    pub(super) to: String,
    /// Digits without `+`.
    pub(super) recipient: String,
    from: String,
    /// What a call says, or a message's text.
    content: String,
    rings: Duration,
    longest: Option<Duration>,
    detects: bool,
}

impl Order {
    /// Reads the form.
    ///
    /// # Errors
    /// The answer to the first bad field: unlike MessageBird, this API names one at a time.
    pub(super) fn read(form: &Form, channel: Channel) -> Result<Self, Answer> {
        let bad = |code, text: &str| error(StatusCode::BAD_REQUEST, code, text);
        let call = channel == Channel::Voice;
        let (no_to, no_from) = if call { (21201, 21213) } else { (21604, 21603) };
        let to = form.get("To").ok_or_else(|| bad(no_to, "No 'To' number is specified"))?;
        let from = form.get("From").or_else(|| form.get("MessagingServiceSid").filter(|_| !call));
        let from = from.ok_or_else(|| bad(no_from, "A 'From' phone number is required."))?;
        let recipient = to.strip_prefix('+').filter(|digits| {
            (7..=15).contains(&digits.len())
                && digits.bytes().all(|byte| byte.is_ascii_digit())
                && !digits.starts_with('0')
        });
        let invalid = || bad(21211, &format!("The 'To' number {to} is not a valid phone number."));
        let recipient = recipient.ok_or_else(invalid)?.to_owned();
        // With `Url` the real one ignores `Twiml` and fetches; this one fetches only what a key press asks for.
        let content = match (call, form.get("Url")) {
            (true, None) => {
                form.get("Twiml").ok_or_else(|| bad(21205, "Url is not a valid URL"))?
            }
            (true, Some(_)) => return Err(bad(21205, "This simulator takes Twiml, not Url")),
            (false, _) => {
                form.get("Body").ok_or_else(|| bad(21602, "Message body is required."))?
            }
        };
        let (longest, too_long) = if call { (LONGEST_TWIML, 20001) } else { (LONGEST_BODY, 21617) };
        if content.chars().count() > longest {
            return Err(bad(too_long, &format!("At most {longest} characters are taken")));
        }
        let seconds =
            |name| form.get(name).and_then(|text| text.parse().ok()).map(Duration::from_secs);
        Ok(Self {
            channel,
            to: to.to_owned(),
            recipient,
            from: from.to_owned(),
            content: content.to_owned(),
            rings: seconds("Timeout").unwrap_or(Duration::from_secs(60)),
            longest: seconds("TimeLimit"),
            detects: matches!(form.get("MachineDetection"), Some("Enable" | "DetectMessageEnd")),
        })
    }

    /// How it ends if nobody touches the phone and the number is an ordinary one.
    pub(super) fn usual_ending(&self) -> Ending {
        self.within_ringing(Ending::ordinary(self.channel))
    }

    /// The same ending, unless the carrier gives up ringing before.
    pub(super) fn within_ringing(&self, ending: Ending) -> Ending {
        if self.channel == Channel::Voice && ending.after > self.rings {
            return Ending { after: self.rings, status: Status::Unanswered };
        }
        ending
    }

    /// The resource and what reaches the phone; a failed one reaches none.
    pub(super) fn place(
        &self,
        caller: &Caller,
        ending: Ending,
        failed: bool,
        now: UtcDateTime,
    ) -> (Resource, Message) {
        let prefix = if self.channel == Channel::Voice { "CA" } else { "SM" };
        let sid = format!("{prefix}{}", Uuid::new_v4().simple());
        let performance = match self.channel {
            Channel::Voice => Script::read(&self.content).perform(),
            Channel::Sms => Performance { text: self.content.clone(), ..Performance::default() },
        };
        let message = Message {
            id: sid.clone(),
            provider: Provider::Twilio,
            verify_id: sid.clone(),
            recipient: self.recipient.clone(),
            channel: self.channel,
            language: performance.language.clone(),
            voice: performance.voice.clone(),
            code: code::heard(&performance.text, self.channel),
            text: performance.text.clone(),
            created_at: now,
            ending: if failed { Ending::at_once_failed(self.channel) } else { ending },
            decided: None,
            on_phone: !failed,
            announced: (Message::first_status(self.channel), false),
            talk: performance.lasts.min(self.longest.unwrap_or(Duration::MAX)),
            keypad: performance.keypad(),
        };
        let resource = Resource {
            sid,
            account: caller.account.clone(),
            channel: self.channel,
            to: self.to.clone(),
            from: self.from.clone(),
            body: if self.channel == Channel::Sms { self.content.clone() } else { String::new() },
            detects: self.detects,
            secret: caller.secret.clone(),
            waiting: performance.waiting,
        };
        (resource, message)
    }
}
