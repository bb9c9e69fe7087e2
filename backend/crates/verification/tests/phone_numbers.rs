//! The parser against libphonenumber's own answers for every country and kind of number, as the
//! Python port gives them (`scripts/make-phone-fixtures`).

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use serde::Deserialize;
use std::collections::BTreeMap;
use verification::{Channel, Destinations, NumberKind, PhoneNumber};

#[derive(Deserialize)]
struct Row {
    input: String,
    region: Option<String>,
    e164: Option<String>,
    valid: bool,
    kind: String,
    country: Option<String>,
}

fn rows() -> Vec<Row> {
    serde_json::from_str(include_str!("../fixtures/phone-numbers.json")).unwrap()
}

fn kind(name: &str) -> NumberKind {
    match name {
        "fixed_line" => NumberKind::FixedLine,
        "mobile" => NumberKind::Mobile,
        "fixed_line_or_mobile" => NumberKind::FixedLineOrMobile,
        "toll_free" => NumberKind::TollFree,
        "premium_rate" => NumberKind::PremiumRate,
        "shared_cost" => NumberKind::SharedCost,
        "voip" => NumberKind::Voip,
        "personal_number" => NumberKind::Personal,
        "pager" => NumberKind::Pager,
        "uan" => NumberKind::UniversalAccess,
        "voicemail" => NumberKind::Voicemail,
        "unknown" => NumberKind::Unknown,
        other => panic!("a kind that libphonenumber does not have: {other}"),
    }
}

/// Where people mean something else than libphonenumber reads: a mobile of Mexico with the 1 that it
/// had until 2019, and digits that are two numbers.
const OTHERWISE: [&str; 2] = ["+52 1 55 1234 5678", "4915123456789"];

#[test]
fn agrees_with_libphonenumber_on_every_country_and_kind() {
    let rows = rows();
    let mut kinds = BTreeMap::new();
    let mut wrong = Vec::new();
    for row in &rows {
        let region = row.region.as_deref().map(|region| region.parse().unwrap());
        let ours = PhoneNumber::parse(&row.input, region).ok();
        let ours = ours.map(|n| (n.e164(), n.kind(), n.region().to_string()));
        let theirs = row.valid.then(|| {
            let country = row.country.clone().unwrap_or_default();
            (row.e164.clone().unwrap_or_default(), kind(&row.kind), country)
        });
        if (ours != theirs) != OTHERWISE.contains(&&*row.input) {
            wrong.push(format!("{} ({:?}): {ours:?} is not {theirs:?}", row.input, row.region));
        }
        *kinds.entry(&row.kind).or_insert(0) += 1;
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(rows.len() >= 1000 && kinds.len() >= 11, "{} rows of {kinds:?}", rows.len());
}

#[test]
fn only_people_are_called_even_where_every_region_is_open() {
    let everywhere = Destinations { regions: None, voip: false };
    let (mut open, mut closed) = (0, 0);
    for row in rows().iter().filter(|row| row.valid) {
        let region = row.region.as_deref().map(|region| region.parse().unwrap());
        let Ok(number) = PhoneNumber::parse(&row.input, region) else {
            assert!(OTHERWISE.contains(&&*row.input), "{}", row.input);
            continue;
        };
        let people = ["mobile", "fixed_line", "fixed_line_or_mobile"].contains(&row.kind.as_str());
        let somewhere = row.country.as_deref() != Some("001");
        let permitted = everywhere.permit(&number, Channel::Voice);
        assert_eq!(permitted, people && somewhere, "{} {} {:?}", row.input, row.kind, row.country);
        if permitted { open += 1 } else { closed += 1 }
    }
    assert!(open > 200 && closed > 100, "{open} open, {closed} closed");
}
