//! `pack config`.

use clap::Args;
use config::settings::{DEFAULT_FILE, Entry};
use serde_json::json;

use crate::args::{Global, Listen};
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::settings;

/// Show the settings in force and where each came from
#[derive(Debug, Args)]
pub(crate) struct Config {
    /// Print a commented file of all settings and their defaults instead
    #[arg(long)]
    default: bool,
    #[command(flatten)]
    listen: Listen,
}

impl Config {
    /// Prints them.
    pub(crate) fn execute(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        if self.default {
            output.document("config_default", DEFAULT_FILE)?;
            return Ok(Exit::Done);
        }
        let resolved = settings::resolve(global, &self.listen)?;
        if output.is_json() {
            output.json(&json!({ "event": "config", "settings": resolved.entries }))?;
        } else {
            output.text(&table(&resolved.entries))?;
        }
        Ok(Exit::Done)
    }
}

/// `key = value   # place`, aligned: a settings file by itself.
fn table(entries: &[Entry]) -> String {
    let rows: Vec<_> = entries.iter().map(|e| (format!("{} = {}", e.key, e.written()), &e.place)).collect();
    let width = rows.iter().map(|(row, _)| row.len()).filter(|width| *width <= 60).max().unwrap_or(0);
    rows.iter().map(|(row, place)| format!("{row:width$}  # {place}\n")).collect()
}
