//! `pack pause` and `pack resume`.

use clap::Args;
use packager::library::Library;
use serde_json::json;

use crate::args::Global;
use crate::command::existing_library;
use crate::exit::{Exit, Failure};
use crate::output::Output;

/// Start no more encoding, until `pack resume`
///
/// What is being encoded goes on to the end of its chunk. It holds over restarts, and for `pack run`, which then leaves what
/// waits.
#[derive(Debug, Args)]
pub(crate) struct Pause;

impl Pause {
    /// Pauses.
    pub(crate) fn execute(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        Library::open(&existing_library(global)?)?.pause()?;
        output.outcome(&json!({ "event": "paused" }), "paused: nothing starts until `pack resume`")?;
        Ok(Exit::Done)
    }
}

/// Go on after `pack pause`
#[derive(Debug, Args)]
pub(crate) struct Resume;

impl Resume {
    /// Goes on.
    pub(crate) fn execute(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        Library::open(&existing_library(global)?)?.resume()?;
        output.outcome(&json!({ "event": "resumed" }), "resumed")?;
        Ok(Exit::Done)
    }
}
