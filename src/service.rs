//! The service manager, and what it is told (`sd_notify(3)`); without one, nobody is told anything.

pub(crate) mod reload;
pub(crate) mod signals;
pub(crate) mod status;

use std::env;
use std::thread;
use std::time::Duration;

use sd_notify::{NotifyState, notify, watchdog_enabled};

/// The time between two looks for whether work has begun.
const SOON: Duration = Duration::from_millis(20);
/// Looks at the signs of life for each time that the manager allows between two of ours.
const LOOKS: u32 = 4;

/// Tells that all is up.
pub(crate) fn ready(status: &str) {
    tell(&[NotifyState::Ready, NotifyState::Status(status)]);
}

/// Tells the same as soon as the work has `begun`, where a manager waits for it.
pub(crate) fn ready_when(begun: impl Fn() -> bool + Send + 'static, status: &'static str) {
    if env::var_os("NOTIFY_SOCKET").is_none() {
        return;
    }
    thread::spawn(move || {
        while !begun() {
            thread::sleep(SOON);
        }
        ready(status);
    });
}

/// Tells what the program is at.
pub(crate) fn status(status: &str) {
    tell(&[NotifyState::Status(status)]);
}

/// Tells that the settings are being read again; [`reloaded`] has to follow.
pub(crate) fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(_) => tell(&[NotifyState::Reloading]),
    }
}

/// Tells that they were read.
pub(crate) fn reloaded() {
    tell(&[NotifyState::Ready]);
}

/// Tells that the end has begun.
pub(crate) fn stopping() {
    tell(&[NotifyState::Stopping, NotifyState::Status("ending; what is finished is kept")]);
}

/// Feeds the manager's watchdog, where it has one, for as long as every loop that does the work goes round: `turns` counts
/// how often each has. A loop that hangs is no longer fed for, and the manager starts the service anew.
pub(crate) fn watch_over(turns: impl Fn() -> Vec<u64> + Send + 'static) {
    let Some(most) = watchdog_enabled() else { return };
    let period = (most / LOOKS).max(Duration::from_millis(10));
    thread::spawn(move || {
        let mut last = Vec::new();
        loop {
            let seen = turns();
            if all_went_round(&last, &seen) {
                tell(&[NotifyState::Watchdog]);
                last = seen;
            }
            thread::sleep(period);
        }
    });
}

/// True if each loop has gone round since the `last` look. One that is new has.
fn all_went_round(last: &[u64], seen: &[u64]) -> bool {
    let known = seen.iter().zip(last).all(|(seen, last)| seen != last);
    known && !seen.is_empty()
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = notify(states) {
        tracing::debug!("the service manager can't be told: {error}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_loop_that_stands_still_is_enough() {
        assert!(all_went_round(&[], &[1, 1]));
        assert!(all_went_round(&[1, 1], &[2, 5]));
        assert!(!all_went_round(&[1, 5], &[2, 5]));
        assert!(!all_went_round(&[], &[]), "nothing works yet");
    }
}
