//! A provider that only delivers: the code is ours, so the service makes it, seals it into the id and
//! compares it, and the provider is asked nothing.

use super::world::{EPOCH, number, service};
use std::sync::Arc;
use std::time::Duration;
use verification::ports::{CheckAnswer, CounterKind, Delivers, KeepsCode};
use verification::testing::{Asked, FixedClock, ScriptedProvider};
use verification::{
    AnyProvider, Channel, CheckError, Client, Code, Context, Failure, Locale, NotDone, Opened,
    ProviderTag, StartError, StartRequest, Status, Verification, VerificationId, Verifications,
};

const NUMBER: &str = "+31612345678";
const CLIENT: Client = Client::V4([192, 0, 2, 1]);
const VARS: [(&str, &str); 1] = [("GUARD_ALLOWED_REGIONS", "NL")];

struct Bench {
    service: Verifications,
    clock: Arc<FixedClock>,
    provider: Arc<ScriptedProvider>,
}

fn scripted() -> Arc<ScriptedProvider> {
    Arc::new(ScriptedProvider::new(&[Locale::default()], CheckAnswer::Incorrect))
}

fn delivers(provider: &Arc<ScriptedProvider>) -> AnyProvider {
    AnyProvider::Delivers(Arc::clone(provider) as Arc<dyn Delivers>)
}

fn keeps(provider: &Arc<ScriptedProvider>) -> AnyProvider {
    AnyProvider::KeepsCode(Arc::clone(provider) as Arc<dyn KeepsCode>)
}

impl Bench {
    fn new() -> Self {
        let (clock, provider) = (Arc::new(FixedClock::new(EPOCH)), scripted());
        let service = service(&VARS, &clock, vec![delivers(&provider)]);
        Self { service, clock, provider }
    }

    /// A start, and the code that was delivered.
    async fn started(&self) -> (Opened, Code) {
        let placed = start(&self.service, NUMBER).await.unwrap();
        let asked = self.provider.take_asked();
        let [Asked::Deliver(text, code)] = asked.as_slice() else { panic!("{asked:?}") };
        assert!(text.contains("%token"), "the text has the code's place: {text}");
        (opened(placed), code.clone())
    }

    async fn check(&self, opened: &Opened, code: &str) -> Result<Status, CheckError> {
        self.service.check(opened, code).await.map(|verification| verification.status)
    }

    fn assert_nothing_asked(&self) {
        assert_eq!(self.provider.take_asked(), []);
    }
}

async fn start(service: &Verifications, to: &str) -> Result<Verification, StartError> {
    let (number, channel) = (number(to), Channel::Voice);
    let request =
        StartRequest { number, channel, locale: None, client: CLIENT, context: Context::default() };
    service.start(request).await
}

fn opened(Verification { id, sealed, .. }: Verification) -> Opened {
    Opened { id, sealed }
}

/// A code of the same length that is not `code`.
fn wrong(code: &Code) -> String {
    let last = code.expose().chars().next_back().unwrap();
    let other = if last == '0' { '1' } else { '0' };
    format!("{}{other}", &code.expose()[..code.expose().len() - 1])
}

#[tokio::test]
async fn the_code_is_made_sealed_and_delivered() {
    let bench = Bench::new();
    let (first, code) = bench.started().await;
    assert_eq!(code.expose().len(), 6);
    assert_eq!(first.sealed.own_code, Some(code.clone()));
    // Whoever holds the id brings it back as text; what it holds is what was delivered.
    let again = bench.service.open(first.id.as_str()).unwrap();
    assert_eq!(again.sealed, first.sealed);
    bench.clock.advance(Duration::from_secs(60));
    let (_, other) = bench.started().await;
    assert_ne!(code, other, "each start has a code of its own");
}

#[tokio::test]
async fn the_right_code_verifies_once_and_no_provider_is_asked() {
    let bench = Bench::new();
    let (opened, code) = bench.started().await;
    let wrong_code = bench.check(&opened, &wrong(&code)).await;
    assert!(matches!(wrong_code, Err(CheckError::CodeIncorrect { attempts_remaining: 4 })));
    assert_eq!(bench.check(&opened, code.expose()).await.unwrap(), Status::Verified);
    assert_eq!(bench.check(&opened, code.expose()).await.unwrap(), Status::Verified, "again");
    let another = bench.check(&opened, &wrong(&code)).await;
    assert!(matches!(another, Err(CheckError::AlreadyVerified)), "{another:?}");
    assert_eq!(bench.service.status(opened).await.unwrap().status, Status::Verified);
    bench.assert_nothing_asked();
}

