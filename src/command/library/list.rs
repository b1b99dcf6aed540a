//! `pack list`.

mod states;
mod verify;

use clap::Args;
use config::title::Title;
use indicatif::BinaryBytes;
use packager::library::{self, TitleOnDisk};
use serde::Serialize;

use crate::args::Global;
use crate::command::existing_library;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::text::{clock, table};

/// List the titles in the library, or what becomes of those that are not
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Titles that failed, why, and when they are tried again
    #[arg(long, conflicts_with_all = ["queued", "verify"])]
    failed: bool,
    /// Titles that wait or are being made
    #[arg(long, conflicts_with = "verify")]
    queued: bool,
    /// Reads every file of each title, and compares it with the digest that it was sealed with
    #[arg(long)]
    verify: bool,
}

#[derive(Serialize)]
struct Listed<'a> {
    event: &'static str,
    #[serde(flatten)]
    title: &'a Title,
}

impl List {
    /// Lists them; a title whose description can't be read fails the listing, after the others are shown.
    pub(crate) fn execute(&self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        let root = existing_library(global)?;
        if self.failed || self.queued {
            return states::list(&root, self.failed, output);
        }
        let titles = library::titles(&root).map_err(anyhow::Error::from)?;
        if self.verify {
            return verify::all(&root, &titles, output);
        }
        let readable: Vec<&Title> = titles.iter().filter_map(|t| t.title.as_ref().ok()).collect();
        if output.is_json() {
            for title in readable {
                output.json(&Listed { event: "title", title })?;
            }
        } else if titles.is_empty() {
            output.message(&format!("the library {} has no titles", root.display()));
        } else {
            output.text(&rows(&readable))?;
        }
        states::hint(&root, output);
        Ok(report_unreadable(&titles, output))
    }
}

fn report_unreadable(titles: &[TitleOnDisk], output: &Output) -> Exit {
    let mut exit = Exit::Done;
    for (name, problem) in titles.iter().filter_map(|t| Some((&t.name, t.title.as_ref().err()?))) {
        output.message(&format!("error: {name}: its description can't be read: {problem}"));
        exit = Exit::Failed;
    }
    exit
}

fn rows(titles: &[&Title]) -> String {
    let rows: Vec<_> = titles.iter().map(|t| row(t)).collect();
    table(["TITLE", "LENGTH ", "TOP", "VIDEO ", "AUDIO ", "SIZE ", "REVISION"], &rows)
}

fn row(title: &Title) -> [String; 7] {
    let milliseconds = title.duration.ticks.saturating_mul(1000) / u64::from(title.duration.timescale.max(1));
    let top = title.video.iter().max_by_key(|v| (v.height, v.average_bandwidth));
    let bytes: u64 = title.video.iter().map(|v| v.bytes).chain(title.audio.iter().map(|a| a.bytes)).sum();
    [
        title.title.clone(),
        clock(milliseconds),
        top.map(|v| format!("{}×{}", v.width, v.height)).unwrap_or_default(),
        title.video.len().to_string(),
        title.audio.len().to_string(),
        BinaryBytes(bytes).to_string(),
        title.revision.clone(),
    ]
}
