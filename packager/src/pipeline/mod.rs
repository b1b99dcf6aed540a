//! From the ingest folder to the library: which titles are made, several at the same time, and what is told of it.

mod encode;
mod error;
mod failure;
mod identity;
mod job;
mod key;
mod outlook;
mod pass;
mod pool;
mod poster;
mod results;
mod shop;
mod title;
mod what;

use std::collections::BTreeSet;
use std::path::PathBuf;

use config::settings::Settings;

use crate::event::{Event, Skip, Summary};
use crate::ingest::{self, Refused, SETTLE, Watcher};
use pass::{Again, Pass};
use tools::cancel::Cancel;

pub use error::{Error, TitleError};
pub use failure::{Failure, Trouble};
pub use outlook::{Outlook, asked, settings_of};
use shop::Shop;

/// Packages every new or changed source of the ingest folder, or just `inputs`, and tells of it through `tell`.
///
/// # Errors
/// When no title at all can be made. A title that fails is counted in the summary and told of, and harms no other.
pub fn run(
    settings: &Settings,
    inputs: &[PathBuf],
    cancel: &Cancel,
    tell: &mut dyn FnMut(Event),
) -> Result<Summary, Error> {
    let shop = Shop::open(settings, cancel)?;
    let mut pass = Pass::new(&shop, tell);
    let found = if inputs.is_empty() {
        pass.scan()?
    } else {
        ingest::named(&settings.ingest.path, inputs, |title| pass.owner(title))
    };
    pass.refuse(&found.refused);
    let growing = pass.package_all(&found.sources, Again::Failed);
    let left = pass.package_settled(growing, Again::Failed);
    for source in left {
        pass.skip(&source, Skip::Growing);
    }
    Ok(pass.finish())
}

/// Does the same again and again whenever something changes, until it is stopped.
///
/// # Errors
/// As [`run`], when it starts.
pub fn watch(settings: &Settings, cancel: &Cancel, tell: &mut dyn FnMut(Event)) -> Result<Summary, Error> {
    let shop = Shop::open(settings, cancel)?;
    let mut pass = Pass::new(&shop, tell);
    let mut watcher = Watcher::new(&settings.ingest.path);
    let mut found = pass.scan()?;
    let mut refused = BTreeSet::new();
    let mut again = Again::Failed;
    while !cancel.is_cancelled() {
        // A refusal is told once, not at every look.
        let (old, new): (Vec<Refused>, _) = found.refused.into_iter().partition(|r| refused.contains(&r.to_string()));
        pass.refuse(&new);
        refused = old.iter().chain(&new).map(ToString::to_string).collect();
        pass.quiet = true;
        let growing = pass.package_all(&found.sources, again);
        again = Again::Changed;
        watcher.wait((!growing.is_empty()).then_some(SETTLE), cancel);
        found = pass.scan_when_back(&mut watcher);
    }
    Ok(pass.finish())
}
