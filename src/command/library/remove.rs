//! `pack remove TITLE`.

use clap::Args;
use config::tree::TitleName;
use hooks::Hooks;
use packager::event::Event;
use packager::library::Library;

use crate::args::{Global, Listen};
use crate::command::existing;
use crate::exit::{Exit, Failure};
use crate::hooks::{LAST, tell};
use crate::output::Output;
use crate::settings;

/// Take a title out of the library
///
/// The source is not touched, and does not become a title again until its content changes, or for `pack retry`. A running
/// `pack watch` or `pack up` gives up what it is making of it.
#[derive(Debug, Args)]
pub(crate) struct Remove {
    /// The title's name, as `pack list` shows it
    title: String,
}

impl Remove {
    /// Takes it out.
    pub(crate) fn execute(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        let title = TitleName::parse(&self.title).map_err(Failure::usage)?;
        let settings = settings::resolve(global, &Listen::default())?.settings;
        let library = existing(&settings)?;
        let hooks = Hooks::start(&settings.hooks, library)?;
        let library = Library::open(library)?;
        let removed = Event::Removed(library.remove(&title)?);
        output.outcome(&removed, &format!("{title}: removed"))?;
        tell(&hooks, &removed);
        // Where it can't be noted, they are told again, under the same id.
        if let Event::Removed(removed) = &removed
            && let Err(error) = library.removal_is_told(removed)
        {
            tracing::debug!("{error}");
        }
        hooks.flush(LAST);
        Ok(Exit::Done)
    }
}
