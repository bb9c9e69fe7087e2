//! The code in what a person hears or reads: pure, and without knowledge of who made it.

use std::ops::RangeInclusive;

use super::message::Channel;

/// How many digits a code has.
const LENGTHS: RangeInclusive<usize> = 4..=10;

/// Finds the code, once however often it is said: single digits in a row when spoken (`4, 2, 7, 1`), a word of
/// digits when written. The one that is repeated most goes first, then the longest, then the first. Empty
/// when there is none.
pub(crate) fn heard(text: &str, channel: Channel) -> String {
    let found: Vec<String> = match channel {
        Channel::Voice => spoken(text),
        Channel::Sms => {
            let words = text.split(|letter: char| !letter.is_ascii_alphanumeric());
            words.filter(|word| is_code(word)).map(str::to_owned).collect()
        }
    };
    let times = |code: &String| found.iter().filter(|it| *it == code).count();
    // Of equals the last one wins.
    let best = found.iter().rev().max_by_key(|code| (times(code), code.len()));
    best.cloned().unwrap_or_default()
}

fn spoken(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut run = String::new();
    let mut end = |run: &mut String| {
        if is_code(run) {
            found.push(run.clone());
        }
        run.clear();
    };
    for part in text.split(", ") {
        // The run begins at the end of the sentence before it, and ends at the beginning of the one behind it.
        let single = |word: &str| word.len() == 1 && is_digits(word);
        if single(part) {
            run.push_str(part);
            continue;
        }
        let first = part.chars().next().filter(char::is_ascii_digit);
        let joins =
            first.is_some() && !part.chars().nth(1).is_some_and(|it| it.is_ascii_alphanumeric());
        if let Some(first) = first.filter(|_| joins && !run.is_empty()) {
            run.push(first);
        }
        end(&mut run);
        let mut letters = part.chars().rev();
        if let Some(last) = letters.next().filter(char::is_ascii_digit)
            && !letters.next().is_some_and(|it| it.is_ascii_alphanumeric())
        {
            run.push(last);
        }
    }
    end(&mut run);
    found
}

fn is_code(word: &str) -> bool {
    LENGTHS.contains(&word.len()) && is_digits(word)
}

fn is_digits(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spoken_code_is_found_once() {
        for (text, code) in [
            ("Your code is: 0, 4, 2, 6, 1, 7. I repeat: 0, 4, 2, 6, 1, 7.", "042617"),
            ("4, 2, 7, 1", "4271"),
            ("コードは0, 4, 2, 6, 1, 7です。", "042617"),
            ("認証コードは：0, 4, 2, 6, 1, 7。繰り返します：0, 4, 2, 6, 1, 7。", "042617"),
            ("Press 1, or 2. Call 24, 7, or never.", ""),
            ("From Area 51, your code is 9, 9, 9, 9.", "9999"),
            ("1, 2, 3", ""),
            ("1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1", ""),
            ("", ""),
        ] {
            assert_eq!(heard(text, Channel::Voice), code, "{text}");
        }
    }

    #[test]
    fn a_written_code_is_found_once() {
        for (text, code) in [
            ("042617 is your code. Do not share it.", "042617"),
            ("Your Studio2024 code is 0426, since 1999", "0426"),
            ("Bank 1899: 042617 is your code", "042617"),
            ("042617 is your code\n\n@ours.example #042617", "042617"),
            ("Call +31612345678901", ""),
            ("Your code is on its way", ""),
        ] {
            assert_eq!(heard(text, Channel::Sms), code, "{text}");
        }
    }
}
