//! Commands to a running packager, and its sign of life.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use config::settings::Settings;

/// Tells a running packager to change; clones tell the same one.
#[derive(Debug, Clone, Default)]
pub struct Control {
    /// Settings that it has not taken yet.
    settings: Arc<Mutex<Option<Arc<Settings>>>>,
    turns: Arc<AtomicU64>,
}

impl Control {
    /// Has the next title made by these settings. Its folders, its hooks and the room for its jobs stay as they are.
    pub fn reload(&self, settings: Settings) {
        *self.settings.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(settings));
    }

    /// How often the loop that hands out the work has gone round. One that stands still makes no title.
    #[must_use]
    pub fn turns(&self) -> u64 {
        self.turns.load(Ordering::Relaxed)
    }

    /// Counts a turn of a loop that waits in that one's place.
    pub fn beat(&self) {
        self.turns.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a turn of that loop; the new settings, once.
    pub(crate) fn turn(&self) -> Option<Arc<Settings>> {
        self.beat();
        self.settings.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_taken_once_and_turns_are_counted() {
        let control = Control::default();
        assert_eq!((control.turns(), control.turn()), (0, None));
        control.reload(Settings::default());
        assert_eq!(control.turn().as_deref(), Some(&Settings::default()));
        assert_eq!((control.turn(), control.turns()), (None, 3));
    }
}
