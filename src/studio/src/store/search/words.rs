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

/// Most words that are learned of a title, its own before those that are said in it: nobody else writes meanwhile. Words
/// beyond them are found as they are, but not by their errors.
const WORDS: usize = 20_000;
/// Rows that are put in at a time. SQLite looks for each parameter among those before it: more rows take longer.
const ROWS: usize = 300;

/// Words that are known to be in the table, while many titles are entered.
#[derive(Debug, Default)]
pub(super) struct Known(HashSet<String>);

/// Puts the words of a title into the vocabulary.
pub(super) async fn learn(db: &mut AnyConnection, document: &Document, known: &mut Known) -> Result<(), StoreError> {
    let mut words = BTreeSet::new();
    for word in vocabulary(document).filter(|word| may_be_meant(word)) {
        words.insert(word);
        if words.len() == WORDS {
            break;
        }
    }
    let unknown: Vec<&str> = words.into_iter().filter(|word| known.0.insert((*word).into())).collect();
    for words in unknown.chunks(ROWS) {
        let new = insert(db, words).await?;
        let grams: Vec<(String, &str)> =
            new.iter().flat_map(|word| grams(word).into_iter().map(move |gram| (gram, word.as_str()))).collect();
        for grams in grams.chunks(ROWS) {
            insert_grams(db, grams).await?;
        }
    }
    Ok(())
}

/// Puts in `words`, of which there is at least one. Returns those that were not there.
async fn insert(db: &mut AnyConnection, words: &[&str]) -> Result<Vec<String>, StoreError> {
    let mut sql = Sql::default();
    let mut between = "INSERT INTO search_words (word) VALUES (";
    for word in words {
        sql.push(between).text(word);
        between = "), (";
    }
    sql.push(") ON CONFLICT (word) DO NOTHING RETURNING word");
    sql.fetch_all(db).await?.iter().map(|row| Ok(row.try_get("word")?)).collect()
}

async fn insert_grams(db: &mut AnyConnection, grams: &[(String, &str)]) -> Result<(), StoreError> {
    let mut sql = Sql::default();
    let mut between = "INSERT INTO search_grams (gram, length, word) VALUES (";
    for (gram, word) in grams {
        sql.push(between).text(gram).push(", ").number(length(word)).push(", ").text(word);
        between = "), (";
    }
    sql.push(")");
    sql.fetch_all(db).await.map(drop)
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
