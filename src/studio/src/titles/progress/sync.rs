//! Keeping titles' rows in step with the packager's notes, which other processes write too.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use config::access;
use config::title::Title as Described;
use config::tree::{TITLE_JSON, TitleName};
use sqlx::AnyConnection;

use super::heard;
use crate::http::App;
use crate::http::problem::Problem;
use crate::model::{Id, Micros, TitleState};
use crate::ports::{Packager, Packaging, PortError};
use crate::store::StoreError;
use crate::store::people::accounts;
use crate::store::titles::packaging::{self, Become, Watch};
use crate::store::titles::{self, Title, Words};
use crate::store::uploads::quota;
use crate::titles::{STUDIO, space};

/// The time between two looks for news: cheap while there are none.
const PACE: Duration = Duration::from_secs(1);

/// What was seen of the packager's notes.
#[derive(Debug, Default)]
pub struct Seen {
    news: Option<i64>,
    titles: HashMap<TitleName, Packaging>,
}

/// What a note makes of a title's row.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    /// Nothing.
    Leave,
    /// It is at work, or waits for its turn.
    Work,
    /// It has come to an end, or was published before and has not.
    Become(Become),
}

/// Keeps in step for as long as it is polled.
pub async fn run(app: &App) {
    let mut seen = Seen::default();
    loop {
        if let Err(problem) = look(app, &mut seen).await {
            tracing::warn!("the packager's notes: {problem}");
        }
        tokio::select! {
            () = tokio::time::sleep(PACE) => {}
            () = app.live.is_wanted() => {}
        }
    }
}

/// Looks at the notes, and brings all rows in step that they change.
///
/// # Errors
/// When the notes can't be read, or the database refuses: then all is looked at again.
pub async fn look(app: &App, seen: &mut Seen) -> Result<(), Problem> {
    for title in app.live.take_again() {
        seen.titles.remove(&title);
        seen.news = None;
    }
    let news = ask(app, |packager| packager.news()).await?;
    if seen.news == Some(news) {
        return Ok(());
    }
    let notes = ask(app, |packager| packager.titles()).await?;
    let changed: Vec<&Packaging> = notes.iter().filter(|note| seen.titles.get(&note.title) != Some(note)).collect();
    let mut rows = rows(app, &changed).await?;
    for note in changed {
        follow(app, note, rows.remove(&note.title)).await?;
    }
    seen.titles = notes.into_iter().map(|note| (note.title.clone(), note)).collect();
    seen.news = Some(news);
    app.live.sweep(|title| seen.titles.get(title).is_some_and(|note| note.state.is_final()), app.now());
    Ok(())
}

async fn ask<T: Send + 'static>(
    app: &App,
    question: impl FnOnce(&dyn Packager) -> Result<T, PortError> + Send + 'static,
) -> Result<T, Problem> {
    let packager = Arc::clone(&app.ports.packager);
    let asked = tokio::task::spawn_blocking(move || question(packager.as_ref())).await;
    let answer = asked.map_err(|error| Problem::internal(&error.to_string()))?;
    answer.map_err(|error| Problem::internal(&error.to_string()))
}

/// The rows of these titles: of many at once, as after a start, all are read.
async fn rows(app: &App, changed: &[&Packaging]) -> Result<HashMap<TitleName, Title>, Problem> {
    let mut db = app.store.read().await?;
    if changed.len() > 20 {
        return Ok(packaging::all(&mut db).await?.into_iter().map(|made| (made.title.clone(), made)).collect());
    }
    let mut rows = HashMap::new();
    for note in changed {
        if let Some(made) = titles::by_name(&mut db, &note.title).await? {
            rows.insert(note.title.clone(), made);
        }
    }
    Ok(rows)
}

async fn follow(app: &App, note: &Packaging, row: Option<Title>) -> Result<(), Problem> {
    let Some(made) = row else { return adopt(app, note).await };
    let published = describe(app, &note.title).await;
    let placed = app.live.placed(&note.title);
    let is_awaited = placed.zip(published.as_ref()).is_some_and(|(placed, title)| title.source.blake3 != placed);
    match step(&made, note, is_awaited, published.as_ref()) {
        // Nobody sees what becomes of a title that is deleted. If it is brought back, its note counts anew.
        Step::Leave if made.deleted.is_some() => app.live.ended(&note.title),
        Step::Leave => {}
        Step::Work => {
            app.live.noted(note, app.now());
            let state = Become { state: note.state, reason: note.reason.clone(), watch: Watch::AsBefore };
            if note.published.is_none() && (made.state, &made.reason) != (note.state, &note.reason) {
                put(app, &made.id, &state).await?;
            }
        }
        Step::Become(to) => {
            let is_news = is_news(&made, &to);
            if is_news {
                put(app, &made.id, &to).await?;
            }
            app.live.ended(&note.title);
            if is_news {
                space::note(app, &made).await?;
            }
        }
    }
    match published.filter(|_| made.deleted.is_none()) {
        Some(published) => heard::note(app, &made, &published).await,
        None => Ok(()),
    }
}

