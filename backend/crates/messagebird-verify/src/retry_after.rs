//! The `Retry-After` header: seconds or a date, always clamped. No clock of ours.

use std::time::Duration;

use hyper::header::{DATE, HeaderMap, RETRY_AFTER};

const SHORTEST: u64 = 1;
const LONGEST: u64 = 300;

/// Reads how long to wait: 1 to 300 s, `None` when absent or unreadable.
///
/// A date counts from the answer's own `Date` header: the difference is what the sender meant, whatever our
/// clock says. Without a `Date` it is unreadable.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let seconds = if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // Too many digits for a number still means "very long".
        text.parse().unwrap_or(u64::MAX)
    } else {
        let now = unix_seconds(headers.get(DATE)?.to_str().ok()?)?;
        unix_seconds(text)?.saturating_sub(now)
    };
    Some(Duration::from_secs(seconds.clamp(SHORTEST, LONGEST)))
}

/// Reads `Sun, 06 Nov 1994 08:49:37 GMT`, the one form RFC 9110 lets a sender write. Years 1970 to 9999.
fn unix_seconds(text: &str) -> Option<u64> {
    let (_weekday, rest) = text.trim().split_once(", ")?;
    let mut parts = rest.split(' ');
    let day = digits(parts.next()?, 2)?;
    let month = month(parts.next()?)?;
    let year = digits(parts.next()?, 4)?;
    let mut clock = parts.next()?.split(':');
    let hour = digits(clock.next()?, 2)?;
    let minute = digits(clock.next()?, 2)?;
    let second = digits(clock.next()?, 2)?;
    let ends = parts.next() == Some("GMT") && parts.next().is_none() && clock.next().is_none();
    let sane =
        (1..=31).contains(&day) && year >= 1970 && hour <= 23 && minute <= 59 && second <= 60;
    if !ends || !sane {
        return None;
    }
    Some(days_since_1970(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second)
}

fn digits(text: &str, length: usize) -> Option<u64> {
    let plain = text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok())?
}

fn month(name: &str) -> Option<u64> {
    const NAMES: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let index = NAMES.iter().position(|known| *known == name)?;
    u64::try_from(index + 1).ok()
}

/// Counts days in the proleptic Gregorian calendar. The year is taken to begin in March, so that the leap day
/// is its last day and needs no special case.
fn days_since_1970(year: u64, month: u64, day: u64) -> u64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year / 4 - year / 100 + year / 400;
    let days_before_month = (153 * month + 2) / 5;
    // 719 469 is what the same sum gives for 1 January 1970, less the day counted from 1.
    year * 365 + leap_days + days_before_month + day - 719_469
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str, date: Option<&str>) -> Option<u64> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, value.parse().unwrap());
        if let Some(date) = date {
            headers.insert(DATE, date.parse().unwrap());
        }
        retry_after(&headers).map(|wait| wait.as_secs())
    }

    #[test]
    fn seconds_are_clamped_to_one_and_three_hundred() {
        for (written, meant) in
            [("0", 1), ("1", 1), ("30", 30), (" 7 ", 7), ("300", 300), ("301", 300), ("86400", 300)]
        {
            assert_eq!(read(written, None), Some(meant), "{written}");
        }
        assert_eq!(read(&"9".repeat(40), None), Some(300));
    }

    #[test]
    fn garbage_is_no_waiting_time() {
        for written in [
            "",
            "soon",
            "-5",
            "1.5",
            "+3",
            "10s",
            "Sun, 06 Nov 1994",
            "Sun, 99 Foo 1994 08:49:37 GMT",
        ] {
            assert_eq!(read(written, Some("Sun, 06 Nov 1994 08:49:37 GMT")), None, "{written}");
        }
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }

    #[test]
    fn a_date_counts_from_the_answers_own_date() {
        let now = Some("Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(read("Sun, 06 Nov 1994 08:50:07 GMT", now), Some(30));
        assert_eq!(read("Sun, 06 Nov 1994 08:00:00 GMT", now), Some(1), "in the past");
        assert_eq!(read("Fri, 31 Dec 9999 23:59:59 GMT", now), Some(300), "far away");
        assert_eq!(read("Sun, 06 Nov 1994 08:50:07 GMT", None), None, "no Date to count from");
        assert_eq!(read("Sun, 06 Nov 1994 08:50:07 GMT", Some("today")), None);
    }

    #[test]
    fn dates_become_unix_seconds() {
        for (written, seconds) in [
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777),
            ("Tue, 29 Feb 2000 12:00:00 GMT", 951_825_600),
            ("Wed, 01 Mar 2000 00:00:00 GMT", 951_868_800),
            ("Tue, 19 Jan 2038 03:14:07 GMT", 2_147_483_647),
        ] {
            assert_eq!(unix_seconds(written), Some(seconds), "{written}");
        }
    }
}
