//! The voicemail guard: a call asks for a key first, the carrier tells us that one was pressed, and only
//! then is the code said. What the carrier's requests look like on the wire is in `twilio-rest`.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::SecretString;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use twilio_rest::{KeyPress, Language, Speech, Twiml, Url};
use verification::guard::{known_start, unwanted};
use verification::ports::{
    Clock, CounterKind, Counters, Decision, Found, Key, ProviderRef, Step, StoreError,
};
use verification::{Call, Code, Keyring, Locale, Texts, Timestamp};

/// Where the carrier posts to, below our public address.
pub const PATH: &str = "/providers/twilio/calls/";
/// Binds a seal to these addresses.
const PURPOSE: &str = "twilio call v1";
/// How long it is known that a key was pressed: longer than any code is good.
const KEPT: Duration = Duration::from_secs(5 * 60 * 60);

/// What asks for keys, and answers them.
pub struct PressKey {
    /// Seals what the address holds.
    pub keys: Keyring,
    /// Where it is noted which call pressed.
    pub counters: Arc<dyn Counters>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Our address as the carrier reaches it, up to what is sealed.
    pub address: String,
    /// What the carrier signs with.
    pub auth_token: SecretString,
    /// The account whose calls these are.
    pub account: String,
    /// What asks for a key.
    pub prompts: HashMap<Locale, String>,
    /// What is said then.
    pub texts: HashMap<Locale, Texts>,
    /// The `<Say>` voice.
    pub voice: Option<String>,
}

/// Why a request of the carrier is not answered.
#[derive(Debug)]
pub enum NotAnswered {
    /// It is not signed by the carrier, or about no call of ours, or another call was first.
    NotOurs,
    /// It cannot be noted which call pressed.
    Store(StoreError),
}

/// What an address holds.
struct Asked {
    number: String,
    locale: Locale,
    since: Timestamp,
    until: Timestamp,
    code: String,
}

impl PressKey {
    /// What a call says that asks for a key, and what its address holds; `None` when it cannot be said.
    pub(super) fn ask(&self, call: &Call<'_>, code: &Code) -> Option<(Twiml, String)> {
        let [since, until] =
            [call.created_at, call.created_at + call.ttl].map(|moment| moment.0.to_string());
        let parts = [&call.number.e164(), call.locale.tag(), &since, &until, code.expose()];
        let sealed = self.keys.seal(PURPOSE, parts.join("\n").as_bytes());
        let sealed = URL_SAFE_NO_PAD.encode(sealed);
        let action = format!("{}{sealed}", self.address);
        let prompt = self.prompts.get(&call.locale)?;
        let action = Url::parse(&action).ok()?;
        let asks = Twiml::ask_for_key(self.speech(call.locale)?, prompt, &action).ok()?;
        Some((asks, sealed))
    }

    /// Lets nothing be said at an address: whether its call was placed is unknown, and nobody was given the
    /// verification that its code is of.
    pub(super) async fn silence(&self, sealed: &str) -> Result<(), StoreError> {
        self.counters.decide(&[Step::Flag(orphaned(sealed), 1, KEPT)]).await.map(drop)
    }

    /// Whether a key was pressed in a call.
    pub(super) async fn was_pressed(&self, sid: &str) -> Result<bool, StoreError> {
        let read = self.counters.decide(&[Step::ReadFlag(pressed(sid))]).await?;
        let Decision::Made { found, .. } = read else { return Ok(false) };
        Ok(matches!(found[..], [Found::Flag(Some(_))]))
    }

    /// What a call says after a key was pressed: the code, to the first call that pressed one, however
    /// often its carrier asks; without a key, or when the code is of no use any more, nothing.
    ///
    /// # Errors
    /// [`NotAnswered`].
    pub async fn answer(
        &self,
        sealed: &str,
        body: &[u8],
        signature: &str,
    ) -> Result<Twiml, NotAnswered> {
        let address = format!("{}{sealed}", self.address);
        let press = KeyPress::read(&self.auth_token, &address, body, signature)
            .map_err(|_unsigned| NotAnswered::NotOurs)?;
        let asked = self.open(sealed).ok_or(NotAnswered::NotOurs)?;
        if press.to != asked.number || press.account.as_str() != self.account {
            return Err(NotAnswered::NotOurs);
        }
        if press.digits.is_empty() || self.clock.now() >= asked.until {
            return Ok(Twiml::hang_up());
        }
        if !self.claim(sealed, &asked, press.call.as_str()).await? {
            return Ok(Twiml::hang_up());
        }
        let said = self.texts.get(&asked.locale).zip(self.speech(asked.locale));
        let said =
            said.and_then(|(texts, speech)| Twiml::say(speech, &texts.voice, &asked.code).ok());
        Ok(said.unwrap_or_else(Twiml::hang_up))
    }

    /// Notes which call pressed a key, and tells whether its code is still of use: not when the verification
    /// was proven, cancelled or used up, nor when the store has lost what it knew of it. Another call that
    /// comes later is none of ours.
    async fn claim(&self, sealed: &str, asked: &Asked, sid: &str) -> Result<bool, NotAnswered> {
        let digits = asked.number.trim_start_matches('+').parse();
        let digits = digits.map_err(|_no_number| NotAnswered::NotOurs)?;
        let claim = Key::of(CounterKind::KeyPress, &[b"claim", sealed.as_bytes()]);
        let first = pressed(sid).hash as u64 >> 12;
        let steps = [
            Step::Expect(claim, None),
            Step::Unflagged(unwanted(&ProviderRef(sid.to_owned()))),
            Step::Unflagged(orphaned(sealed)),
            known_start(&self.keys, digits, asked.since),
            Step::Flag(claim, first, KEPT),
            Step::Flag(pressed(sid), 1, KEPT),
        ];
        match self.counters.decide(&steps).await.map_err(NotAnswered::Store)? {
            Decision::Refused { by, .. } => match by.iter().find(|it| it.step == 0) {
                Some(claimed) if claimed.flag != Some(first) => Err(NotAnswered::NotOurs),
                _ => Ok(by.iter().all(|it| it.step == 0)),
            },
            Decision::Made { .. } => Ok(true),
        }
    }

    fn open(&self, sealed: &str) -> Option<Asked> {
        let plain = self.keys.open(PURPOSE, &URL_SAFE_NO_PAD.decode(sealed).ok()?)?;
        let plain = String::from_utf8(plain).ok()?;
        let mut parts = plain.split('\n');
        Some(Asked {
            number: parts.next()?.to_owned(),
            locale: Locale::parse(parts.next()?)?,
            since: Timestamp(parts.next()?.parse().ok()?),
            until: Timestamp(parts.next()?.parse().ok()?),
            code: parts.next()?.to_owned(),
        })
    }

    fn speech(&self, locale: Locale) -> Option<Speech<'_>> {
        let language = Language::find(locale.tag())?;
        let voice = language.voice(self.voice.as_deref())?;
        Some(Speech { language, voice, times: super::TIMES })
    }
}

fn orphaned(sealed: &str) -> Key {
    Key::of(CounterKind::KeyPress, &[b"orphaned", sealed.as_bytes()])
}

fn pressed(sid: &str) -> Key {
    Key::of(CounterKind::KeyPress, &[b"pressed", sid.as_bytes()])
}
