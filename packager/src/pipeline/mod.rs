//! From the ingest folder to the library: which titles are made, several at the same time, and what is told of it.

mod afterwards;
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
mod room;
mod shop;
mod title;
mod what;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Instant;

use config::settings::Settings;

use crate::event::{Event, Skip, Summary};
use crate::ingest::{self, Refused, Watcher};
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
    if inputs.is_empty() {
        find_ingest(settings)?;
    }
    let shop = Shop::open(settings, cancel)?;
    let mut pass = Pass::new(&shop, tell);
    let found = if inputs.is_empty() {
        pass.scan()?
    } else {
        ingest::named(&settings.ingest.path, inputs, |title| pass.owner(title))
    };
    pass.refuse(&found.refused);
    pass.ignore(&found.ignored);
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
    find_ingest(settings)?;
    let shop = Shop::open(settings, cancel)?;
    let mut pass = Pass::new(&shop, tell);
    let mut watcher = Watcher::new(settings);
    let mut found = pass.scan()?;
    let mut refused = BTreeSet::new();
    let mut again = Again::Failed;
    while !cancel.is_cancelled() {
        // A refusal is told once, not at every look.
        let (old, new): (Vec<Refused>, _) = found.refused.into_iter().partition(|r| refused.contains(&r.to_string()));
        pass.refuse(&new);
        refused = old.iter().chain(&new).map(ToString::to_string).collect();
        let looked = Instant::now();
        // A sidecar may come before its recording.
        found.ignored.retain(|ignored| pass.is_settled(&ignored.path));
        pass.ignore(&found.ignored);
        pass.quiet = true;
        pass.package_all(&found.sources, again);
        again = Again::Changed;
        watcher.wait(pass.settling.next(looked), cancel);
        found = pass.scan_when_back(&mut watcher);
    }
    Ok(pass.finish())
}

/// Looks for the ingest folder, before a library is made beside where it should be.
///
/// # Errors
/// When it is not there.
pub fn find_ingest(settings: &Settings) -> Result<(), Error> {
    let path = &settings.ingest.path;
    std::fs::read_dir(path).map(drop).map_err(|source| Error::NoIngest { path: path.clone(), source })
}
