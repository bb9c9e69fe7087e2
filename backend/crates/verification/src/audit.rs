//! The life of a verification as log lines, one for each step, with the target `audit`. There it has a name
//! of its own, which leads back neither to the id nor to the number. The fields are listed in
//! `docs/LOGGING.md`.

use crate::error::CheckError;
use crate::id::{Opened, Sealed, VerificationId};
use crate::model::Verification;
use crate::ports::{Delivery, NotDone, Refusal};
use crate::service::Verifications;
use crate::timestamp::Timestamp;
use ring::digest::{Context, SHA256};

/// A step in the life of a verification.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step<'a> {
    /// A provider would not or could not, so that the next one was asked.
    FailedOver {
        /// Which one.
        from: &'static str,
        /// Why.
        reason: &'static str,
    },
    /// A call or message was placed.
    Started,
    /// The same in place of an earlier one, which ends with it.
    Resent(&'a VerificationId),
    /// Nothing more happens to the call or message.
    Over(Delivery),
    /// A code was wrong.
    WrongCode {
        /// How many were, or may have been, this one included.
        tries: u8,
    },
    /// Nobody knows whether a code was right.
    CheckUnknown,
    /// The number is proven, since then.
    Verified(Timestamp),
    /// Somebody cancelled it.
    Canceled,
    /// Somebody asked for it after its time.
    Expired,
    /// No code is of use any more.
    Failed(&'static str),
}

impl Step<'_> {
    fn name(self) -> &'static str {
        match self {
            Self::FailedOver { .. } => "failed_over",
            Self::Started => "started",
            Self::Resent(_) => "resent",
            // Not to be taken for the end of the verification.
            Self::Over(Delivery::Failed) => "undelivered",
            Self::Over(delivery) => delivery.as_str(),
            Self::WrongCode { .. } => "wrong_code",
            Self::CheckUnknown => "check_unknown",
            Self::Verified(_) => "verified",
            Self::Canceled => "canceled",
            Self::Expired => "expired",
            Self::Failed(_) => "failed",
        }
    }

    /// What tells it apart from others that are noted once.
    fn mark(self) -> [u8; 1] {
        [match self {
            Self::Over(Delivery::Answered) => 1,
            Self::Over(Delivery::Busy) => 2,
            Self::Over(Delivery::NoAnswer) => 3,
            Self::Over(Delivery::Voicemail) => 4,
            Self::Over(Delivery::Delivered) => 5,
            Self::Over(_) => 6,
            _ => 0,
        }]
    }
}

/// Why the next provider was asked.
pub(crate) fn reason(why: &NotDone) -> &'static str {
    match why {
        NotDone::NotSent { .. } => "not_sent",
        NotDone::Refused(Refusal::Busy { .. }) => "busy",
        NotDone::Refused(Refusal::Us) => "refused_us",
        NotDone::Refused(Refusal::Destination) => "destination",
        NotDone::Refused(Refusal::Recipient) => "recipient",
        NotDone::Refused(Refusal::Blocked) => "blocked",
        NotDone::Refused(Refusal::FailedAtOnce) => "failed_at_once",
    }
}

impl VerificationId {
    /// What the verification is called in the log: 16 hex digits of a hash of the id. Whoever has the id can
    /// find it; nobody gets from it to the id, which cannot be guessed.
    #[must_use]
    pub fn pseudonym(&self) -> String {
        let mut hash = Context::new(&SHA256);
        hash.update(b"ringproof audit v1 ");
        hash.update(self.as_str().as_bytes());
        let digest = hash.finish();
        let beginning = digest.as_ref().first_chunk().map_or(0, |first| u64::from_be_bytes(*first));
        format!("{beginning:016x}")
    }
}

impl Verifications {
    /// Tells that the number is proven, also to whoever counts.
    pub(crate) fn tell_verified(&self, id: &VerificationId, sealed: &Sealed, at: Timestamp) {
        (self.on_verified)(sealed, self.providers.name(sealed.provider), at);
        self.tell(id, sealed, Step::Verified(at));
    }

    /// Tells a step.
    pub(crate) fn tell(&self, id: &VerificationId, sealed: &Sealed, step: Step<'_>) {
        let (mut provider, mut reason) = (self.providers.name(sealed.provider), None);
        let (mut replaces, mut tries, mut seconds) = (None, None, None);
        match step {
            Step::FailedOver { from, reason: why } => (provider, reason) = (from, Some(why)),
            Step::Resent(earlier) => replaces = Some(earlier),
            Step::WrongCode { tries: used } => tries = Some(used),
            Step::Verified(at) => seconds = Some(at.since(sealed.created_at).as_secs()),
            Step::Failed(why) => reason = Some(why),
            Step::Started | Step::Over(_) | Step::CheckUnknown | Step::Canceled | Step::Expired => {
            }
        }
        tracing::info!(
            target: "audit",
            message = "verification",
            step = step.name(),
            verification = id.pseudonym(),
            replaces = replaces.map(VerificationId::pseudonym),
            region = sealed.number.region().as_str(),
            channel = sealed.channel.as_str(),
            provider,
            caller = sealed.context.caller,
            reason,
            tries,
            seconds,
        );
    }

    /// Tells what a check came to, where that is a step.
    pub(crate) async fn tell_check(
        &self,
        opened: &Opened,
        result: &Result<Verification, CheckError>,
    ) {
        let Opened { id, sealed } = opened;
        match result {
            Ok(Verification { is_repeated: false, verified_at: Some(at), .. }) => {
                self.tell_verified(id, sealed, *at);
            }
            Err(CheckError::CodeIncorrect { attempts_remaining: left }) => {
                let tries = sealed.max_attempts.saturating_sub(*left);
                self.tell(id, sealed, Step::WrongCode { tries });
                if *left == 0 {
                    self.tell(id, sealed, Step::Failed("attempts_exhausted"));
                }
            }
            Err(CheckError::CheckUnknown { .. }) => self.tell(id, sealed, Step::CheckUnknown),
            Err(CheckError::Expired) => self.tell_once(id, sealed, Step::Expired).await,
            // Nothing happened, or what ended it was told then.
            Ok(_)
            | Err(
                CheckError::NotFound
                | CheckError::AttemptsExhausted
                | CheckError::Canceled
                | CheckError::AlreadyVerified
                | CheckError::CodeMalformed(_)
                | CheckError::Limited(_)
                | CheckError::ProviderRefusedUs
                | CheckError::UnderWay { .. }
                | CheckError::NotChecked { .. }
                | CheckError::Store(_),
            ) => {}
        }
    }

    /// Tells a step that several requests, and several replicas, may come upon: the first of them tells it,
    /// unless the verification has ended. A store that cannot decide leaves it untold.
    pub(crate) async fn tell_once(&self, id: &VerificationId, sealed: &Sealed, step: Step<'_>) {
        if tracing::enabled!(target: "audit", tracing::Level::INFO)
            && matches!(self.guard.is_first(id, &step.mark(), true).await, Ok(true))
        {
            self.tell(id, sealed, step);
        }
    }
}
