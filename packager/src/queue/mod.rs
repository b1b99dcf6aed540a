//! From the ingest folder to the library: which titles are made and when, several at the same time, and what is told of it.

mod afterwards;
mod arrivals;
mod decide;
mod dispatch;
mod ends;
mod look;
mod making;
mod notes;
mod room;
mod shop;
mod wishes;

use std::path::PathBuf;

use config::settings::Settings;

use crate::control::Control;
use crate::event::{Event, Summary};
use crate::ingest::Watcher;
use crate::pipeline::Error;
use decide::due::Again;
use dispatch::Dispatcher;
pub use look::find_ingest;
use shop::Shop;
use tools::cancel::Cancel;

/// Packages every new or changed source of the ingest folder, or just `inputs`, and tells of it through `tell`. With
/// `anew` also those that are published and unchanged are made with the settings and the ffmpeg of today.
///
/// # Errors
/// When no title at all can be made. A title that fails is counted in the summary and told of, and harms no other.
pub fn run(
    settings: &Settings,
    inputs: &[PathBuf],
    anew: bool,
    cancel: &Cancel,
    tell: &mut dyn FnMut(Event),
) -> Result<Summary, Error> {
    if inputs.is_empty() {
        find_ingest(settings)?;
    };
    let shop = Shop::open(settings, cancel)?;
    let again = if anew { Again::All } else { Again::Failed };
    Dispatcher::new(&shop, &Control::default(), inputs, again, None, tell).go()
}

/// Does the same again and again whenever something changes, until it is stopped; `control` has it change meanwhile.
///
/// # Errors
/// As [`run`], when it starts.
pub fn watch(
    settings: &Settings,
    control: &Control,
    cancel: &Cancel,
    tell: &mut dyn FnMut(Event),
) -> Result<Summary, Error> {
    find_ingest(settings)?;
    let shop = Shop::open(settings, cancel)?;
    let watcher = Watcher::new(shop.settings());
    Dispatcher::new(&shop, control, &[], Again::Failed, Some(watcher), tell).go()
}
