//! The sandbox that every ffmpeg and ffprobe runs in: an upload is code for a decoder.
//!
//! A process in it reads its own program, the system's libraries and the files that it is given, writes only the file that
//! it is to make, reaches no network, signals no process outside, and has no more memory, processor time, files and
//! processes than its limits. Three layers of the kernel's do that: Landlock and seccomp ([`kernel`]), and resource limits
//! ([`limits`]). [`missing`] says which a system lacks.

mod inputs;
#[cfg(not(target_os = "linux"))]
#[path = "elsewhere.rs"]
mod kernel;
#[cfg(target_os = "linux")]
#[path = "linux/mod.rs"]
mod kernel;
mod leash;
mod limits;
mod programs;

use std::io;
use std::mem;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread;

pub use inputs::guarded;

use config::settings::{Confine, Settings};
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

use crate::process::Priority;

/// The rules that all processes run under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sandbox {
    confine: Confine,
    /// Most memory of a process, bytes.
    memory: u64,
    /// Files and folders that any process may read and run.
    common: Arc<[PathBuf]>,
    priority: Priority,
}

/// The files of a source that a process is given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Access {
    /// May be read.
    pub read: Vec<PathBuf>,
    /// May be made and written.
    pub write: Option<Output>,
}

/// A file that a process makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// The file; it is there, and may be empty.
    pub path: PathBuf,
    /// Most bytes of it.
    pub most: u64,
}

impl Sandbox {
    /// The sandbox and the priority that the settings ask for, in which `programs` can be run.
    #[must_use]
    pub fn new(settings: &Settings, programs: &[&Path]) -> Self {
        let common = programs::SYSTEM.iter().map(PathBuf::from);
        let common = common
            .chain(settings.sandbox.read.iter().cloned())
            .chain(programs.iter().flat_map(|p| programs::with_libraries(p)));
        let config::settings::Sandbox { confine, memory, .. } = settings.sandbox;
        Self { confine, memory, common: common.collect(), priority: Priority::new(&settings.ffmpeg) }
    }

    /// One that confines nothing.
    #[must_use]
    pub fn off() -> Self {
        Self { confine: Confine::Off, memory: 0, common: Arc::default(), priority: Priority::OWN }
    }

    /// Starts `command` in it; what stands there afterwards is another command. The process ends with this program,
    /// however that ends.
    ///
    /// # Errors
    /// When the system can't.
    pub(crate) fn start(&self, command: &mut Command, access: &Access) -> io::Result<Child> {
        let confined = self.confine != Confine::Off;
        self.priority.set(command);
        leash::set(command);
        if confined {
            programs::keep_environment(command);
            limits::set(command, self.memory, access.write.as_ref().map_or(0, |output| output.most));
        }
        let mut command = mem::replace(command, Command::new(""));
        let (common, access) = (Arc::clone(&self.common), access.clone());
        let (send, started) = channel();
        // Processes inherit the restrictions of the thread that starts them, and end with that thread.
        thread::Builder::new().spawn(move || {
            // Parts that the system lacks were reported before, or were an error.
            let given_up = if confined { kernel::give_up(&common, &access).map(drop) } else { Ok(()) };
            let child = given_up.and_then(|()| command.spawn());
            // With it go our copies of the pipes' ends that are the process's.
            drop(command);
            let id = child.as_ref().ok().map(Pid::from_child);
            if send.send(child).is_ok()
                && let Some(id) = id
            {
                // One that was reaped already is not waited for.
                let _ = waitid(WaitId::Pid(id), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT);
            }
        })?;
        started.recv().unwrap_or_else(|_| Err(io::Error::other("the thread that starts it has panicked")))
    }
}

/// The parts of the sandbox that this system does not offer.
#[must_use]
pub fn missing() -> Vec<&'static str> {
    let looked = thread::spawn(|| kernel::give_up(&[], &Access::default()));
    looked.join().ok().and_then(Result::ok).unwrap_or_else(|| kernel::ALL.to_vec())
}

#[cfg(test)]
mod tests;
