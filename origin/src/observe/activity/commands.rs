//! Commands to the task that serves a connection.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};

/// A command to a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Command {
    /// Take no more requests, and end with the last.
    Finish = 1,
    /// End now.
    End = 2,
}

/// The commands to one connection: the strongest that was given and not taken yet.
#[derive(Debug, Default)]
pub(crate) struct Commands {
    given: AtomicU8,
    /// Wakes the task that serves it.
    waker: Mutex<Option<Waker>>,
}

impl Commands {
    /// Has the task do as `command` says.
    pub(crate) fn give(&self, command: Command) {
        // An end that was not taken yet is not taken back by the wish to finish.
        self.given.fetch_max(command as u8, Ordering::AcqRel);
        if let Some(waker) = self.waker().take() {
            waker.wake();
        }
    }

    /// Registers the task of `cx` to be woken by the next command. A task registers once and again when it is polled by
    /// another.
    pub(crate) fn register(&self, cx: &Context<'_>) {
        let mut waker = self.waker();
        if !waker.as_ref().is_some_and(|known| known.will_wake(cx.waker())) {
            *waker = Some(cx.waker().clone());
        }
    }

    /// The command given since this was last asked.
    pub(crate) fn take(&self) -> Option<Command> {
        if self.given.load(Ordering::Acquire) == 0 {
            return None;
        }
        match self.given.swap(0, Ordering::AcqRel) {
            given if given == Command::Finish as u8 => Some(Command::Finish),
            given if given == Command::End as u8 => Some(Command::End),
            _ => None,
        }
    }

    /// True if it was told to end, and that was not taken yet.
    pub(crate) fn is_to_end(&self) -> bool {
        self.given.load(Ordering::Acquire) == Command::End as u8
    }

    fn waker(&self) -> MutexGuard<'_, Option<Waker>> {
        self.waker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_taken_once() {
        let commands = Commands::default();
        assert_eq!(commands.take(), None);
        for command in [Command::Finish, Command::End] {
            commands.give(command);
            assert_eq!(commands.is_to_end(), command == Command::End);
            assert_eq!(commands.take(), Some(command));
            assert_eq!(commands.take(), None);
        }
        commands.give(Command::End);
        commands.give(Command::Finish);
        assert_eq!(commands.take(), Some(Command::End));
    }
}
