//! All state of the simulator behind one lock, and the small transactions on it. It speaks no HTTP
//! and decides no wording.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};
use time::UtcDateTime;
use tokio::sync::{Notify, broadcast};

use crate::clock::{Clock, wire_date};
use crate::create::Order;
use crate::faults::{Fault, Faults, Operation};
use crate::messages::{Ending, Message, Status, render};
use crate::verify::{Kind, State, Verify, random_code, random_id};

/// Verifications kept; beyond it the oldest is forgotten, so that memory stays bounded.
const KEPT: usize = 10_000;

/// News for those who listen to `GET /phone/events`.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// A call rings or a message was sent.
    Message(Value),
    /// The delivery state of one changed.
    Status(Value),
    /// The phone was emptied.
    Cleared,
}

/// Provider calls seen, per operation.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Seen {
    create: u64,
    check: u64,
    view: u64,
    delete: u64,
    delivery: u64,
}

/// A verification and the call or message it caused.
pub(crate) struct Entry {
    pub(crate) verify: Verify,
    pub(crate) message: Message,
}

/// Everything behind the lock.
#[derive(Default)]
pub(crate) struct Inner {
    entries: HashMap<String, Entry>,
    /// Verification ids, oldest first.
    order: VecDeque<String>,
    /// Message id to verification id.
    owners: HashMap<String, String>,
    /// When a call or message changes by itself, with its verification, soonest first: ten thousand
    /// of them must not be searched on every request.
    due: BTreeSet<(UtcDateTime, String)>,
    next_codes: VecDeque<String>,
    pub(crate) faults: Faults,
    pub(crate) seen: Seen,
    /// Whether a deleted verification still reads as 200 `deleted`; MessageBird's way is not known.
    pub(crate) deleted_readable: bool,
}

/// The simulator's whole state.
pub(crate) struct World {
    pub(crate) clock: Clock,
    pub(crate) events: broadcast::Sender<Event>,
    inner: Mutex<Inner>,
    /// Rung when a message was added or decided upon, so that the announcer looks again.
    stirred: Notify,
}

impl World {
    /// An empty world.
    pub(crate) fn new() -> Self {
        Self {
            clock: Clock::new(),
            events: broadcast::Sender::new(256),
            inner: Mutex::default(),
            stirred: Notify::new(),
        }
    }

    /// Everything behind the lock. Held for map look-ups only, never across an await.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Places the call or message and remembers the verification; hands out its id.
    pub(crate) fn place(&self, order: &Order, id: String, ending: Ending, born_failed: bool) {
        let now = self.clock.now();
        let mut inner = self.lock();
        let token = inner.draw_code(order.token_length);
        let message = Message {
            id: random_id(),
            kind: order.kind,
            language: order.language,
            voice: order.voice,
            text: render(&order.template, &token, order.kind),
            created_at: now,
            ending: if born_failed { Ending::at_once_failed(order.kind) } else { ending },
            decided: None,
            on_phone: !born_failed,
            announced: Message::first_status(order.kind),
        };
        let verify = order.verify(id, token, now, born_failed);
        let entry = Entry { verify, message };
        if entry.message.on_phone {
            // Nobody listening is fine, here and below.
            let _ = self.events.send(Event::Message(phone_entry(&entry, entry.message.announced)));
        }
        inner.remember(entry);
        drop(inner);
        self.stirred.notify_one();
    }

    /// Empties the phone. The provider still knows the calls.
    pub(crate) fn clear_phone(&self) {
        for entry in self.lock().entries.values_mut() {
            entry.message.on_phone = false;
        }
        let _ = self.events.send(Event::Cleared);
    }

    /// Lets the person at the phone answer or decline. None: no such call. False: it rings no more.
    pub(crate) fn decide(&self, message_id: &str, status: Status) -> Option<bool> {
        let now = self.clock.now();
        let mut inner = self.lock();
        let entry = inner.by_message(message_id)?;
        let done = entry.message.decide(status, now);
        self.tell(entry, now);
        Some(done)
    }

    /// Tells listeners of every change that is due by now.
    pub(crate) fn announce(&self) {
        let now = self.clock.now();
        let mut inner = self.lock();
        while let Some((_, id)) = inner.take_due(now) {
            if let Some(entry) = inner.by_verify(&id) {
                self.tell(entry, now);
            }
        }
    }

