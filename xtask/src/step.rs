//! What the user sees while something happens: one line for each step, with its name, what came of it and its time.

use crate::Result;
use std::io::Write;
use std::time::{Duration, Instant};

/// What came of a step.
pub enum Done {
    /// Something was done; a few words about it, or none.
    Worked(String),
    /// There was nothing to do.
    Unchanged,
}

const NAME: usize = 12;
const DETAIL: usize = 52;

/// Prints a heading, does the step, prints its time.
pub fn step(name: &str, doing: &str, work: impl FnOnce() -> Result<Done>) -> Result {
    // Shown while it runs, so that a long step is never a silent one.
    print!("  {name:<NAME$}  {doing:<DETAIL$}");
    let _ = std::io::stdout().flush();
    let start = Instant::now();
    let result = work();
    let took = time(start.elapsed());
    match &result {
        Ok(Done::Worked(detail)) if detail.is_empty() => println!("  {took:>8}"),
        Ok(Done::Worked(detail)) => println!("  {took:>8}  {detail}"),
        Ok(Done::Unchanged) => println!("  {took:>8}  unchanged"),
        Err(_) => println!("  {took:>8}  failed"),
    }
    result.map(drop)
}

/// `340 ms`, `3.2 s`, `2 min 05 s`.
pub fn time(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 0.9995 {
        format!("{:.0} ms", seconds * 1000.0)
    } else if seconds < 59.95 {
        format!("{seconds:.1} s")
    } else {
        let whole = seconds.round() as u64;
        format!("{} min {:02} s", whole / 60, whole % 60)
    }
}

/// Thousands separated as `12 345`.
pub fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_short_enough_to_read() {
        assert_eq!(time(Duration::from_millis(340)), "340 ms");
        assert_eq!(time(Duration::from_millis(3_240)), "3.2 s");
        assert_eq!(time(Duration::from_secs(125)), "2 min 05 s");
        assert_eq!(time(Duration::from_millis(59_990)), "1 min 00 s");
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(number(7), "7");
        assert_eq!(number(123), "123");
        assert_eq!(number(1_234), "1 234");
        assert_eq!(number(1_234_567), "1 234 567");
    }

    #[test]
    fn a_failed_step_fails() {
        assert!(step("name", "doing", || crate::fail("no")).is_err());
        assert!(step("name", "doing", || Ok(Done::Unchanged)).is_ok());
    }
}
