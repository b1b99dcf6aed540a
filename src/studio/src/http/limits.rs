//! Rates: how often something may be tried.

use std::net::IpAddr;
use std::num::NonZeroU32;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::problem::Problem;
use crate::model::Id;

/// Wrong passwords a minute, for an account and for a network.
const WRONG_PASSWORDS: NonZeroU32 = NonZeroU32::new(10).unwrap();
/// Sign-ups an hour from a network.
const SIGN_UPS: NonZeroU32 = NonZeroU32::new(20).unwrap();
/// Views an hour of a title that count, by one account or network.
const VIEWS: NonZeroU32 = NonZeroU32::new(1).unwrap();

/// All rates. Who is counted is forgotten once their time is over ([`Limits::sweep`]).
#[derive(Debug)]
pub struct Limits {
    wrong_by_account: DefaultKeyedRateLimiter<String>,
    wrong_by_network: DefaultKeyedRateLimiter<IpAddr>,
    sign_ups: DefaultKeyedRateLimiter<IpAddr>,
    views: DefaultKeyedRateLimiter<(Id, String)>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            wrong_by_account: RateLimiter::keyed(Quota::per_minute(WRONG_PASSWORDS)),
            wrong_by_network: RateLimiter::keyed(Quota::per_minute(WRONG_PASSWORDS)),
            sign_ups: RateLimiter::keyed(Quota::per_hour(SIGN_UPS)),
            views: RateLimiter::keyed(Quota::per_hour(VIEWS)),
        }
    }
}

impl Limits {
    /// Counts an attempt to sign in as `name` from `network`.
    ///
    /// # Errors
    /// 429 when there were too many.
    pub fn sign_in(&self, name: &str, network: IpAddr) -> Result<(), Problem> {
        count(&self.wrong_by_network, &network)?;
        count(&self.wrong_by_account, &name.trim().to_lowercase().chars().take(254).collect())
    }

    /// Counts a sign-up from `network`.
    ///
    /// # Errors
    /// 429 when there were too many.
    pub fn sign_up(&self, network: IpAddr) -> Result<(), Problem> {
        count(&self.sign_ups, &network)
    }

    /// True if `whose` view of a title counts: the first of an hour.
    #[must_use]
    pub fn is_first_view(&self, title: &Id, whose: &str) -> bool {
        self.views.check_key(&(title.clone(), whose.into())).is_ok()
    }

    /// Forgets who is below all limits again.
    pub fn sweep(&self) {
        self.wrong_by_account.retain_recent();
        self.wrong_by_network.retain_recent();
        self.sign_ups.retain_recent();
        self.views.retain_recent();
    }
}

fn count<K: std::hash::Hash + Eq + Clone>(limiter: &DefaultKeyedRateLimiter<K>, key: &K) -> Result<(), Problem> {
    limiter.check_key(key).map_err(|until| {
        let wait = until.wait_time_from(DefaultClock::default().now());
        Problem::too_many(wait.as_secs().saturating_add(1))
    })
}
