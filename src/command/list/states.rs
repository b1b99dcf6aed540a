//! What becomes of titles: those that wait, are being made, or failed.

use std::path::Path;

use config::tree::TitleName;
use packager::library::{Entry, Library, State, Waiting};
use serde::Serialize;

use crate::command::seconds_now;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::text::{ago, count, table};

#[derive(Serialize)]
struct Told<'a> {
    event: &'static str,
    title: &'a str,
    source: &'a str,
    #[serde(flatten)]
    state: &'a State,
    /// Seconds since 1970.
    since: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    priority: Option<i32>,
    tries: u32,
}

/// Lists the titles that failed, or those that wait or are being made.
pub(super) fn list(root: &Path, failed: bool, output: &Output) -> Result<Exit, Failure> {
    let library = Library::open(root)?;
    let wanted = |(_, entry): &(TitleName, Entry)| if failed { is_failed(entry) } else { is_queued(entry) };
    let mut entries: Vec<_> = library.entries()?.into_iter().filter(wanted).collect();
    entries.sort_by_key(|(_, entry)| (!entry.state.is_at_work(), -i64::from(entry.priority.unwrap_or(0))));
    if output.is_json() {
        for (title, entry) in &entries {
            let Entry { source, state, since, priority, tries, .. } = entry;
            let title = title.as_str();
            output.json(&Told {
                event: "state",
                title,
                source,
                state,
                since: *since,
                priority: *priority,
                tries: *tries,
            })?;
        }
        return Ok(Exit::Done);
    }
    if !failed && library.paused()?.is_some() {
        output.message("paused: nothing starts until `pack resume`");
    }
    match entries.is_empty() {
        true => output.message(if failed { "no title has failed" } else { "nothing waits" }),
        false if failed => output.text(&failures(&entries))?,
        false => output.text(&queue(&entries))?,
    }
    Ok(Exit::Done)
}

/// Says to people that there is more than what is published. Whoever may not look there has seen what was asked for.
pub(super) fn hint(root: &Path, output: &Output) {
    if output.is_json() {
        return;
    }
    let Some(entries) = Library::open(root).ok().and_then(|library| library.entries().ok()) else { return };
    let of = |is: fn(&Entry) -> bool| entries.iter().filter(|(_, entry)| is(entry)).count() as u64;
    let (queued, failed) = (of(is_queued), of(is_failed));
    if queued + failed > 0 {
        output.message(&format!(
            "{} and {}: `pack list --queued`, `pack list --failed`",
            count(queued, "title") + " in the queue",
            format_args!("{failed} failed")
        ));
    }
}

const fn is_failed(entry: &Entry) -> bool {
    matches!(entry.state, State::Failed { .. })
}

const fn is_queued(entry: &Entry) -> bool {
    entry.state.is_at_work() || matches!(entry.state, State::Queued | State::Waiting { .. })
}

fn failures(entries: &[(TitleName, Entry)]) -> String {
    let row = |(title, entry): &(TitleName, Entry)| {
        let (again, why) = match &entry.state {
            State::Failed { errors, again, .. } => {
                (again.map_or_else(|| "when it changes".into(), until), errors.join(": "))
            }
            _ => Default::default(),
        };
        [title.to_string(), ago(seconds_now().saturating_sub(entry.since)), again, why.replace('\n', " ")]
    };
    table(["TITLE", "FAILED", "TRIED AGAIN", "WHY"], &entries.iter().map(row).collect::<Vec<_>>())
}

fn queue(entries: &[(TitleName, Entry)]) -> String {
    let row = |(title, entry): &(TitleName, Entry)| {
        let since = ago(seconds_now().saturating_sub(entry.since));
        [
            title.to_string(),
            doing(&entry.state),
            since,
            entry.priority.map(|priority| priority.to_string()).unwrap_or_default(),
            entry.source.clone(),
        ]
    };
    table(["TITLE", "STATE", "SINCE", "PRIORITY ", "SOURCE"], &entries.iter().map(row).collect::<Vec<_>>())
}

fn doing(state: &State) -> String {
    match state {
        State::Waiting { why } => format!("waiting: {}", waits_for(why)),
        State::Queued => "queued".into(),
        State::Probing => "probing".into(),
        State::Encoding { done, total } => format!("encoding {} %", done.saturating_mul(100) / (*total).max(1)),
        State::Proving => "proving".into(),
        State::Published => "published".into(),
        State::Failed { .. } => "failed".into(),
        State::Removed => "removed".into(),
        State::Gone => "gone".into(),
    }
}

fn waits_for(why: &Waiting) -> String {
    match why {
        Waiting::Growing => "it may still be being written".into(),
        Waiting::Room(why) => why.clone(),
    }
}

/// `in 5 min`, for a time in seconds since 1970.
fn until(at: u64) -> String {
    match at.checked_sub(seconds_now()) {
        None | Some(0) => "now".into(),
        Some(left) => format!("in {}", humantime::format_duration(std::time::Duration::from_secs(left))),
    }
}
