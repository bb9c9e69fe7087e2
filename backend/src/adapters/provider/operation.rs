//! What a provider is asked to do, as metrics and logs name it.

/// What a provider is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    /// Place a call or send a message.
    Start,
    /// Compare a code.
    Check,
    /// Tell how a check ended whose answer was lost.
    Status,
    /// Tell how a call or message is faring.
    Progress,
    /// End a verification.
    Cancel,
}

impl Operation {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Check => "check",
            Self::Status => "status",
            Self::Progress => "progress",
            Self::Cancel => "cancel",
        }
    }

    /// Whether it matters that nobody knows if it was done.
    pub(super) fn has_effect(self) -> bool {
        !matches!(self, Self::Status | Self::Progress)
    }

    /// The read that settles a lost check belongs to a request that was let through, and it is what
    /// keeps a right code from being lost: no breaker stops it.
    pub(super) fn has_breaker(self) -> bool {
        self != Self::Status
    }
}
