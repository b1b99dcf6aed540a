//! `pack retry TITLE`.

use clap::{Args, value_parser};
use config::tree::TitleName;
use packager::library::Library;
use serde_json::json;

use crate::args::Global;
use crate::command::existing_library;
use crate::exit::{Exit, Failure};
use crate::output::Output;

/// Try a title again: one that failed, was removed or taken back, or waits
///
/// A running `pack watch` or `pack up` does it at once; without one the next `pack run` does.
#[derive(Debug, Args)]
pub(crate) struct Retry {
    /// The titles' names, as `pack list --failed` and `pack list --queued` show them
    #[arg(required = true, value_name = "TITLE")]
    titles: Vec<String>,
    /// Before all that wait with a lower one, -1000 to 1000; others have 0, or what the settings say
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = value_parser!(i32).range(-1000..=1000))]
    priority: Option<i32>,
}

impl Retry {
    /// Asks for it.
    pub(crate) fn execute(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        let titles = self.titles.iter().map(|title| TitleName::parse(title)).collect::<Result<Vec<_>, _>>();
        let library = Library::open(&existing_library(global)?)?;
        for title in titles.map_err(Failure::usage)? {
            library.retry(&title, self.priority)?;
            let text = format!("{title}: it is tried again");
            output.outcome(&json!({ "event": "retried", "title": title.as_str() }), &text)?;
        }
        Ok(Exit::Done)
    }
}
