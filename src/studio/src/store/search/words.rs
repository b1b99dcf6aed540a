//! The words of all titles, and those among them that are near to a word with typing errors.

use std::collections::{BTreeSet, HashSet};

use sqlx::{AnyConnection, Row as _, query};

use super::document::{Document, vocabulary};
use crate::store::Dialect;
use crate::store::error::StoreError;
use crate::store::sql::Sql;

/// Shortest word that is taken for another, letters. Among shorter ones nearly all are near to each other.
const SHORTEST: usize = 4;
/// Letters from which on a word may have two errors.
const LONG: usize = 8;
/// Words that are compared letter by letter: those with most in common.
const CANDIDATES: i64 = 50;
/// Near words that are searched for.
const NEAR: usize = 6;

/// Words that are known to be in the table, while many titles are entered.
#[derive(Debug, Default)]
pub(super) struct Known(HashSet<String>);

/// Puts the words of a title into the vocabulary.
pub(super) async fn learn(db: &mut AnyConnection, document: &Document, known: &mut Known) -> Result<(), StoreError> {
    let words: BTreeSet<&str> = vocabulary(document).filter(|word| may_be_meant(word)).collect();
    for word in words {
        if !known.0.insert(word.into()) {
            continue;
        }
        let sql = "INSERT INTO search_words (word) VALUES ($1) ON CONFLICT (word) DO NOTHING";
        if query(sql).bind(word).execute(&mut *db).await?.rows_affected() == 0 {
            continue;
        }
        for gram in grams(word) {
            let sql = "INSERT INTO search_grams (gram, length, word) VALUES ($1, $2, $3)";
            query(sql).bind(gram).bind(length(word)).bind(word).execute(&mut *db).await?;
        }
    }
    Ok(())
}

/// Words that may be meant by `word`, the nearest first.
///
/// # Errors
/// When the database refuses.
pub async fn near(db: &mut AnyConnection, word: &str) -> Result<Vec<String>, StoreError> {
    if !may_be_meant(word) {
        return Ok(Vec::new());
    }
    let errors = errors(word);
    let reach = i64::try_from(errors).unwrap_or(0);
    let grams = grams(word);
    let mut sql = Sql::default();
    sql.push("SELECT word FROM search_grams WHERE gram IN ").list(grams.iter().map(String::as_str));
    sql.push(" AND length >= ").number(length(word) - reach).push(" AND length <= ").number(length(word) + reach);
    sql.push(" GROUP BY word ORDER BY COUNT(*) DESC, word LIMIT ").number(CANDIDATES);
    let mut found = Vec::new();
    for row in sql.fetch_all(db).await? {
        let candidate: String = row.try_get("word")?;
        let distance = strsim::osa_distance(word, &candidate);
        if (1..=errors).contains(&distance) {
            found.push((distance, candidate));
        }
    }
    found.sort();
    Ok(found.into_iter().take(NEAR).map(|(_, word)| word).collect())
}

/// Forgets words that no title has any more.
///
/// # Errors
/// When the database refuses.
pub async fn forget(db: &mut AnyConnection, dialect: Dialect) -> Result<(), StoreError> {
    let sql = match dialect {
        Dialect::Sqlite => "DELETE FROM search_words WHERE word NOT IN (SELECT term FROM search_vocabulary)",
        Dialect::Postgres => {
            "DELETE FROM search_words WHERE word NOT IN (SELECT word FROM ts_stat('SELECT document FROM search_index'))"
        }
    };
    query(sql).execute(db).await?;
    Ok(())
}

fn may_be_meant(word: &str) -> bool {
    word.len() >= SHORTEST && !word.bytes().all(|byte| byte.is_ascii_digit())
}

/// Errors that a word may have: letters that are wrong, missing, too many, or changed places with the next.
const fn errors(word: &str) -> usize {
    if word.len() < LONG { 1 } else { 2 }
}

fn length(word: &str) -> i64 {
    i64::try_from(word.len()).unwrap_or(i64::MAX)
}

/// Each three neighbours of ` word `. Words are ASCII.
fn grams(word: &str) -> BTreeSet<String> {
    let padded: Vec<char> = [' '].into_iter().chain(word.chars()).chain([' ']).collect();
    padded.windows(3).map(|gram| gram.iter().collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_something_in_common_with_their_errors() {
        assert_eq!(grams("film").into_iter().collect::<Vec<_>>(), [" fi", "fil", "ilm", "lm "]);
        for (word, meant) in
            [("wandrelust", "wanderlust"), ("moutain", "mountain"), ("fiml", "film"), ("ozean", "ocean")]
        {
            assert!(!grams(word).is_disjoint(&grams(meant)), "{word}");
            assert!(strsim::osa_distance(word, meant) <= errors(word), "{word}");
        }
        assert!(!may_be_meant("sun") && !may_be_meant("1984"));
    }
}
