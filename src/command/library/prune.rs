//! `pack prune`.

use clap::Args;
use indicatif::BinaryBytes;
use packager::library::Library;
use serde_json::json;

use crate::args::Global;
use crate::command::existing_library;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::text::count;

/// Delete revisions that nothing refers to any more
///
/// A player in the middle of an old revision needs it until it is through: wait as long as your longest title. Unless a
/// packager is running, what interrupted runs left to be resumed goes as well. `pack rollback` has nothing to go back to
/// afterwards.
#[derive(Debug, Args)]
pub(crate) struct Prune;

impl Prune {
    /// Deletes them.
    pub(crate) fn execute(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        let pruned = Library::open(&existing_library(global)?)?.prune()?;
        let event = json!({
            "event": "pruned", "revisions": pruned.revisions, "staged": pruned.staged, "bytes": pruned.bytes,
        });
        let text = format!(
            "{} and {} deleted: {} freed",
            count(pruned.revisions, "revision"),
            count(pruned.staged, "interrupted run"),
            BinaryBytes(pruned.bytes),
        );
        output.outcome(&event, &text)?;
        Ok(Exit::Done)
    }
}
