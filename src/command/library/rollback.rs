//! `pack rollback TITLE`.

use clap::Args;
use config::tree::TitleName;
use packager::library::Library;
use serde_json::json;

use crate::args::Global;
use crate::command::existing_library;
use crate::exit::{Exit, Failure};
use crate::output::Output;

/// Go back to a title's revision before the one in force
///
/// It stays there until the source's content changes, or for `pack retry`.
#[derive(Debug, Args)]
pub(crate) struct Rollback {
    /// The title's name, as `pack list` shows it
    title: String,
}

impl Rollback {
    /// Goes back.
    pub(crate) fn execute(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        let title = TitleName::parse(&self.title).map_err(Failure::usage)?;
        let revision = Library::open(&existing_library(global)?)?.rollback(&title)?;
        let event = json!({ "event": "rolled_back", "title": title.as_str(), "revision": revision.as_str() });
        output.outcome(&event, &format!("{title}: back at {revision}"))?;
        Ok(Exit::Done)
    }
}
