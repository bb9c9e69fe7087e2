//! What each fault of a phone number means to who sent it. What a number is, is in `verification`.

use super::super::problem::Problem;
use verification::PhoneNumberError;

const NUMBER: &str = "#/phone_number";

/// The problem with the fault of its number.
pub(super) fn fault(problem: Problem, error: PhoneNumberError) -> Problem {
    let (pointer, code, detail) = match error {
        PhoneNumberError::Empty => (NUMBER, "required", "Enter a phone number."),
        PhoneNumberError::NotANumber => {
            (NUMBER, "not_a_number", "Enter a phone number with digits only.")
        }
        PhoneNumberError::Extension => (
            NUMBER,
            "extension",
            "Leave out the extension: who is behind a switchboard cannot be reached.",
        ),
        PhoneNumberError::RegionRequired => (
            "#/region",
            "region_required",
            "Choose the country of the number, or begin it with + and the country code.",
        ),
        PhoneNumberError::UnknownCallingCode => {
            (NUMBER, "unknown_calling_code", "Check the country code at the start of the number.")
        }
        PhoneNumberError::TooShort => {
            (NUMBER, "too_short", "Some digits of the number are missing.")
        }
        PhoneNumberError::TooLong => (NUMBER, "too_long", "The number has too many digits."),
        PhoneNumberError::NotInUse => {
            (NUMBER, "not_in_use", "There is no such number. Check its digits and the country.")
        }
        PhoneNumberError::Ambiguous(readings) => {
            let [one, other] = readings.map(|number| number.international());
            let detail = format!("This may be {one} or {other}. Send the right one with its +.");
            let mut problem = worded(problem, detail.clone()).error(NUMBER, "ambiguous", detail);
            if let Some(error) = problem.errors.last_mut() {
                error.readings = readings.map(|number| number.e164()).to_vec();
            }
            return problem;
        }
    };
    worded(problem, detail.to_owned()).error(pointer, code, detail)
}

/// The only fault of a request is told in the problem's own words.
fn worded(problem: Problem, detail: String) -> Problem {
    if problem.errors.is_empty() { problem.detail(detail) } else { problem }
}