#[tokio::test]
async fn tries_run_out_and_then_the_right_code_is_refused() {
    let bench = Bench::new();
    let (opened, code) = bench.started().await;
    for left in [4, 3, 2, 1, 0] {
        bench.assert_nothing_asked();
        let answer = bench.check(&opened, &wrong(&code)).await;
        let Err(CheckError::CodeIncorrect { attempts_remaining }) = answer else {
            panic!("{answer:?}")
        };
        assert_eq!(attempts_remaining, left);
    }
    assert_eq!(bench.provider.take_asked(), [Asked::Cancel], "nobody needs to hear it any more");
    let late = bench.check(&opened, code.expose()).await;
    assert!(matches!(late, Err(CheckError::AttemptsExhausted)), "{late:?}");
    bench.service.cancel(&opened).await.unwrap();
    bench.assert_nothing_asked();
}

#[tokio::test]
async fn the_code_dies_with_its_time() {
    let bench = Bench::new();
    let (opened, code) = bench.started().await;
    bench.clock.advance(Duration::from_secs(600));
    bench.assert_nothing_asked();
    let late = bench.check(&opened, code.expose()).await;
    assert!(matches!(late, Err(CheckError::Expired)), "{late:?}");
    assert_eq!(bench.provider.take_asked(), [Asked::Cancel], "its call may still wait");
    let read = bench.service.status(opened).await.unwrap();
    assert_eq!(read.status, Status::Expired);
    bench.assert_nothing_asked();
}

/// The right code, sent again, costs nothing and is told what it was told; but where no try is left of its
/// verification or its number, it is refused like any other.
#[tokio::test]
async fn a_right_code_is_refused_where_a_try_would_be_and_costs_none() {
    let bench = Bench::new();
    let (opened, code) = bench.started().await;
    for _ in 0..4 {
        assert!(bench.check(&opened, &wrong(&code)).await.is_err());
    }
    let mut told = Vec::new();
    for _ in 0..9 {
        let verified = bench.service.check(&opened, code.expose()).await.unwrap();
        told.push((verified.attempts_remaining, verified.verified_at, verified.is_repeated));
        bench.clock.advance(Duration::from_secs(1));
    }
    assert_eq!(told[0], (0, Some(EPOCH), false));
    assert_eq!(told[1..], [(0, Some(EPOCH), true); 8]);
    // The fifth try is charged to another code; from then on nobody is told anything.
    for _ in 0..2 {
        let other = bench.check(&opened, &wrong(&code)).await;
        assert!(matches!(other, Err(CheckError::AlreadyVerified)), "{other:?}");
    }
    let again = bench.check(&opened, code.expose()).await;
    assert!(matches!(again, Err(CheckError::AlreadyVerified)), "{again:?}");
}

#[tokio::test]
async fn a_code_is_known_however_coarsely_its_start_is_counted() {
    for (limits, cooldowns, later) in
        [("3/10m,100/24h", "60s", 0), ("1000/1h", "0s", 9), ("1000/24h", "0s", 9)]
    {
        let (clock, provider) = (Arc::new(FixedClock::new(EPOCH)), scripted());
        let vars = [VARS[0], ("GUARD_NUMBER_LIMITS", limits), ("GUARD_COOLDOWNS", cooldowns)];
        let service = service(&vars, &clock, vec![delivers(&provider)]);
        let bench = Bench { service, clock, provider };
        // Not a round moment.
        bench.clock.advance(Duration::from_millis(1_234_567));
        let (id, code) = bench.started().await;
        bench.clock.advance(Duration::from_secs(20));
        for _ in 0..later {
            bench.clock.advance(Duration::from_millis(61_234));
            bench.started().await;
        }
        assert_eq!(bench.check(&id, code.expose()).await.unwrap(), Status::Verified, "{limits}");
    }
}

