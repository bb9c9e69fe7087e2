//! What somebody finds who reads the shared store: no number, no address, in no notation.

use crate::helpers::{Store, rule, shared};
use crate::servers::Server;
use redis::ConnectionLike;
use std::collections::HashSet;
use std::time::Duration;
use verification::ports::{CounterKind, Counters, Key, Step};
use verification::{Keyring, PhoneNumber};

const KINDS: [CounterKind; 6] = [
    CounterKind::Number,
    CounterKind::Client,
    CounterKind::Prefix,
    CounterKind::Codes,
    CounterKind::Tries,
    CounterKind::Started,
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dump_holds_no_number_and_no_address() {
    let server = Server::start(&[]);
    let clock = Store::in_memory().clock;
    let counters = shared(&server.url(), &clock);
    let keyring = Keyring::new(b"a secret of more than sixteen bytes", None);
    let mut secrets: Vec<Vec<u8>> = vec![b"203.0.113.77".to_vec()];
    for last in 10..60 {
        let number = PhoneNumber::parse(&format!("+316123456{last}"), None).unwrap();
        let digits = number.digits();
        let of = |kind, part: &[u8]| keyring.names(kind, &[part]).iter().next().unwrap();
        let fingerprint = |kind| of(kind, &digits.to_be_bytes());
        let client = of(CounterKind::Client, &[203, 0, 113, 77]);
        let mut steps: Vec<_> =
            KINDS.map(|kind| Step::Charge(fingerprint(kind), rule(&[(90, 60)]))).into();
        steps.push(Step::Charge(client, rule(&[(99, 60)])));
        steps.push(Step::Flag(fingerprint(CounterKind::Ending), 1, Duration::from_secs(60)));
        counters.decide(&steps).await.unwrap();
        let key: Key = fingerprint(CounterKind::Idempotency);
        counters.keep_first(key, b"an answer", Duration::from_secs(60)).await.unwrap();
        let text = digits.to_string();
        // As text, without the country, and as the numbers a packer would write.
        secrets.push(text.clone().into_bytes());
        secrets.push(text[2..].into());
        secrets.push(digits.to_be_bytes()[3..].into());
        secrets.push(digits.to_le_bytes()[..5].into());
        secrets.push((digits as f64).to_be_bytes().into());
    }
    let dump = dump(&server);
    assert!(dump.len() > 50 * 8, "{} entries", dump.len());
    let kinds: HashSet<_> = dump.iter().map(|(key, _)| key.split(|b| *b == b':').nth(2)).collect();
    assert!(kinds.len() > KINDS.len(), "{kinds:?}");
    let holds =
        |bytes: &[u8], secret: &[u8]| bytes.windows(secret.len()).any(|part| part == secret);
    // The search finds what is there.
    assert!(dump.iter().any(|(_, value)| holds(value, b"an answer")));
    for (key, value) in &dump {
        for secret in &secrets {
            assert!(!holds(key, secret) && !holds(value, secret), "{secret:?} in {key:?}");
        }
    }
}

/// Every key, with its value as stored.
fn dump(server: &Server) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut admin = server.admin();
    let keys: Vec<Vec<u8>> = redis::cmd("KEYS").arg("*").query(&mut admin).unwrap();
    let mut value_of = |key: &Vec<u8>| {
        let value = admin.req_command(redis::cmd("GET").arg(key)).unwrap();
        redis::from_redis_value(value).unwrap()
    };
    keys.into_iter().map(|key| (key.clone(), value_of(&key))).collect()
}
