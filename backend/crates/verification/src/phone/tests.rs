//! What people write, and what it is read as.

use super::*;

fn parse(input: &str, region: &str) -> Result<String, PhoneNumberError> {
    PhoneNumber::parse(input, region.parse().ok()).map(|number| number.e164())
}

#[test]
fn reads_what_people_write() {
    for (input, region) in [
        ("+31612345678", ""),
        ("+31 6 12345678", ""),
        ("+31 (0)6-1234.5678", ""),
        ("0031/6/12345678", ""),
        ("0031612345678", "US"),
        ("06 1234 5678", "NL"),
        ("06 1234 5678", "nl"),
        ("+31612345678", "US"),
        ("31612345678", "NL"),
        ("tel:+31-6-12345678", ""),
        ("+٣١٦١٢٣٤٥٦٧٨", ""),
        ("＋３１６１２３４５６７８", ""),
        ("\u{202a}+31\u{a0}6\u{2011}12345678\u{202c}", ""),
        ("+31 06 12345678", ""),
        ("++31 6 12345678", ""),
        ("＋+31 6 12345678", ""),
        ("+31 6 12345678;", ""),
        ("0031 6 12345678, ", ""),
        ("０６ー１２３４．［５６７８］", "NL"),
    ] {
        assert_eq!(parse(input, region).as_deref(), Ok("+31612345678"), "{input} {region}");
    }
}

#[test]
fn reads_the_same_ways_of_writing_as_the_page() {
    #[derive(serde::Deserialize)]
    struct Ways {
        number: String,
        same: Vec<String>,
        none: Vec<String>,
    }
    let ways: Ways =
        serde_json::from_str(include_str!("../../fixtures/ways-of-writing.json")).unwrap();
    for written in &ways.same {
        assert_eq!(parse(written, "").as_ref(), Ok(&ways.number), "{written:?}");
    }
    for written in &ways.none {
        let fault = parse(written, "");
        let read = matches!(fault, Err(PhoneNumberError::NotANumber | PhoneNumberError::Extension));
        assert!(read, "{written:?} is {fault:?}");
    }
}

#[test]
fn says_what_is_wrong() {
    use PhoneNumberError::*;
    for (input, region, error) in [
        ("", "", Empty),
        (" \u{200e}() ", "", Empty),
        ("+", "", TooShort),
        ("06 12345678", "", RegionRequired),
        ("1-800-FLOWERS", "US", NotANumber),
        ("+31 6 12345678 ext. 9", "", Extension),
        ("+31 6 12345678 x9", "", Extension),
        ("+31 6 12345678,9", "", Extension),
        ("+31 6 12345678;9", "", Extension),
        ("+31 6 12345678，9", "", Extension),
        ("+31 6 1234,5678", "", Extension),
        ("tel:+31-6-12345678;ext=9", "", Extension),
        ("06 12345678 доб. 9", "NL", Extension),
        ("+ +31 6 12345678", "", NotANumber),
        ("+(+31) 6 12345678", "", NotANumber),
        ("+31+6 12345678", "", NotANumber),
        ("+31612345678 <script>", "", NotANumber),
        ("+31 6 12345678 +31 6 12345679", "", NotANumber),
        ("+999 123456", "", UnknownCallingCode),
        ("+316123", "", TooShort),
        ("+44 20 7946 0091 1234", "", TooLong),
        ("112", "NL", TooShort),
        ("+1 555 555 5555", "", NotInUse),
        ("123456789012345678901234567890", "NL", TooLong),
        ("0037277778 77703", "JP", TooLong),
    ] {
        assert_eq!(parse(input, region), Err(error), "{input} {region}");
    }
}

#[test]
fn asks_which_number_is_meant_where_a_plus_may_be_missing() {
    for (input, region, readings) in [
        ("4915123456789", "DE", ["+4915123456789", "+494915123456789"]),
        ("62812345678", "ID", ["+62812345678", "+6262812345678"]),
    ] {
        let Err(error) = parse(input, region) else { panic!("{input}") };
        let PhoneNumberError::Ambiguous(numbers) = error else { panic!("{input}: {error:?}") };
        assert_eq!(numbers.map(|number| number.e164()), readings, "{input}");
        assert!(!format!("{error:?}").contains(&input[4..9]), "{error:?}");
    }
    for (input, region, number) in [
        ("04915123456789", "DE", "+494915123456789"),
        ("+4915123456789", "DE", "+4915123456789"),
        ("004915123456789", "DE", "+4915123456789"),
        ("15123456789", "DE", "+4915123456789"),
        ("79021234567", "RU", "+79021234567"),
        ("393331234567", "IT", "+393331234567"),
        ("919876543210", "IN", "+919876543210"),
        ("1 650 253 0000", "US", "+16502530000"),
        ("47123456", "NO", "+4747123456"),
        ("3931234567", "IT", "+393931234567"),
        ("13109180", "BM", "+14413109180"),
    ] {
        assert_eq!(parse(input, region).as_deref(), Ok(number), "{input} {region}");
    }
}

#[test]
fn knows_the_overseas_parts_of_france_and_the_former_one_of_mexico() {
    for (input, region, number) in [
        ("0639 01 23 45", "FR", "+262639012345"),
        ("0692 12 34 56", "FR", "+262692123456"),
        ("0690 00 12 34", "FR", "+590690001234"),
        ("0696 20 12 34", "FR", "+596696201234"),
        ("0694 20 12 34", "FR", "+594694201234"),
        ("06 12 34 56 78", "FR", "+33612345678"),
        ("+52 1 55 1234 5678", "", "+525512345678"),
        ("0052 1 55 1234 5678", "NL", "+525512345678"),
        ("521 55 1234 5678", "MX", "+525512345678"),
        ("1 55 1234 5678", "MX", "+525512345678"),
        ("+52 55 1234 5678", "", "+525512345678"),
    ] {
        assert_eq!(parse(input, region).as_deref(), Ok(number), "{input} {region}");
    }
    for (input, region) in [("639 01 23 45", "FR"), ("0639 01 23 45", "ES"), ("12 34 56", "FR")] {
        assert!(parse(input, region).is_err(), "{input} {region}");
    }
}

#[test]
fn is_masked_wherever_it_is_printed() {
    let number = PhoneNumber::parse("+31612345678", None).unwrap();
    assert_eq!(number.to_string(), "+316******78");
    assert!(!format!("{number:?}").contains("12345"));
    assert_eq!(PhoneNumber::parse("+12025550190", None).unwrap().to_string(), "+12*******90");
    assert_eq!(PhoneNumber::parse("+6834001", None).unwrap().to_string(), "+683***1");
}

#[test]
fn survives_packing() {
    let number = PhoneNumber::parse("+442079460091", None).unwrap();
    assert_eq!(PhoneNumber::unpack(&number.pack()), Some(number));
    assert_eq!(number.region().to_string(), "GB");
}
