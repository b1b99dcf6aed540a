//! All rates: what is tried, for whom, and how often.

pub mod counted;
pub mod rate;

use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use self::rate::{Budget, Elapsed, Rate};
use super::problem::Problem;
use crate::model::Id;
use crate::ports::Clock;

const ONE: NonZeroU32 = NonZeroU32::new(1).unwrap();
const TEN: NonZeroU32 = NonZeroU32::new(10).unwrap();
const FIVE: NonZeroU32 = NonZeroU32::new(5).unwrap();
const TWENTY: NonZeroU32 = NonZeroU32::new(20).unwrap();
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
/// Longest name or address that is counted by: as long as a mail address can be (RFC 5321 §4.5.3.1.3).
const NAME: usize = 254;

/// All rates. Who is counted is forgotten once their time is over ([`Limits::sweep`]).
#[derive(Debug)]
pub struct Limits {
    wrong_for_name: Rate<String>,
    wrong_from_network: Rate<IpAddr>,
    wrong_for_account: Rate<Id>,
    wrong_for_link: Rate<Id>,
    codes: Rate<Id>,
    sign_ups: Rate<IpAddr>,
    resets_for_address: Rate<String>,
    resets_from_network: Rate<IpAddr>,
    letters_by_account: Rate<Id>,
    letters_to_address: Rate<String>,
    links: Rate<IpAddr>,
    views: Rate<(Id, String)>,
}

/// A rate that counts by the client's network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// Wrong passwords.
    SignIn,
    /// New accounts.
    SignUp,
    /// Wishes for another password.
    Reset,
    /// Secret links.
    Link,
}

/// An attempt that counts as wrong until it turns out to be right.
#[derive(Debug)]
#[must_use]
pub struct Attempt<'a> {
    limits: &'a Limits,
    name: String,
    network: IpAddr,
}

