//! When to refresh, how long to wait: every figure of the lifecycle, in one place.

use crate::client::ClientOptions;
use crate::now::Now;
use crate::token::TokenSet;

/// The advisory window is a quarter of the lifetime, and at most this.
const LONGEST_ADVISORY_MS: u64 = 20 * 60_000;
/// The mandatory window is a twentieth of the lifetime, between these two.
const MANDATORY_MS: (u64, u64) = (1_000, 60_000);
/// A single answer is reused at most this long before the machine is asked again.
const LONGEST_REUSE_MS: u64 = 3_600_000;
/// An answer given while a refresh is due is reused this long, so that its result is seen soon.
const SHORT_REUSE_MS: u64 = 1_000;
/// Retries of one flight: full jitter over 200 ms times two to the attempt, at most five seconds.
const RETRY_MS: (u64, u64) = (200, 5_000);
/// Between refreshes that fail while the token is still good: full jitter over five seconds, doubling up to a minute.
const BACK_OFF_MS: (u64, u64) = (5_000, 60_000);
/// How long a final error answers without asking again. Short, so that a corrected secret works at once.
const ERROR_MEMORY_MS: (u64, u64) = (1_000, 5_000);
/// The shortest pause after a failure: jitter must not make it nothing.
const SHORTEST_PAUSE_MS: u64 = 1_000;

/// A token that is used up at once is not asked for again for this long.
pub(crate) const UNUSABLE_PAUSE_MS: u64 = 1_000;
/// After this long without a word, whoever took a flight is taken to be gone; later where the deadline is.
const LEASE_MS: u64 = 30_000;
/// One new token on a 401 in this time (an API that refuses every token must not cause a storm).
pub(crate) const REACTIVE_INTERVAL_MS: u64 = 10_000;
/// A refresh token whose answer was lost is sent again only this soon after (and within the server's grace, if shorter).
pub(crate) const PROMPT_REPLAY_MS: u64 = 5_000;

impl ClientOptions {
    /// How long whoever took a flight is trusted to bring it back.
    pub(crate) fn lease_ms(&self) -> u64 {
        self.deadline_ms.max(LEASE_MS)
    }

    /// What is left of the deadline after so many milliseconds.
    pub(crate) fn left_ms(&self, elapsed_ms: u64) -> u64 {
        self.deadline_ms.saturating_sub(elapsed_ms)
    }
}

/// Turns one random number into many.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Jitter(u64);

impl Jitter {
    pub(crate) const fn new(entropy: u64) -> Self {
        Self(entropy)
    }

    /// A number from 0 to `most`, evenly: the upper half of a linear congruential generator (Knuth's MMIX), which also
    /// makes of neighbouring numbers distant ones. Its patterns are of no consequence here.
    fn up_to(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // Neither is longer than 32 bits.
        (self.0 >> 32).wrapping_mul(most.saturating_add(1)) >> 32
    }

    /// The wait before attempt `attempt` plus one, where 1 is the first.
    pub(crate) fn retry(&mut self, attempt: u32) -> u64 {
        self.up_to(doubled(RETRY_MS, attempt.saturating_sub(1)))
    }

    /// The pause after `failures` failures in a row while the token is still good.
    pub(crate) fn back_off(&mut self, failures: u32) -> u64 {
        self.up_to(doubled(BACK_OFF_MS, failures.saturating_sub(1))).max(SHORTEST_PAUSE_MS)
    }

    pub(crate) fn error_memory(&mut self) -> u64 {
        let (least, most) = ERROR_MEMORY_MS;
        least.saturating_add(self.up_to(most.saturating_sub(least)))
    }
}

fn doubled((first, most): (u64, u64), times: u32) -> u64 {
    // Ten doublings are more than any `most`.
    first.wrapping_shl(times.min(10)).min(most)
}

/// The ages, in milliseconds, at which a token's standing changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Windows {
    /// From here on a refresh is due, and the token is served meanwhile.
    advisory: u64,
    /// From here on callers wait for the refresh.
    mandatory: u64,
    /// From here on the token is not served.
    expiry: u64,
}

/// What may be done with a token at its age.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Fresh,
    RefreshAdvised,
    RefreshMandatory,
    Expired,
}

/// What is taken as the lifetime where the server does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unsaid {
    /// Client credentials: this many milliseconds.
    Assumed(u64),
    /// A user's token that can be refreshed: refresh after this many, but keep using it until the API says 401.
    AdvisoryOnly(u64),
    /// A user's token that cannot be refreshed: it is used until the API says 401.
    Never,
}

impl Windows {
    /// Of a token that is not served to anybody else, and kept for what came with it.
    pub(crate) const SPENT: Self = Self { advisory: 0, mandatory: 0, expiry: 0 };

    /// `None` where the token is used up at once: it serves those who wait for it and is not kept.
    pub(crate) fn of(tokens: &TokenSet, unsaid: Unsaid, jitter: &mut Jitter) -> Option<Self> {
        let lifetime = match (tokens.lifetime_ms, unsaid) {
            (Some(lifetime), _) | (None, Unsaid::Assumed(lifetime)) => lifetime,
            (None, Unsaid::AdvisoryOnly(after)) => {
                return Some(Self { advisory: after, mandatory: u64::MAX, expiry: u64::MAX });
            }
            (None, Unsaid::Never) => return Some(Self { advisory: u64::MAX, mandatory: u64::MAX, expiry: u64::MAX }),
        };
        let (least, most) = MANDATORY_MS;
        let mandatory = (lifetime / 20).clamp(least, most);
        if lifetime <= mandatory {
            return None;
        }
        let advisory = tokens.refresh_in_ms.unwrap_or_else(|| {
            let window = (lifetime / 4).min(LONGEST_ADVISORY_MS);
            // Up to a fifth shorter, so that a fleet that started together does not refresh together.
            lifetime.saturating_sub(window.saturating_sub(jitter.up_to(window / 5)))
        });
        Some(Self { advisory, mandatory: lifetime.saturating_sub(mandatory), expiry: lifetime })
    }

    pub(crate) fn standing(&self, age: u64) -> Standing {
        if age >= self.expiry {
            Standing::Expired
        } else if age >= self.mandatory {
            Standing::RefreshMandatory
        } else if age >= self.advisory {
            Standing::RefreshAdvised
        } else {
            Standing::Fresh
        }
    }

    /// Until when an answer given at `now` may be reused without asking again.
    pub(crate) fn reuse_until(&self, age: u64, now: Now) -> Now {
        let left = match self.standing(age) {
            Standing::Fresh => self.advisory.min(self.mandatory).saturating_sub(age).min(LONGEST_REUSE_MS),
            Standing::RefreshAdvised => self.mandatory.saturating_sub(age).min(SHORT_REUSE_MS),
            Standing::RefreshMandatory | Standing::Expired => 0,
        };
        now.after(left)
    }
}
