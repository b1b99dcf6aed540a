//! Reading all files of titles, against the digests that they were sealed with.

use std::path::Path;

use anyhow::anyhow;
use packager::library::{Library, TitleOnDisk};
use serde_json::json;

use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::text::count;

/// Reads all files of all titles; the exit status says if all are as they were made.
pub(super) fn all(root: &Path, titles: &[TitleOnDisk], output: &Output) -> Result<Exit, Failure> {
    let library = Library::open(root)?;
    let mut exit = Exit::Done;
    for TitleOnDisk { name, .. } in titles {
        let verified = library.verify(name).map_err(|error| Failure::from(anyhow!(error)))?;
        if !verified.damaged.is_empty() || !verified.whole {
            exit = Exit::Failed;
        }
        let event = json!({
            "event": "verified", "title": name.as_str(), "files": verified.files, "unsealed": verified.unsealed,
            "damaged": verified.damaged, "whole": verified.whole,
        });
        let text = if let Some(first) = verified.damaged.first() {
            format!(
                "{name}: {} damaged, the first is {first}; `pack remove {name}` and `pack retry {name}` make it anew",
                count(verified.damaged.len() as u64, "file")
            )
        } else if !verified.whole {
            format!("{name}: files are missing; the next `pack run` makes them again while its source is there")
        } else if verified.unsealed > 0 {
            let all = count(verified.files, "file");
            format!("{name}: {all} there, {} without a seal to compare with", verified.unsealed)
        } else {
            format!("{name}: {} as sealed", count(verified.files, "file"))
        };
        output.outcome(&event, &text)?;
    }
    Ok(exit)
}
