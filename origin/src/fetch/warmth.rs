//! Whether files that are asked for the first time lie in the kernel's cache as a rule, as after a start, and just after
//! they were published. Then that is the place to send them from, else reading past it costs less.

use std::sync::atomic::{AtomicU32, Ordering};

/// One file of so many is looked at, since looking costs something, too.
const SAMPLED: u32 = 8;
/// All of them.
const ALL: u32 = 1 << 16;

/// What was seen lately.
#[derive(Debug, Default)]
pub(super) struct Warmth {
    asked: AtomicU32,
    /// Of [`ALL`].
    cached: AtomicU32,
}

impl Warmth {
    /// Whether a file is to be looked for in the kernel's cache; `look` looks.
    pub(super) fn is_warm(&self, look: impl FnOnce() -> bool) -> bool {
        let share = self.cached.load(Ordering::Relaxed);
        if !self.asked.fetch_add(1, Ordering::Relaxed).is_multiple_of(SAMPLED) {
            return is_rule(share);
        }
        let cached = look();
        let share = learnt(share, cached);
        self.cached.store(share, Ordering::Relaxed);
        cached || is_rule(share)
    }
}

/// The share of what was cached, now that one more was or not. The last few count.
fn learnt(share: u32, cached: bool) -> u32 {
    share - share / 4 + if cached { ALL / 4 } else { 0 }
}

fn is_rule(share: u32) -> bool {
    share >= ALL / 4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_seen_is_taken_for_the_rule() {
        let warmth = Warmth::default();
        let ask = |cached: bool| (0..SAMPLED).map(|_| warmth.is_warm(|| cached)).collect::<Vec<_>>();
        assert_eq!(ask(false), [false; 8]);
        assert_eq!(ask(true), [true; 8]);
        for _ in 0..20 {
            ask(true);
        }
        // It takes a few to forget.
        let cold: Vec<_> = (0..10).map(|_| ask(false).contains(&true)).collect();
        assert_eq!(cold, [true, true, true, true, false, false, false, false, false, false]);
    }

    #[test]
    fn few_are_looked_at() {
        let warmth = Warmth::default();
        let looks = std::cell::Cell::new(0);
        for _ in 0..80 {
            warmth.is_warm(|| {
                looks.set(looks.get() + 1);
                false
            });
        }
        assert_eq!(looks.get(), 10);
    }

    #[test]
    fn a_share_is_never_more_than_all() {
        let mut share = 0;
        for _ in 0..1000 {
            share = learnt(share, true);
            assert!(share <= ALL, "{share}");
        }
        for _ in 0..1000 {
            share = learnt(share, false);
        }
        assert!(!is_rule(share));
    }
}
