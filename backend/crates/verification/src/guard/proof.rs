//! Which code of one verification is being compared, and which one proved its number. Kept for that: a
//! keyed hash of the code, and the moment it was first given. What a try costs is in `tries`.
//!
//! One code at a time goes to the provider. While its outcome is not known it stays marked, and no other
//! is sent; so when a read says *verified*, that proves the marked code and no other. Codes of ours need
//! neither: they are in `own_code`.

use super::mark::{Fingerprint, Mark, NotTaken, Sent, not_taken};
use super::steps::Steps;
use super::tries::{ENDING_KEPT, Ending, Standing, Try};
use super::{Guard, Start};
use crate::code::Code;
use crate::error::CheckError;
use crate::id::{Sealed, VerificationId};
use crate::limits::{Rule, Window};
use crate::ports::{CounterKind, Decision, Refused, Step, StoreError};
use crate::timestamp::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// Reads that settle a mark, for each verification: each costs the provider a request.
const SETTLING_READS: Window = Window { quota: 20, per: Duration::from_secs(600) };

impl Guard {
    /// What marks tell of a code.
    #[must_use]
    pub fn fingerprint(&self, id: &VerificationId, code: &Code) -> Fingerprint {
        let id = id.key(CounterKind::Mark).hash.to_be_bytes();
        let parts = [&id[..], code.expose().as_bytes()];
        let names = self.keys.names(CounterKind::Mark, &parts);
        let mut hashes = names.iter().map(|name| name.hash as u64 >> 12);
        Fingerprint { current: hashes.next().unwrap_or_default(), previous: hashes.next() }
    }

    /// Charges a try and marks the code, before it is sent to the provider. `over` is the mark
    /// of a lost code whose place it may take.
    ///
    /// # Errors
    /// [`NotTaken`].
    #[tracing::instrument(target = "trace", name = "guard take_try", skip_all)]
    pub async fn take_try(
        &self,
        id: &VerificationId,
        sealed: &Sealed,
        code: Fingerprint,
        over: Option<Mark>,
    ) -> Result<Sent, NotTaken> {
        let (mark, lost) = (id.key(CounterKind::Mark), id.key(CounterKind::Lost));
        let mut steps = self.charge(id, sealed, self.number_names(&sealed.number), true);
        steps.push(id.key(CounterKind::Ending), Step::Unflagged);
        steps.push(mark, |key| Step::Expect(key, over.map(|over| over.flag)));
        steps.push(lost, |key| match over {
            None => Step::Unflagged(key),
            Some(_) => Step::Flag(key, 0, Duration::ZERO),
        });
        steps.push(mark, |key| Step::Flag(key, code.current, ENDING_KEPT));
        match steps.decide(&*self.counters).await? {
            Decision::Made { at, found } => Ok(Sent {
                charged: Try::made(at, &found, true),
                mark: Mark { flag: code.current, since: at, is_same: true, is_under_way: true },
                given_before: over.is_some_and(|over| over.is_same),
            }),
            Decision::Refused { at, by } => Err(not_taken(&by, at, code, over)),
        }
    }

    /// Forgets the mark of a code that is certain not to have been right, and gives its try back when
    /// it was not even compared.
    ///
    /// # Errors
    /// [`StoreError`].
    #[tracing::instrument(target = "trace", name = "guard release", skip_all)]
    pub async fn release(
        &self,
        id: &VerificationId,
        sealed: &Sealed,
        sent: &Sent,
        compared: bool,
    ) -> Result<(), StoreError> {
        let mut steps = Steps::default();
        steps.push(id.key(CounterKind::Mark), |key| Step::Expect(key, Some(sent.mark.flag)));
        steps.push(id.key(CounterKind::Mark), |key| Step::Flag(key, 0, Duration::ZERO));
        if !compared {
            self.give_back(&mut steps, id, sealed, sent.charged.at);
        }
        match steps.decide(&*self.counters).await? {
            Decision::Refused { .. } if !compared => {
                self.return_try(id, sealed, sent.charged.at).await
            }
            _ => Ok(()),
        }
    }

    /// Notes that the outcome of a code is lost: from now on a read may settle it.
    ///
    /// # Errors
    /// [`StoreError`].
    #[tracing::instrument(target = "trace", name = "guard lose", skip_all)]
    pub async fn lose(&self, id: &VerificationId, mark: &Mark) -> Result<(), StoreError> {
        let steps = [
            Step::Unflagged(id.key(CounterKind::Ending)),
            Step::Expect(id.key(CounterKind::Mark), Some(mark.flag)),
            Step::Flag(id.key(CounterKind::Lost), 1, ENDING_KEPT),
        ];
        self.counters.decide(&steps).await.map(drop)
    }

    /// Charges a read that may settle a mark; `false` when there were too many.
    ///
    /// # Errors
    /// [`StoreError`].
    #[tracing::instrument(target = "trace", name = "guard take_read", skip_all)]
    pub async fn take_read(&self, id: &VerificationId) -> Result<bool, StoreError> {
        let rule = Arc::new(Rule::new(vec![SETTLING_READS]));
        let charge = Step::Charge(id.key(CounterKind::Reads), rule);
        Ok(matches!(self.counters.decide(&[charge]).await?, Decision::Made { .. }))
    }