    /// Tells listeners of one delivery state, unless they know it or the phone was emptied.
    fn tell(&self, entry: &mut Entry, now: UtcDateTime) {
        let status = entry.message.status(now).0;
        if entry.message.on_phone && status != entry.message.announced {
            entry.message.announced = status;
            let _ = self.events.send(Event::Status(phone_entry(entry, status)));
        }
    }

    /// Announces each change of a delivery state when it is due, for ever.
    pub(crate) async fn announce_forever(&self) {
        loop {
            let due = self.lock().due.first().map(|(moment, _)| *moment);
            let moment = due.unwrap_or_else(|| self.clock.now() + Duration::from_secs(3600));
            tokio::select! {
                () = self.clock.sleep_until(moment) => {}
                () = self.stirred.notified() => {}
            }
            self.announce();
        }
    }

    /// The phone's list, newest first, of one recipient or all.
    pub(crate) fn phone_list(&self, recipient: Option<&str>) -> Vec<Value> {
        let now = self.clock.now();
        let inner = self.lock();
        let newest_first = inner.order.iter().rev().filter_map(|id| inner.entries.get(id));
        newest_first
            .filter(|entry| entry.message.on_phone)
            .filter(|entry| recipient.is_none_or(|wanted| wanted == entry.verify.recipient))
            .map(|entry| phone_entry(entry, entry.message.status(now).0))
            .collect()
    }

    /// Counts a provider call and takes the fault that strikes it.
    pub(crate) fn note(&self, operation: Operation) -> Option<Fault> {
        let mut inner = self.lock();
        let seen = &mut inner.seen;
        match operation {
            Operation::Create => seen.create += 1,
            Operation::Check => seen.check += 1,
            Operation::View => seen.view += 1,
            Operation::Delete => seen.delete += 1,
            Operation::Delivery => seen.delivery += 1,
            Operation::Any => {}
        }
        inner.faults.strike(operation)
    }
}

impl Inner {
    /// Makes the next verification of this code length use this very code.
    pub(crate) fn force_code(&mut self, code: String) {
        self.next_codes.push_back(code);
    }

    fn draw_code(&mut self, length: usize) -> String {
        let forced = self.next_codes.iter().position(|code| code.len() == length);
        forced.and_then(|at| self.next_codes.remove(at)).unwrap_or_else(|| random_code(length))
    }

    fn remember(&mut self, entry: Entry) {
        if self.order.len() >= KEPT
            && let Some(oldest) = self.order.pop_front()
            && let Some(gone) = self.entries.remove(&oldest)
        {
            self.owners.remove(&gone.message.id);
            self.due.remove(&(gone.message.ends_at(), oldest));
        }
        self.due.insert((entry.message.ends_at(), entry.verify.id.clone()));
        self.order.push_back(entry.verify.id.clone());
        self.owners.insert(entry.message.id.clone(), entry.verify.id.clone());
        self.entries.insert(entry.verify.id.clone(), entry);
    }

    /// Takes the first of those whose time has come.
    fn take_due(&mut self, now: UtcDateTime) -> Option<(UtcDateTime, String)> {
        self.due.first().is_some_and(|(moment, _)| *moment <= now).then(|| self.due.pop_first())?
    }

    /// Finds a verification by its id, deleted or not.
    pub(crate) fn by_verify(&mut self, id: &str) -> Option<&mut Entry> {
        self.entries.get_mut(id)
    }

    /// Finds the entry that a call or message belongs to.
    pub(crate) fn by_message(&mut self, id: &str) -> Option<&mut Entry> {
        let owner = self.owners.get(id)?;
        self.entries.get_mut(owner)
    }
}

impl Order {
    fn verify(&self, id: String, token: String, now: UtcDateTime, failed: bool) -> Verify {
        Verify {
            id,
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
}

/// One line of the phone's list.
fn phone_entry(entry: &Entry, status: Status) -> Value {
    let (verify, message) = (&entry.verify, &entry.message);
    let call = message.kind == Kind::Tts;
    json!({
        "id": message.id,
        "verify_id": verify.id,
        "recipient": verify.recipient,
        "channel": if call { "voice" } else { "sms" },
        "language": message.language,
        "voice": message.voice,
        "text": message.text,
        "code": verify.token,
        "status": status.as_str(),
        "created_at": wire_date(message.created_at),
    })
}
