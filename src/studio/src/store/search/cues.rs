//! What is said in titles, from their subtitles.

use std::collections::BTreeMap;

use sqlx::{AnyConnection, Row as _, query};

use super::find::Term;
use crate::model::{Cue, Id, folded};
use crate::store::error::{StoreError, parsed};
use crate::store::sql::Sql;

/// Cues of a title that are shown of those that match.
const SHOWN: usize = 3;
/// Cues that are read for a page.
const READ: i64 = 1000;

/// Puts in what is said in a title in one language, instead of what was there.
///
/// # Errors
/// When the database refuses.
pub async fn replace(db: &mut AnyConnection, title: &Id, language: &str, cues: &[Cue]) -> Result<(), StoreError> {
    let sql = "DELETE FROM cues WHERE title = $1 AND language = $2";
    query(sql).bind(title.as_str()).bind(language).execute(&mut *db).await?;
    for (place, cue) in (0_i64..).zip(cues) {
        let sql = "INSERT INTO cues (title, language, place, start, text, words) VALUES ($1, $2, $3, $4, $5, $6)";
        query(sql)
            .bind(title.as_str())
            .bind(language)
            .bind(place)
            .bind(cue.start)
            .bind(cue.text.as_str())
            .bind(format!(" {} ", folded(&cue.text)))
            .execute(&mut *db)
            .await?;
    }
    Ok(())
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
