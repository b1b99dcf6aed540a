//! What becomes of titles: those that wait, are being made, or failed.

use std::path::Path;

use config::tree::TitleName;
use packager::library::{Entry, Library, Refusal, State, Waiting};
use serde::Serialize;

use crate::command::seconds_now;
use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::text::{ago, count, table};

/// A title, or a source that can't become one, and what becomes of it.
#[derive(Serialize)]
struct Told {
    event: &'static str,
    title: String,
    /// Where it lies: below the ingest folder, or where it was moved to.
    source: String,
    #[serde(flatten)]
    state: State,
    /// Seconds since 1970.
    since: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    priority: Option<i32>,
    tries: u32,
    #[serde(skip)]
    moved: bool,
}

/// Lists the titles and sources that failed, or the titles that wait or are being made.
pub(super) fn list(root: &Path, failed: bool, output: &Output) -> Result<Exit, Failure> {
    let library = Library::open(root)?;
    let wanted = |(_, entry): &(TitleName, Entry)| if failed { is_failed(entry) } else { is_queued(entry) };
    let mut all: Vec<Told> = library.entries()?.into_iter().filter(wanted).map(Told::title).collect();
    all.sort_by_key(|told| (!told.state.is_at_work(), -i64::from(told.priority.unwrap_or(0))));
    if failed {
        all.extend(library.refusals()?.into_iter().map(Told::refused));
    }
    if output.is_json() {
        all.iter().try_for_each(|told| output.json(told))?;
        return Ok(Exit::Done);
    }
    if !failed && library.paused()?.is_some() {
        output.message("paused: nothing starts until `pack resume`");
    }
    match all.is_empty() {
        true => output.message(if failed { "no title has failed" } else { "nothing waits" }),
        false if failed => output.text(&failures(&all))?,
        false => output.text(&queue(&all))?,
    }
    Ok(Exit::Done)
}

impl Told {
    fn title((title, entry): (TitleName, Entry)) -> Self {
        let priority = Some(entry.priority_in_force());
        let Entry { source, state, since, tries, moved_to, .. } = entry;
        let (moved, source) = (moved_to.is_some(), moved_to.unwrap_or(source));
        Self { event: "state", title: title.to_string(), source, state, since, priority, tries, moved }
    }

    /// One that is refused has no title, and is called as its file is.
    fn refused((source, refusal): (String, Refusal)) -> Self {
        let Refusal { cause, errors, since } = refusal;
        let title = source.rsplit('/').next().unwrap_or(&source).to_owned();
        let state = State::Failed { cause, errors, again: None };
        Self { event: "state", title, source, state, since, priority: None, tries: 0, moved: false }
    }
}

/// Says to people that there is more than what is published. Whoever may not look there has seen what was asked for.
pub(super) fn hint(root: &Path, output: &Output) {
    if output.is_json() {
        return;
    }
    let known = Library::open(root).ok().and_then(|library| library.entries().ok().zip(library.refusals().ok()));
    let Some((entries, refused)) = known else { return };
    let of = |is: fn(&Entry) -> bool| entries.iter().filter(|(_, entry)| is(entry)).count() as u64;
    let (queued, failed) = (of(is_queued), of(is_failed) + refused.len() as u64);
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

fn failures(all: &[Told]) -> String {
    let row = |told: &Told| {
        let (again, why) = match &told.state {
            State::Failed { errors, again, .. } => {
                (again.map_or_else(|| "when it changes".into(), until), errors.join(": "))
            }
            _ => Default::default(),
        };
        let moved = if told.moved { format!(" (its source is {} now)", told.source) } else { String::new() };
        let since = ago(seconds_now().saturating_sub(told.since));
        [told.title.clone(), since, again, why.replace('\n', " ") + &moved]
    };
    table(["TITLE", "FAILED", "TRIED AGAIN", "WHY"], &all.iter().map(row).collect::<Vec<_>>())
}

fn queue(all: &[Told]) -> String {
    let row = |told: &Told| {
        let since = ago(seconds_now().saturating_sub(told.since));
        let priority = told.priority.map(|priority| priority.to_string()).unwrap_or_default();
        [told.title.clone(), doing(&told.state), since, priority, told.source.clone()]
    };
    table(["TITLE", "STATE", "SINCE", "PRIORITY ", "SOURCE"], &all.iter().map(row).collect::<Vec<_>>())
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