    /// Notes that the provider found this code right. Whatever was noted meanwhile, it proves the
    /// number, and is noted once.
    ///
    /// # Errors
    /// [`StoreError`].
    #[tracing::instrument(target = "trace", name = "guard verified", skip_all)]
    pub async fn verified(
        &self,
        id: &VerificationId,
        sealed: &Sealed,
        sent: &Sent,
    ) -> Result<(), StoreError> {
        let (mut ending, mut forgotten, mut counted) = (None, false, false);
        // Refused by an ending that came meanwhile, by a store that forgot the mark, and by a watch that
        // has counted the call: each once, and mostly together.
        for _ in 0..4 {
            let mut steps = Steps::default();
            steps.push(id.key(CounterKind::Ending), |key| Step::Expect(key, ending));
            steps.push(id.key(CounterKind::Mark), |key| match forgotten {
                false => Step::Expect(key, Some(sent.mark.flag)),
                true => Step::Flag(key, sent.mark.flag, ENDING_KEPT),
            });
            self.proven(&mut steps, id, sealed, Some(sent.charged.at));
            if !counted {
                self.record_once(&mut steps, id, sealed);
            }
            let Decision::Refused { by, .. } = steps.decide(&*self.counters).await? else {
                return Ok(());
            };
            for Refused { step, flag, .. } in by {
                match (step, flag.map(Ending::from_flag)) {
                    (0, Some(Ending::Verified)) => return Ok(()),
                    (0, _) => ending = flag,
                    (1, _) => forgotten = true,
                    _ => counted = true,
                }
            }
        }
        Ok(())
    }

    /// Notes that a read has found a verification proven whose marked code had no outcome; `false` when
    /// that code is no longer marked, or the verification has ended.
    ///
    /// # Errors
    /// [`StoreError`].
    #[tracing::instrument(target = "trace", name = "guard settle", skip_all)]
    pub async fn settle(
        &self,
        id: &VerificationId,
        sealed: &Sealed,
        mark: &Mark,
    ) -> Result<bool, StoreError> {
        self.settle_flag(id, sealed, mark.flag, Some(mark.since)).await
    }

    /// [`Guard::settle`] for whoever only reads a verification; `false` also when there is no such code.
    ///
    /// # Errors
    /// [`StoreError`].
    #[tracing::instrument(target = "trace", name = "guard settle_what_stands", skip_all)]
    pub async fn settle_what_stands(
        &self,
        id: &VerificationId,
        sealed: &Sealed,
        standing: &Standing,
    ) -> Result<bool, StoreError> {
        let Some(flag) = standing.lost else { return Ok(false) };
        self.settle_flag(id, sealed, flag, None).await
    }

    async fn settle_flag(
        &self,
        id: &VerificationId,
        sealed: &Sealed,
        flag: u64,
        tried_at: Option<Timestamp>,
    ) -> Result<bool, StoreError> {
        for counted in [false, true] {
            let mut steps = Steps::default();
            steps.push(id.key(CounterKind::Ending), Step::Unflagged);
            steps.push(id.key(CounterKind::Mark), |key| Step::Expect(key, Some(flag)));
            self.proven(&mut steps, id, sealed, tried_at);
            if !counted {
                self.record_once(&mut steps, id, sealed);
            }
            match steps.decide(&*self.counters).await? {
                Decision::Made { .. } => return Ok(true),
                Decision::Refused { by, .. } if by.iter().any(|it| it.step <= 1) => break,
                Decision::Refused { .. } => {}
            }
        }
        Ok(false)
    }

    /// Notes that a verification is proven by a code that nobody knows any more: from now on no code is
    /// told that it was right.
    ///
    /// # Errors
    /// The earlier ending, [`CheckError::Store`].
    #[tracing::instrument(target = "trace", name = "guard end_unproven", skip_all)]
    pub async fn end_unproven(&self, id: &VerificationId) -> Result<(), CheckError> {
        let forget = Step::Flag(id.key(CounterKind::Mark), 0, Duration::ZERO);
        self.end_and(id, Ending::Verified, Some(forget)).await
    }

    /// Adds the steps that note a proof: the ending, and what is given back for it.
    fn proven(
        &self,
        steps: &mut Steps,
        id: &VerificationId,
        sealed: &Sealed,
        tried_at: Option<Timestamp>,
    ) {
        let verified = |key| Step::Flag(key, Ending::Verified as u64, ENDING_KEPT);
        steps.push(id.key(CounterKind::Ending), verified);
        steps.push(id.key(CounterKind::Lost), |key| Step::Flag(key, 0, Duration::ZERO));
        if let Some(at) = tried_at {
            self.give_back(steps, id, sealed, at);
        }
        self.verify_buckets(steps, &Start::from(sealed), sealed.created_at);
    }
}
