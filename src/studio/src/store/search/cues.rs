//! What is said in titles, from their subtitles.

use std::collections::BTreeMap;

use sqlx::{AnyConnection, Row as _, query};

use super::question::Term;
use crate::model::{Cue, Id, folded};
use crate::store::error::{StoreError, parsed};
use crate::store::sql::Sql;

/// Cues of a title that are shown of those that match.
const SHOWN: usize = 3;
/// Cues that are put in at a time: each has six parameters, and SQLite takes 32,766 of them.
const ROWS: usize = 500;
/// Cues that are read for a page.
const READ: i64 = 1000;

/// Puts in what is said in a `revision` of a title, by language, instead of what was there.
///
/// # Errors
/// When the database refuses.
pub async fn replace(
    db: &mut AnyConnection,
    title: &Id,
    revision: &str,
    spoken: &BTreeMap<String, Vec<Cue>>,
) -> Result<(), StoreError> {
    query("DELETE FROM cues WHERE title = $1").bind(title.as_str()).execute(&mut *db).await?;
    for (language, cues) in spoken {
        for (place, cues) in (0_i64..).step_by(ROWS).zip(cues.chunks(ROWS)) {
            insert(db, title, language, place, cues).await?;
        }
    }
    let sql = "UPDATE titles SET heard = $1 WHERE id = $2";
    query(sql).bind(revision).bind(title.as_str()).execute(db).await?;
    Ok(())
}

async fn insert(
    db: &mut AnyConnection,
    title: &Id,
    language: &str,
    first: i64,
    cues: &[Cue],
) -> Result<(), StoreError> {
    let mut sql = Sql::default();
    let mut between = "INSERT INTO cues (title, language, place, start, text, words) VALUES (";
    for (place, cue) in (first..).zip(cues) {
        sql.push(between).text(title.as_str()).push(", ").text(language).push(", ").number(place);
        sql.push(", ").number(cue.start).push(", ").text(&cue.text);
        sql.push(", ").text(&format!(" {} ", folded(&cue.text)));
        between = "), (";
    }
    sql.push(")");
    sql.fetch_all(db).await.map(drop)
}

/// Of each of `titles`, the first cues in which all of `terms` are said, or else any of them.
///
/// # Errors
/// When the database refuses.
pub async fn heard(
    db: &mut AnyConnection,
    titles: &[Id],
    terms: &[Term],
) -> Result<BTreeMap<Id, Vec<Cue>>, StoreError> {
    let mut heard = said(db, titles, terms, " AND ").await?;
    let silent: Vec<Id> = titles.iter().filter(|title| !heard.contains_key(title)).cloned().collect();
    if terms.len() > 1 && !silent.is_empty() {
        heard.extend(said(db, &silent, terms, " OR ").await?);
    }
    Ok(heard)
}

async fn said(
    db: &mut AnyConnection,
    titles: &[Id],
    terms: &[Term],
    between: &'static str,
) -> Result<BTreeMap<Id, Vec<Cue>>, StoreError> {
    let mut heard: BTreeMap<Id, Vec<Cue>> = BTreeMap::new();
    if titles.is_empty() || terms.is_empty() {
        return Ok(heard);
    }
    let mut sql = Sql::default();
    sql.push("SELECT title, start, text FROM cues WHERE title IN ").list(titles.iter().map(Id::as_str));
    sql.push(" AND (");
    for (place, term) in terms.iter().enumerate() {
        sql.push(if place == 0 { "(" } else { between }).push(if place == 0 { "" } else { "(" });
        // Words are letters and digits: none of them means something to LIKE.
        let whole = term.words.iter().map(|word| format!("% {word} %"));
        let patterns = whole.chain(term.prefix.iter().map(|prefix| format!("% {prefix}%")));
        for (place, pattern) in patterns.enumerate() {
            sql.push(if place == 0 { "words LIKE " } else { " OR words LIKE " }).text(&pattern);
        }
        sql.push(")");
    }
    sql.push(") ORDER BY title, start, language LIMIT ").number(READ);
    for row in sql.fetch_all(db).await? {
        let title: Id = parsed("cues.title", row.try_get("title")?)?;
        let cues = heard.entry(title).or_default();
        if cues.len() < SHOWN {
            cues.push(Cue { start: row.try_get("start")?, text: row.try_get("text")? });
        }
    }
    Ok(heard)
}
