//! `pack backup FILE` and `pack restore FILE`.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use studio::store::{Place, archive};

use crate::args::{Global, Listen};
use crate::exit::{Exit, Failure};
use crate::mounted::studio::blocking;
use crate::output::Output;
use crate::settings;
use crate::text::count;

/// Save all of the studio's data in one file, while it runs
#[derive(Debug, Args)]
pub(crate) struct Backup {
    /// The file, which must not be there yet
    file: PathBuf,
}

/// Bring the studio's data back from a file that `pack backup` wrote, into a database that has none: SQLite or PostgreSQL,
/// whichever it came from
#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// The file
    file: PathBuf,
}

impl Backup {
    /// Saves.
    pub(crate) fn execute(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        let settings = settings::resolve(global, &Listen::default())?.settings.studio;
        let place = Place::of(&settings.state, &settings.database);
        let (_, rows) = blocking(archive::save(&place, &settings.state, &self.file))?;
        let text = format!("{} saved in {}", count(rows, "row"), self.file.display());
        output.outcome(&json!({ "event": "saved", "file": self.file, "rows": rows }), &text)?;
        Ok(Exit::Done)
    }
}

impl Restore {
    /// Restores.
    pub(crate) fn execute(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        let settings = settings::resolve(global, &Listen::default())?.settings.studio;
        let place = Place::of(&settings.state, &settings.database);
        let (_, rows) = blocking(archive::restore(&place, &settings.state, &self.file))?;
        let text = format!("{} restored from {}", count(rows, "row"), self.file.display());
        output.outcome(&json!({ "event": "restored", "file": self.file, "rows": rows }), &text)?;
        Ok(Exit::Done)
    }
}
