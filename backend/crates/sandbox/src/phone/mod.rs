//! The one phone that rings, whoever calls: its list, its live events, its clock, and the faults that strike
//! whoever asks for a call. It knows no provider's wire, and what is said here is decided elsewhere.

pub(crate) mod clock;
pub(crate) mod code;
pub(crate) mod events;
pub(crate) mod faults;
pub(crate) mod http;
pub(crate) mod message;
pub(crate) mod recent;
pub(crate) mod sabotage;
pub(crate) mod scenarios;
mod seen;

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::HeaderName;
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::UtcDateTime;
use tokio::sync::{Notify, broadcast};

use crate::answer::Answer;
use clock::Clock;
use faults::{Fault, Faults, Operation};
use message::{Message, Status};
use recent::Recent;
use seen::Seen;

/// Whose wire a request came by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Provider {
    Messagebird,
    Twilio,
}

/// What is the same for all answers of one provider.
pub(crate) struct Wire {
    pub(crate) provider: Provider,
    /// Sent with each.
    pub(crate) headers: &'static [(HeaderName, &'static str)],
    /// How it says no with this status.
    pub(crate) refusal: fn(StatusCode) -> Answer,
}

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

/// Everything behind the lock.
#[derive(Default)]
pub(crate) struct Inner {
    messages: Recent<Message>,
    /// When one changes by itself, with its id, soonest first: ten thousand of them must not be searched on
    /// every request.
    due: BTreeSet<(UtcDateTime, String)>,
    pub(crate) faults: Faults,
    pub(crate) seen: Seen,
}

impl Inner {
    /// Finds a call or message.
    pub(crate) fn message(&mut self, id: &str) -> Option<&mut Message> {
        self.messages.get(id)
    }

    /// Takes the first of those whose time has come.
    fn take_due(&mut self, now: UtcDateTime) -> Option<String> {
        let come = self.due.first().is_some_and(|(moment, _)| *moment <= now);
        come.then(|| self.due.pop_first())?.map(|(_, id)| id)
    }
}

/// The phone.
pub(crate) struct Phone {
    pub(crate) clock: Clock,
    events: broadcast::Sender<Event>,
    inner: Mutex<Inner>,
    /// Rung when a message was added or changed, so that the announcer looks again.
    stirred: Notify,
}

impl Phone {
    /// A phone with nothing on it.
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

    /// Serves one request of a provider's client: counts it, does to it the fault that is armed, and holds
    /// the answer back as long as `perform` says in its second part.
    pub(crate) async fn serve(
        &self,
        wire: &Wire,
        operation: Operation,
        request: &HttpRequest,
        perform: impl FnOnce(Option<&Fault>) -> (Answer, Option<Duration>),
    ) -> HttpResponse {
        let fault = self.note(wire.provider, operation);
        if let Some(answer) = fault.as_ref().and_then(|fault| fault.instead(wire.refusal)) {
            return wire.sign(answer).respond();
        }
        // Waits are counted from here: whoever sees the phone ring may move the clock at once.
        let began = self.clock.now();
        let (answer, held) = perform(fault.as_ref());
        for wait in [held, fault.as_ref().and_then(sabotage::late)].into_iter().flatten() {
            self.clock.sleep_until(began + wait).await;
        }
        sabotage::deliver(wire.sign(answer), fault.as_ref(), request).await
    }

    /// Counts a request and takes the fault that strikes it.
    fn note(&self, provider: Provider, operation: Operation) -> Option<Fault> {
        let mut inner = self.lock();
        inner.seen.count(provider, operation);
        inner.faults.strike(provider, operation)
    }

    /// Lets it ring, or a message arrive.
    pub(crate) fn place(&self, message: Message) {
        let mut inner = self.lock();
        if message.on_phone {
            // Nobody listening is fine, here and below.
            let _ = self.events.send(Event::Message(message.entry(message.created_at)));
        }
        inner.due.insert((message.ends_at(), message.id.clone()));
        inner.messages.insert(message.id.clone(), message);
        drop(inner);
        self.stirred.notify_one();
    }

    /// Empties the list. The providers still know the calls.
    pub(crate) fn empty(&self) {
        for message in self.lock().messages.all_mut() {
            message.on_phone = false;
        }
        let _ = self.events.send(Event::Cleared);
    }

    /// Lets the person at the phone answer or decline. None: no such call. False: it rings no more.
    pub(crate) fn decide(&self, id: &str, status: Status) -> Option<bool> {
        let now = self.clock.now();
        self.update(id, |message| message.decide(status, now))
    }

    /// Changes one and tells listeners if that was possible. None: no such call or message.
    pub(crate) fn update(
        &self,
        id: &str,
        change: impl FnOnce(&mut Message) -> bool,
    ) -> Option<bool> {
        let now = self.clock.now();
        let mut inner = self.lock();
        let message = inner.message(id)?;
        let changed = change(message);
        self.tell(message, now, changed);
        let next = message.changes_at(now);
        inner.due.extend(next.map(|moment| (moment, id.to_owned())));
        drop(inner);
        self.stirred.notify_one();
        Some(changed)
    }

    /// Tells listeners of every change that is due by now.
    pub(crate) fn announce(&self) {
        let now = self.clock.now();
        let mut inner = self.lock();
        while let Some(id) = inner.take_due(now) {
            let Some(message) = inner.message(&id) else { continue };
            self.tell(message, now, false);
            let next = message.changes_at(now);
            inner.due.extend(next.map(|moment| (moment, id)));
        }
    }

    /// Tells listeners of one delivery state, unless they know it or the phone was emptied.
    fn tell(&self, message: &mut Message, now: UtcDateTime, changed: bool) {
        let state = (message.status(now).0, message.keypad(now));
        if message.on_phone && (changed || state != message.announced) {
            message.announced = state;
            let _ = self.events.send(Event::Status(message.entry(now)));
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

    /// The list, newest first, of one recipient or all.
    pub(crate) fn list(&self, recipient: Option<&str>) -> Vec<Value> {
        let now = self.clock.now();
        let inner = self.lock();
        let newest_first = inner.messages.newest_first().filter(|message| message.on_phone);
        newest_first
            .filter(|message| recipient.is_none_or(|wanted| wanted == message.recipient))
            .map(|message| message.entry(now))
            .collect()
    }
}

impl Wire {
    /// Adds what all answers of the provider carry.
    pub(crate) fn sign(&self, answer: Answer) -> Answer {
        self.headers.iter().fold(answer, |answer, (name, value)| answer.with(name.clone(), value))
    }
}