impl Limits {
    /// Nothing is counted yet.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        let clock = Elapsed::new(clock);
        Self {
            wrong_for_name: Rate::new("sign-in", TEN, MINUTE, clock.clone()),
            wrong_from_network: Rate::new("sign-in", TEN, MINUTE, clock.clone()),
            wrong_for_account: Rate::new("password", TEN, MINUTE, clock.clone()),
            wrong_for_link: Rate::new("link-password", TEN, MINUTE, clock.clone()),
            codes: Rate::new("code", FIVE, MINUTE, clock.clone()),
            sign_ups: Rate::new("sign-up", TWENTY, HOUR, clock.clone()),
            resets_for_address: Rate::new("reset", FIVE, HOUR, clock.clone()),
            resets_from_network: Rate::new("reset", TWENTY, HOUR, clock.clone()),
            letters_by_account: Rate::new("letter", FIVE, HOUR, clock.clone()),
            letters_to_address: Rate::new("letter", FIVE, HOUR, clock.clone()),
            links: Rate::new("link", TEN, MINUTE, clock.clone()),
            views: Rate::new("view", ONE, HOUR, clock),
        }
    }

    /// Begins an attempt to sign in as `name` from `network`. It is counted before the password is looked at, so that
    /// many at once are not more than allowed.
    ///
    /// # Errors
    /// 429 when there were too many wrong ones.
    pub fn sign_in(&self, name: &str, network: IpAddr) -> Result<Attempt<'_>, Problem> {
        let name = counted(name);
        take(&self.wrong_from_network, &network)?;
        if let Err(problem) = take(&self.wrong_for_name, &name) {
            self.wrong_from_network.give_back(&network);
            return Err(problem);
        }
        Ok(Attempt { limits: self, name, network })
    }

    /// Begins to look at the password of an account that is signed in; [`Self::password_was_right`] ends it.
    ///
    /// # Errors
    /// 429 when there were too many wrong ones.
    pub fn password(&self, account: &Id) -> Result<(), Problem> {
        take(&self.wrong_for_account, account)
    }

    /// Takes back what [`Self::password`] counted.
    pub fn password_was_right(&self, account: &Id) {
        self.wrong_for_account.give_back(account);
    }

    /// Begins to look at a code of an account; [`Self::code_was_right`] ends it.
    ///
    /// # Errors
    /// 429 when there were too many wrong ones.
    pub fn code(&self, account: &Id) -> Result<(), Problem> {
        take(&self.codes, account)
    }

    /// Takes back what [`Self::code`] counted.
    pub fn code_was_right(&self, account: &Id) {
        self.codes.give_back(account);
    }

    /// Begins to look at the password of a link; [`Self::link_password_was_right`] ends it.
    ///
    /// # Errors
    /// 429 when there were too many wrong ones.
    pub fn link_password(&self, link: &Id) -> Result<(), Problem> {
        take(&self.wrong_for_link, link)
    }

    /// Takes back what [`Self::link_password`] counted.
    pub fn link_password_was_right(&self, link: &Id) {
        self.wrong_for_link.give_back(link);
    }

    /// Counts a sign-up from `network`.
    ///
    /// # Errors
    /// 429 when there were too many.
    pub fn sign_up(&self, network: IpAddr) -> Result<(), Problem> {
        take(&self.sign_ups, &network)
    }

    /// Counts a wish for a mail that resets the password of whoever has `address`.
    ///
    /// # Errors
    /// 429 when there were too many.
    pub fn reset(&self, address: &str, network: IpAddr) -> Result<(), Problem> {
        take(&self.resets_from_network, &network)?;
        take(&self.resets_for_address, &counted(address))
    }

    /// Counts a letter to an `address` that is not known to be that of `account`, which has it sent.
    ///
    /// # Errors
    /// 429 when there were too many.
    pub fn letter(&self, account: &Id, address: &str) -> Result<(), Problem> {
        take(&self.letters_by_account, account)?;
        take(&self.letters_to_address, &counted(address))
    }

    /// Counts a secret link that was followed from `network`, right or wrong.
    ///
    /// # Errors
    /// 429 when there were too many.
    pub fn link(&self, network: IpAddr) -> Result<(), Problem> {
        take(&self.links, &network)
    }

    /// True if `whose` view of a title counts: the first of an hour.
    #[must_use]
    pub fn is_first_view(&self, title: &Id, whose: &str) -> bool {
        self.views.take(&(title.clone(), whose.into()))
    }

    /// What `network` has left of a rate.
    #[must_use]
    pub fn left(&self, rate: Counted, network: IpAddr) -> Budget {
        let rate = match rate {
            Counted::SignIn => &self.wrong_from_network,
            Counted::SignUp => &self.sign_ups,
            Counted::Reset => &self.resets_from_network,
            Counted::Link => &self.links,
        };
        rate.budget(&network)
    }

    /// Forgets who is below all limits again.
    pub fn sweep(&self) {
        self.wrong_for_name.sweep();
        self.wrong_from_network.sweep();
        self.wrong_for_account.sweep();
        self.wrong_for_link.sweep();
        self.codes.sweep();
        self.sign_ups.sweep();
        self.resets_for_address.sweep();
        self.letters_by_account.sweep();
        self.letters_to_address.sweep();
        self.resets_from_network.sweep();
        self.links.sweep();
        self.views.sweep();
    }
}

impl Attempt<'_> {
    /// It was right: it doesn't count.
    pub fn was_right(self) {
        self.limits.wrong_for_name.give_back(&self.name);
        self.limits.wrong_from_network.give_back(&self.network);
    }

    /// It was wrong: puts the attempts that are left into the answer.
    #[must_use]
    pub fn was_wrong(self, problem: Problem) -> Problem {
        let budgets =
            [self.limits.wrong_for_name.budget(&self.name), self.limits.wrong_from_network.budget(&self.network)];
        Problem { budget: budgets.into_iter().min_by_key(|budget| budget.left).map(Box::new), ..problem }
    }
}

fn counted(name: &str) -> String {
    name.trim().to_lowercase().chars().take(NAME).collect()
}

fn take<K: Hash + Eq + Clone>(rate: &Rate<K>, key: &K) -> Result<(), Problem> {
    if rate.take(key) {
        return Ok(());
    }
    let budget = rate.budget(key);
    Err(Problem { budget: Some(Box::new(budget)), ..Problem::too_many(budget.wait.max(1)) })
}
