//! The time, as the caller tells it.

/// A moment: the wall clock and, where there is one, a clock that never goes back.
///
/// The core has no clock of its own. Both readings are milliseconds; the wall clock counts from 1970 UTC,
/// the monotonic clock from any fixed moment of the process. Wall clocks jump and monotonic clocks stop
/// while a process is frozen, so elapsed time is the larger of what the two say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    unix: u64,
    monotonic: Option<u64>,
}

impl Now {
    /// A moment of which only the wall clock is known: milliseconds since 1970 UTC.
    pub const fn unix_ms(ms: u64) -> Self {
        Self { unix: ms, monotonic: None }
    }

    /// Adds the reading of a monotonic clock, in milliseconds.
    #[must_use]
    pub const fn with_monotonic_ms(self, ms: u64) -> Self {
        Self { unix: self.unix, monotonic: Some(ms) }
    }

    /// The wall clock: milliseconds since 1970 UTC.
    pub const fn as_unix_ms(self) -> u64 {
        self.unix
    }

    /// The monotonic clock in milliseconds, where there is one.
    pub const fn as_monotonic_ms(self) -> Option<u64> {
        self.monotonic
    }

    /// Milliseconds since `earlier`: the larger of what the two clocks say, never negative.
    pub fn elapsed_since(self, earlier: Now) -> u64 {
        let wall = self.unix.saturating_sub(earlier.unix);
        match (self.monotonic, earlier.monotonic) {
            (Some(now), Some(then)) => wall.max(now.saturating_sub(then)),
            _ => wall,
        }
    }

    /// Whether a time of `ms` milliseconds that began at `start` is over.
    ///
    /// Without a monotonic clock it is also over where the wall clock was set back by as much: otherwise a clock that was
    /// set back by a day would stop everything for a day.
    pub(crate) fn is_past(self, start: Now, ms: u64) -> bool {
        let set_back = match (self.monotonic, start.monotonic) {
            (Some(_), Some(_)) => 0,
            _ => start.unix.saturating_sub(self.unix),
        };
        self.elapsed_since(start).max(set_back) >= ms
    }

    /// The moment `ms` milliseconds later.
    #[must_use]
    pub fn after(self, ms: u64) -> Self {
        Self { unix: self.unix.saturating_add(ms), monotonic: self.monotonic.map(|m| m.saturating_add(ms)) }
    }
}
