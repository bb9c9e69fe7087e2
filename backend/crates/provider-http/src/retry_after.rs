//! The `Retry-After` header: seconds or a date, always clamped. No clock of ours.

use std::time::Duration;

use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

const SHORTEST: u64 = 1;
const LONGEST: u64 = 300;

/// Reads how long to wait: 1 to 300 s, `None` when absent or unreadable.
///
/// A date counts from the answer's own `Date` header: the difference is what the sender meant, whatever our
/// clock says. Without a `Date` it is unreadable.
#[must_use]
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let seconds = if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // Too many digits for a number still means "very long".
        text.parse().unwrap_or(u64::MAX)
    } else {
        let now = httpdate::parse_http_date(headers.get(DATE)?.to_str().ok()?.trim()).ok()?;
        let then = httpdate::parse_http_date(text).ok()?;
        then.duration_since(now).map_or(0, |wait| wait.as_secs())
    };
    Some(Duration::from_secs(seconds.clamp(SHORTEST, LONGEST)))
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
}
