//! The short way against the long one, over numbers of every region and kind, valid and not.
//!
//! A sample in the usual run; a million numbers, about half a minute, by
//! `NUMBERS=1000000 cargo test -p verification --lib phone::plain`.

use super::*;
use rlibphonenumber::{PhoneNumberType, Region};

const SAMPLE: u64 = 40_000;

/// Splitmix64: the same numbers in every run.
struct Random(u64);

impl Random {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ mixed >> 31) % below as u64) as usize
    }

    fn digits(&mut self, count: usize) -> String {
        (0..count).map(|_| char::from(b'0' + self.next(10) as u8)).collect()
    }

    fn of<T: Clone>(&mut self, list: &[T]) -> T {
        list[self.next(list.len())].clone()
    }
}

/// Calling code and national number of libphonenumber's example for every region and kind.
fn examples() -> Vec<(String, String)> {
    let kinds = [
        PhoneNumberType::FixedLine,
        PhoneNumberType::Mobile,
        PhoneNumberType::TollFree,
        PhoneNumberType::PremiumRate,
        PhoneNumberType::SharedCost,
        PhoneNumberType::VoIP,
        PhoneNumberType::PersonalNumber,
        PhoneNumberType::Pager,
        PhoneNumberType::UAN,
        PhoneNumberType::VoiceMail,
    ];
    let plan = &PHONE_NUMBER_UTIL;
    let of_region = |region| {
        kinds
            .iter()
            .filter_map(move |kind| plan.get_example_number_for_type_and_region(region, *kind).ok())
    };
    let of_no_region = plan
        .get_supported_global_network_calling_codes()
        .filter_map(|code| plan.get_example_number_for_non_geo_entity(code).ok());
    let numbers = plan.get_supported_regions().flat_map(of_region).chain(of_no_region);
    let parts = |number: PhoneNumber| {
        let national = rlibphonenumber::get_national_significant_number_owned(&number);
        (number.country_code.to_string(), national)
    };
    numbers.map(parts).collect()
}

/// One number, without `+`, in one of the ways in which numbers go wrong.
fn number(turn: u64, examples: &[(String, String)], random: &mut Random) -> String {
    let (code, mut national) = random.of(examples);
    match turn % 8 {
        0 => {}
        1 => {
            let place = random.next(national.len());
            national.replace_range(place..=place, &random.digits(1));
        }
        2 => national.insert_str(random.next(national.len() + 1), &random.digits(1)),
        3 => drop(national.remove(random.next(national.len()))),
        // Whatever may be dialled within a country.
        4 => {
            let count = 1 + random.next(6);
            national.insert_str(0, &random.digits(count));
        }
        5 => {
            let (_, prefixes) = random.of(&DIALLED_WITHIN);
            national.insert_str(0, random.of(prefixes));
        }
        // Every calling code with every beginning, in turn.
        6 => {
            let turn = turn as usize / 8;
            let (code, example) = &examples[turn % examples.len()];
            let begin = format!("{:03}", turn / examples.len() % 1_000);
            let length = example.len().saturating_sub(3) + random.next(2);
            let rest = random.digits(length);
            return format!("{code}{begin}{rest}");
        }
        _ => {
            let count = 1 + random.next(19);
            return random.digits(count);
        }
    }
    format!("{code}{national}")
}

#[test]
fn the_short_way_leads_where_the_long_one_does() {
    #[expect(
        clippy::disallowed_methods,
        reason = "a test's size is not the service's configuration"
    )]
    let numbers = std::env::var("NUMBERS").map_or(SAMPLE, |numbers| numbers.parse().unwrap());
    let (examples, mut random) = (examples(), Random(1));
    let regions: Vec<Region> = PHONE_NUMBER_UTIL.get_supported_regions().collect();
    let (mut valid, mut short) = (0_u64, 0_u64);
    for turn in 0..numbers {
        let written = format!("+{}", number(turn, &examples, &mut random));
        let Some(found) = parse(&written) else { continue };
        let region = (random.next(2) == 0).then(|| random.of(&regions));
        let expected = PHONE_NUMBER_UTIL.parse(&written, region);
        assert_eq!(Ok(&found), expected.as_ref(), "{written} {region:?}");
        short += 1;
        valid += u64::from(PHONE_NUMBER_UTIL.is_valid_number(&found));
    }
    assert!(examples.len() > 1_000, "{} examples", examples.len());
    assert!(short > numbers / 2 && valid > numbers / 8, "{short}, {valid} valid of {numbers}");
}

#[test]
fn most_numbers_of_people_take_the_short_way() {
    for number in
        ["+31612345678", "+12025550190", "+442079460091", "+4915123456789", "+5511961234567"]
    {
        assert!(parse(number).is_some(), "{number}");
    }
}

#[test]
fn what_would_be_rewritten_takes_the_long_way() {
    for number in
        ["+310612345678", "+5491123456789", "+378886377", "+999123456", "+31", "+31 612345678"]
    {
        assert_eq!(parse(number), None, "{number}");
    }
}
