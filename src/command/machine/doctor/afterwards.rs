//! Folders that sources are taken from and go to.

use std::path::Path;

use config::settings::{After, Ingest};
use rustix::fs::{Access, access};

use super::{Finding, State};

/// What is found of those that are set.
pub(super) fn findings(ingest: &Ingest) -> Vec<Finding> {
    let is_set = |folder: &Path| !folder.as_os_str().is_empty();
    let moves = ingest.after == After::Move;
    let takes = ingest.after != After::Keep || is_set(&ingest.quarantine);
    [
        ("takes", &ingest.path, takes),
        ("done", &ingest.done, moves && is_set(&ingest.done)),
        ("quarantine", &ingest.quarantine, is_set(&ingest.quarantine)),
    ]
    .into_iter()
    .filter(|(.., counts)| *counts)
    .map(|(check, folder, _)| written(check, folder))
    .collect()
}

/// That a folder, or where it is not there yet the nearest one above it, can be written.
fn written(check: &'static str, folder: &Path) -> Finding {
    let existing = folder.ancestors().find(|path| path.is_dir()).unwrap_or(Path::new("."));
    match access(existing, Access::WRITE_OK | Access::EXEC_OK) {
        Ok(()) => Finding::ok(check, format!("sources can be moved in {}", folder.display())),
        Err(error) => Finding::bad(
            check,
            State::Fail,
            format!("{} can't be written: {error}; sources stay where they are", existing.display()),
            "give this user the right to write it, or set ingest.after, ingest.done or ingest.quarantine otherwise",
        ),
    }
}

#[cfg(test)]
mod tests {
    use config::settings::Settings;

    use crate::command::machine::doctor::afterwards::*;

    #[test]
    fn folders_that_are_used_must_be_writable() {
        let folder = tempfile::tempdir().unwrap();
        let mut ingest = Ingest { path: folder.path().into(), ..Settings::default().ingest };
        assert_eq!(findings(&ingest), []);
        (ingest.after, ingest.done) = (After::Move, folder.path().join("new/done"));
        let states = |ingest: &Ingest| findings(ingest).into_iter().map(|found| found.state).collect::<Vec<_>>();
        assert_eq!(states(&ingest), [State::Ok, State::Ok]);
        // Nobody can write there, root neither.
        ingest.quarantine = "/proc/sys/quarantine".into();
        assert_eq!(states(&ingest), [State::Ok, State::Ok, State::Fail]);
    }
}