/// Decides what a note makes of a row. `is_awaited`: its source was put in the place of another, and what is published is
/// not of that one yet.
fn step(made: &Title, note: &Packaging, is_awaited: bool, published: Option<&Described>) -> Step {
    if made.deleted.is_some() {
        return Step::Leave;
    }
    let become_now = |state, reason: &str, watch| Step::Become(Become { state, reason: reason.into(), watch });
    match (note.state, note.published.filter(|_| !note.is_out)) {
        (TitleState::Published, _) if is_awaited => Step::Leave,
        (TitleState::Published, Some(at)) => become_now(TitleState::Published, "", revision(at, published)),
        // What viewers see is what was published before.
        (TitleState::Failed, Some(at)) => {
            let reason =
                format!("What was published before is still there, since the new file failed: {}", note.reason);
            become_now(TitleState::Published, &reason, revision(at, published))
        }
        (TitleState::Published, None) => become_now(TitleState::Published, "", Watch::AsBefore),
        (TitleState::Failed, None) => become_now(TitleState::Failed, &note.reason, Watch::Nothing),
        _ => Step::Work,
    }
}

/// True if a row is not that already, as most are at a start.
fn is_news(made: &Title, to: &Become) -> bool {
    let watch = match &to.watch {
        Watch::AsBefore => true,
        Watch::Nothing => made.published.is_none(),
        Watch::Revision { duration, poster, .. } => {
            made.published.is_some() && (duration.is_none() || made.duration == *duration) && made.poster == *poster
        }
    };
    !watch || (made.state, &made.reason) != (to.state, &to.reason)
}

fn revision(published: Micros, described: Option<&Described>) -> Watch {
    let poster = described.and_then(|title| title.poster.clone()).unwrap_or_default();
    Watch::Revision { published, duration: described.and_then(milliseconds), poster }
}

fn milliseconds(title: &Described) -> Option<i64> {
    let ticks = title.duration.ticks.checked_mul(1000)?.checked_div(title.duration.timescale.into())?;
    i64::try_from(ticks).ok()
}

async fn put(app: &App, id: &Id, to: &Become) -> Result<(), Problem> {
    let mut db = app.store.write().await?;
    packaging::become_now(&mut db, id, to).await?;
    Ok(db.commit().await?)
}

/// Makes the row of a title that an operator put in. One that is out gets none, nor one that was an upload: its row was
/// deleted.
async fn adopt(app: &App, note: &Packaging) -> Result<(), Problem> {
    let source = note.source.as_ref().and_then(|source| source.strip_prefix(&app.ports.ingest).ok());
    let source = source.map(|source| source.to_string_lossy().into_owned()).unwrap_or_default();
    if note.is_out || source.starts_with(STUDIO) {
        return Ok(());
    }
    let described = describe(app, &note.title).await;
    let last = note.title.as_str().rsplit('/').next().unwrap_or_default();
    let name = described.as_ref().and_then(|title| title.name.clone()).unwrap_or_else(|| last.into());
    let visibility = visibility(app, &note.title).await?;
    let mut db = app.store.write().await?;
    let owner = owner(app, &mut db, &source).await?;
    let made = Title {
        id: Id::random()?,
        title: note.title.clone(),
        owner,
        words: Words { name, ..Words::default() },
        visibility,
        downloadable: false,
        state: note.state,
        reason: note.reason.clone(),
        duration: described.as_ref().and_then(milliseconds),
        source,
        source_hash: described.as_ref().map(|title| title.source.blake3.clone()).unwrap_or_default(),
        bytes: 0,
        views: 0,
        poster: described.as_ref().and_then(|title| title.poster.clone()).unwrap_or_default(),
        created: note.published.unwrap_or_else(|| app.now()),
        published: note.published,
        deleted: None,
        version: 1,
        heard: String::new(),
    };
    titles::insert(&mut db, &made).await?;
    db.commit().await?;
    if let Some(described) = described {
        heard::note(app, &made, &described).await?;
    }
    space::note(app, &made).await
}

