//! `pack remove TITLE`.

use clap::Args;
use config::tree::TitleName;
use packager::library::Library;
use serde_json::json;

use crate::args::Global;
use crate::command::existing_library;
use crate::exit::{Exit, Failure};
use crate::output::Output;

/// Take a title out of the library
///
/// The source is not touched, and does not become a title again until it changes.
#[derive(Debug, Args)]
pub(crate) struct Remove {
    /// The title's name, as `pack list` shows it
    title: String,
}

impl Remove {
    /// Takes it out.
    pub(crate) fn execute(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        let title = TitleName::parse(&self.title).map_err(Failure::usage)?;
        Library::open(&existing_library(global)?)?.remove(&title)?;
        output.outcome(&json!({ "event": "removed", "title": title.as_str() }), &format!("{title}: removed"))?;
        Ok(Exit::Done)
    }
}
