//! `Retry-After` (RFC 9110 section 10.2.3): seconds, or an HTTP date.
//!
//! Dates are read here because the libraries for them need the standard library's clock types, and the core has none.

use alloc::vec::Vec;

use crate::encode::text::{cut, pieces};
use crate::http::HttpResponse;
use crate::json::{integer, milliseconds};
use crate::now::Now;

/// Longer waits are cut to an hour, so that a typing error at the server does not stop a client for a year.
const LONGEST_MS: u64 = 3_600_000;
/// Fifty years of 365.25 days, in seconds.
const FIFTY_YEARS_S: u64 = 1_577_880_000;

/// The wait that a response asks for, in milliseconds from `now`.
///
/// A date that has passed is no wait. A malformed value, or two of them, is `None`: nobody can tell which is meant.
pub(crate) fn read(response: &HttpResponse, now: Now) -> Option<u64> {
    let mut values = response.header_values("retry-after");
    let value = values.next()?.trim_ascii();
    if values.next().is_some() {
        return None;
    }
    let wait = match integer(value) {
        Some(seconds) => milliseconds(seconds),
        None => milliseconds(unix_seconds(value, now)?).saturating_sub(now.as_unix_ms()),
    };
    Some(wait.min(LONGEST_MS))
}

/// Reads the three forms of RFC 9110 section 5.6.7, which differ in punctuation and order only.
fn unix_seconds(date: &str, now: Now) -> Option<u64> {
    let mut words = Vec::new();
    for word in pieces(date, b" ,-") {
        if !word.is_empty() {
            words.push(word);
        }
    }
    let (day, month, year, time) = match words.as_slice() {
        [_, day, month, year, time, "GMT"] => (day, month, year, time),
        [_, month, day, time, year] => (day, month, year, time),
        _ => return None,
    };
    let (hour, rest) = cut(time, b":");
    let (minute, second) = cut(rest?, b":");
    let month = b"JanFebMarAprMayJunJulAugSepOctNovDec".chunks(3).position(|name| name == month.as_bytes())?;
    let (day, hour, minute, second) = (integer(day)?, integer(hour)?, integer(minute)?, integer(second?)?);
    if !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let (year, century_unsaid) = match (integer(year)?, year.len()) {
        (short, 2) => (short.wrapping_add(2000), true),
        (long @ 1970..=9999, 4) => (long, false),
        _ => return None,
    };
    let days = days_since_1970(year, u64::try_from(month).ok()?, day)?;
    let of_day = hour.wrapping_mul(3600).wrapping_add(minute.wrapping_mul(60)).wrapping_add(second);
    let seconds = days.wrapping_mul(86_400).wrapping_add(of_day);
    // Two digits that would lie more than fifty years ahead are of the last century (RFC 9110 section 5.6.7), which has as
    // many leap years.
    let latest = (now.as_unix_ms() / 1000).saturating_add(FIFTY_YEARS_S);
    if century_unsaid && seconds > latest { seconds.checked_sub(2 * FIFTY_YEARS_S) } else { Some(seconds) }
}

/// Days from the civil calendar, counting years from March so that the leap day comes last (Hinnant's algorithm). January
/// is the month 0. No year has more than four digits, so nothing wraps around; `None` before 1970.
fn days_since_1970(year: u64, month: u64, day: u64) -> Option<u64> {
    let (year, month) =
        if month > 1 { (year, month.wrapping_sub(2)) } else { (year.wrapping_sub(1), month.wrapping_add(10)) };
    let leap_days = (year / 4).wrapping_sub(year / 100).wrapping_add(year / 400);
    let day_of_year = month.wrapping_mul(153).wrapping_add(2) / 5;
    let days = year.wrapping_mul(365).wrapping_add(leap_days).wrapping_add(day_of_year).wrapping_add(day);
    // Days from 1 March of the year 0 to 1 January 1970, plus one because days count from one.
    days.checked_sub(719_469)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(values: &[&str], now_s: u64) -> Option<u64> {
        let response = values.iter().fold(HttpResponse::new(429, ""), |r, value| r.with_header("Retry-After", *value));
        read(&response, Now::unix_ms(now_s * 1000))
    }

    #[test]
    fn f23_seconds_dates_and_nonsense() {
        assert_eq!(wait(&["7"], 0), Some(7000));
        assert_eq!(wait(&["99999999999999999999"], 0), Some(LONGEST_MS));
        for date in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
            assert_eq!(wait(&[date], 784_111_777 - 9), Some(9000), "{date}");
            assert_eq!(wait(&[date], 784_111_777 + 9), Some(0), "a date that has passed is no wait");
        }
        assert_eq!(wait(&["Sunday, 22-Nov-26 08:49:37 GMT"], 1_795_337_377 - 5), Some(5000));
        assert_eq!(wait(&["Tue, 29 Feb 2028 00:00:00 GMT"], 1_835_395_200 - 1), Some(1000));
        for nonsense in [
            "soon",
            "",
            "-1",
            "1, 2",
            "Sun, 06 Foo 1994 08:49:37 GMT",
            "Sun, 00 Nov 1994 08:49:37 GMT",
            "Sun, 32 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 25:49:37 GMT",
            "Sun, 06 Nov 1994 08-49-37 GMT",
            "Sun, 06 Nov 1994 08 49 37 GMT",
            "Sun, 06:Nov:1994 08:49:37 GMT",
        ] {
            assert_eq!(wait(&[nonsense], 0), None, "{nonsense}");
        }
        assert_eq!(wait(&["1", "2"], 0), None);
    }
}
