//! Bytes that a title takes on disk: its source, what lies beside that, and all its revisions.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use super::STUDIO;
use crate::http::App;
use crate::http::problem::Problem;
use crate::store::titles::Title;
use crate::store::titles::packaging;
use crate::store::uploads::quota;

/// The bytes of a title, as they lie on disk now. A source that is not the studio's own is the operator's, and not counted.
///
/// # Errors
/// When the work is cut off.
pub async fn measure(app: &App, made: &Title) -> Result<i64, Problem> {
    let source = made.source.starts_with(STUDIO).then(|| app.ports.ingest.join(&made.source));
    let beside = blocking(move || source.map_or(0, |source| beside(&source))).await?;
    Ok(published(app, made).await?.saturating_add(beside))
}

/// The bytes of all revisions.
async fn published(app: &App, made: &Title) -> Result<i64, Problem> {
    let folder = app.ports.library.join(made.title.as_str());
    blocking(move || below(&folder)).await
}

async fn blocking(work: impl FnOnce() -> u64 + Send + 'static) -> Result<i64, Problem> {
    let bytes = tokio::task::spawn_blocking(work).await.map_err(|error| Problem::internal(&error.to_string()))?;
    Ok(i64::try_from(bytes).unwrap_or(i64::MAX))
}

/// Measures a title, and notes it and what its owner takes.
///
/// # Errors
/// When the database refuses.
pub async fn note(app: &App, made: &Title) -> Result<(), Problem> {
    let bytes = measure(app, made).await?;
    if bytes == made.bytes { Ok(()) } else { put(app, made, bytes).await }
}

/// Measures a title whose owner had room reserved for it, and notes both.
///
/// # Errors
/// When the database refuses.
pub async fn settle(app: &App, made: &Title) -> Result<(), Problem> {
    put(app, made, measure(app, made).await?).await
}

async fn put(app: &App, made: &Title, bytes: i64) -> Result<(), Problem> {
    let mut db = app.store.write().await?;
    packaging::set_bytes(&mut db, &made.id, bytes).await?;
    if let Some(owner) = &made.owner {
        quota::settle(&mut db, owner).await?;
    }
    Ok(db.commit().await?)
}

/// Measures all titles, and brings what accounts take in line with them and with their uploads.
///
/// # Errors
/// When the database refuses.
pub async fn reconcile(app: &App) -> Result<(), Problem> {
    let titles = packaging::all(&mut *app.store.read().await?).await?;
    let folder = app.ports.ingest.join(STUDIO);
    // Once for all: they lie in one folder.
    let own = tokio::task::spawn_blocking(move || own(&folder)).await;
    let own = own.map_err(|error| Problem::internal(&error.to_string()))?;
    for made in &titles {
        let stem = made.source.strip_prefix(STUDIO).and_then(stem);
        let beside = stem.and_then(|stem| own.get(stem)).map_or(0, |bytes| i64::try_from(*bytes).unwrap_or(i64::MAX));
        let bytes = published(app, made).await?.saturating_add(beside);
        if bytes != made.bytes {
            put(app, made, bytes).await?;
        }
    }
    let accounts = quota::accounts(&mut *app.store.read().await?).await?;
    for account in accounts {
        let mut db = app.store.write().await?;
        quota::settle(&mut db, &account).await?;
        db.commit().await?;
    }
    Ok(())
}

/// Bytes of all sources in the studio's own folder and of what lies beside each, by the id that their names begin with.
fn own(folder: &Path) -> HashMap<String, u64> {
    let mut own = HashMap::new();
    for entry in fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok) {
        let name = entry.file_name();
        if let (Some(stem), Ok(metadata)) = (name.to_str().and_then(stem), entry.metadata()) {
            *own.entry(stem.to_owned()).or_default() += metadata.len();
        }
    }
    own
}

/// The part of a file's name before its first dot.
fn stem(name: &str) -> Option<&str> {
    name.split('.').next().filter(|stem| !stem.is_empty())
}

/// Bytes of a source and its sidecars.
fn beside(source: &Path) -> u64 {
    let stem = source.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let entries = source.parent().and_then(|folder| fs::read_dir(folder).ok()).into_iter().flatten();
    let own = entries.filter_map(Result::ok).filter(|entry| {
        let name = entry.file_name();
        name.to_str().is_some_and(|name| name.strip_prefix(stem).is_some_and(|rest| rest.starts_with('.')))
    });
    own.filter_map(|entry| entry.metadata().ok()).map(|metadata| metadata.len()).sum()
}

/// Bytes of all files below a folder. What goes away meanwhile is not counted.
fn below(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let size = |entry: fs::DirEntry| match entry.file_type() {
        Ok(kind) if kind.is_dir() => below(&entry.path()),
        Ok(kind) if kind.is_file() => entry.metadata().map_or(0, |metadata| metadata.len()),
        _ => 0,
    };
    entries.map(size).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_counts_with_its_sidecars_and_a_title_with_all_below() {
        let dir = tempfile::tempdir().unwrap();
        for (name, bytes) in [("a.mp4", 5), ("a.jpg", 3), ("ab.mp4", 7), ("R1/video/1.m4s", 11), ("R2/x", 13)] {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, vec![0; bytes]).unwrap();
        }
        assert_eq!(beside(&dir.path().join("a.mp4")), 8);
        let own = own(dir.path());
        assert_eq!((own["a"], own["ab"]), (8, 7));
        assert_eq!(below(&dir.path().join("R1")) + below(&dir.path().join("R2")), 24);
        assert_eq!(below(&dir.path().join("nowhere")), 0);
    }
}