/// The account that the settings give a source to, where there is one of that name.
async fn owner(app: &App, db: &mut AnyConnection, source: &str) -> Result<Option<Id>, StoreError> {
    match app.settings.owner_of(source).map(str::parse) {
        Some(Ok(name)) => Ok(accounts::by_name(db, &name).await?.map(|account| account.id)),
        _ => Ok(None),
    }
}

/// Gives titles in folders of accounts to those: the folder may have been named, or the account made, after the title was.
///
/// # Errors
/// When the database refuses.
pub async fn give(app: &App) -> Result<(), StoreError> {
    for (id, source) in packaging::unowned(&mut *app.store.read().await?).await? {
        if app.settings.owner_of(&source).is_none() {
            continue;
        }
        let mut db = app.store.write().await?;
        if let Some(owner) = owner(app, &mut db, &source).await? {
            packaging::set_owner(&mut db, &id, &owner).await?;
            quota::settle(&mut db, &owner).await?;
            db.commit().await?;
        }
    }
    Ok(())
}

/// Who may see a title that an operator put in: by its record, else by the origin's setting.
async fn visibility(app: &App, title: &TitleName) -> Result<access::Visibility, Problem> {
    let (library, title, default) = (app.ports.library.clone(), title.clone(), app.ports.visibility);
    let record = tokio::task::spawn_blocking(move || access::record(&library, &title)).await;
    let record = record.map_err(|error| Problem::internal(&error.to_string()))?;
    // A title with a damaged record is open to nobody.
    Ok(record.map_or(access::Visibility::Restricted, |record| record.map_or(default, |record| record.visibility)))
}

/// What is published of a title; `None` where nothing is, or it can't be read.
pub(crate) async fn describe(app: &App, title: &TitleName) -> Option<Described> {
    let path = app.ports.library.join(title.as_str()).join(TITLE_JSON);
    tokio::task::spawn_blocking(move || read(&path)).await.ok().flatten()
}

fn read(path: &Path) -> Option<Described> {
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made() -> Title {
        Title {
            id: Id::random().unwrap(),
            title: TitleName::parse("studio/x").unwrap(),
            owner: None,
            words: Words::default(),
            visibility: access::Visibility::Restricted,
            downloadable: false,
            state: TitleState::Received,
            reason: String::new(),
            duration: None,
            source: "@studio/x.mp4".into(),
            source_hash: "h".into(),
            bytes: 0,
            views: 0,
            poster: String::new(),
            created: Micros(0),
            published: None,
            deleted: None,
            version: 1,
            heard: String::new(),
        }
    }

    fn note(state: TitleState, published: Option<i64>) -> Packaging {
        let (title, reason) = (TitleName::parse("studio/x").unwrap(), "why".into());
        Packaging {
            title,
            state,
            progress: None,
            reason,
            published: published.map(Micros),
            source: None,
            is_out: false,
        }
    }

    #[test]
    fn a_title_stays_published_whatever_becomes_of_a_new_file() {
        for state in [TitleState::Waiting, TitleState::Probing, TitleState::Encoding, TitleState::Proving] {
            assert_eq!(step(&made(), &note(state, Some(1)), true, None), Step::Work);
        }
        let Step::Become(failed) = step(&made(), &note(TitleState::Failed, Some(1)), true, None) else { panic!() };
        assert_eq!(failed.state, TitleState::Published);
        assert!(failed.reason.ends_with("the new file failed: why"), "{}", failed.reason);
        let out = Packaging { is_out: true, ..note(TitleState::Failed, Some(1)) };
        let Step::Become(failed) = step(&made(), &out, false, None) else { panic!() };
        assert_eq!((failed.state, failed.reason.as_str()), (TitleState::Failed, "why"));
    }

    #[test]
    fn what_is_published_of_the_old_file_is_not_the_end_of_the_new_one() {
        assert_eq!(step(&made(), &note(TitleState::Published, Some(1)), true, None), Step::Leave);
        let Step::Become(done) = step(&made(), &note(TitleState::Published, Some(1)), false, None) else { panic!() };
        assert_eq!((done.state, done.reason.as_str()), (TitleState::Published, ""));
        let deleted = Title { deleted: Some(Micros(1)), ..made() };
        assert_eq!(step(&deleted, &note(TitleState::Published, Some(1)), false, None), Step::Leave);
    }
}