#[tokio::test]
async fn a_cancelled_code_is_refused_and_the_call_ended() {
    let bench = Bench::new();
    let (opened, code) = bench.started().await;
    bench.service.cancel(&opened).await.unwrap();
    assert_eq!(bench.provider.take_asked(), [Asked::Cancel]);
    let late = bench.check(&opened, code.expose()).await;
    assert!(matches!(late, Err(CheckError::Canceled)), "{late:?}");
    bench.assert_nothing_asked();
}

#[tokio::test]
async fn a_new_call_ends_an_older_one_that_may_still_wait_its_turn() {
    let bench = Bench::new();
    let (old, _) = bench.started().await;
    // A carrier may hold a call back for longer than its code is good.
    bench.clock.advance(Duration::from_secs(3_600));
    bench.service.resend(&old, None, None, CLIENT).await.unwrap();
    let asked = bench.provider.take_asked();
    assert!(matches!(asked.as_slice(), [Asked::Deliver(..), Asked::Cancel]), "{asked:?}");
}

#[tokio::test]
async fn a_start_that_was_not_sent_is_given_back_and_an_unknown_one_is_not() {
    let bench = Bench::new();
    let retry_after = Duration::from_secs(3);
    // As many as would use up the number's limit, if they counted.
    for _ in 0..3 {
        bench.provider.fail_next(Failure::NotDone(NotDone::NotSent { retry_after }));
        let failed = start(&bench.service, NUMBER).await.map(drop);
        assert!(matches!(failed, Err(StartError::NotPlaced { .. })), "{failed:?}");
    }
    bench.provider.fail_next(Failure::Unknown { timed_out: true });
    let unknown = start(&bench.service, NUMBER).await.map(drop);
    assert!(matches!(unknown, Err(StartError::DeliveryUnknown { timed_out: true, .. })));
    let Err(StartError::Limited(limited)) = start(&bench.service, NUMBER).await else {
        panic!("the cool-down counts")
    };
    assert_eq!(limited.rule, CounterKind::Number);
}

#[tokio::test]
async fn a_verification_stays_with_its_provider_whichever_is_preferred() {
    let (clock, keeper, carrier) = (Arc::new(FixedClock::new(EPOCH)), scripted(), scripted());
    let service = service(&VARS, &clock, vec![keeps(&keeper), delivers(&carrier)]);
    let placed = opened(start(&service, NUMBER).await.unwrap());
    assert!(matches!(keeper.take_asked().as_slice(), [Asked::Start(_)]), "the first is asked");
    assert_eq!(placed.sealed.own_code, None);
    // An id of the second one, as after a change of the order.
    let mut sealed = placed.sealed.clone();
    sealed.provider = ProviderTag(1);
    sealed.own_code = Code::parse("471108", 6).ok();
    let id = VerificationId::seal(&sealed, &service.guard.keys);
    let second = service.open(id.as_str()).unwrap();
    service.status(second.clone()).await.unwrap();
    service.cancel(&second).await.unwrap();
    assert_eq!(carrier.take_asked(), [Asked::Progress, Asked::Cancel]);
    assert_eq!(keeper.take_asked(), []);
    let wrong = service.check(&placed, "000000").await.map(drop);
    assert!(matches!(wrong, Err(CheckError::CodeIncorrect { .. })), "{wrong:?}");
    assert_eq!(keeper.take_asked(), [Asked::Check(Code::parse("000000", 6).unwrap())]);
    assert_eq!(carrier.take_asked(), []);
}

#[tokio::test]
async fn a_code_whose_keeper_is_no_longer_in_use_is_gone_and_costs_no_try() {
    let bench = Bench::new();
    let (opened, code) = bench.started().await;
    let mut sealed = opened.sealed.clone();
    (sealed.provider, sealed.own_code) = (ProviderTag(9), None);
    let id = VerificationId::seal(&sealed, &bench.service.guard.keys);
    let orphan = bench.service.open(id.as_str()).unwrap();
    let gone = bench.check(&orphan, code.expose()).await;
    assert!(matches!(gone, Err(CheckError::Expired)), "{gone:?}");
    let read = bench.service.status(orphan.clone()).await.unwrap();
    assert_eq!((read.attempts_remaining, read.poll_after), (5, None));
    bench.service.cancel(&orphan).await.unwrap();
    bench.assert_nothing_asked();
}
