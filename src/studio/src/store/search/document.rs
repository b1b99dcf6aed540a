//! The entry of a title in the index: its words, and tokens that say who may find it and what it is found by.

use std::collections::BTreeSet;

use config::access::Visibility;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _, query};

use super::counts::Kind;
use crate::model::{Id, folded};
use crate::store::Dialect;
use crate::store::error::{StoreError, parsed};

/// Most bytes of words in an entry of PostgreSQL, which takes a mebibyte with all that goes with them.
const BYTES: usize = 256 << 10;
/// Marks of words in an entry of PostgreSQL: those of names, and those of names, tags and people.
pub(super) const NAMED: &str = "N";
pub(super) const ABOUT: &str = "A";

/// The entry of a title. All texts are words between spaces.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub(super) name: String,
    pub(super) tags: String,
    pub(super) people: String,
    pub(super) description: String,
    pub(super) spoken: String,
    audience: String,
    facets: String,
    counted: BTreeSet<(Kind, String)>,
    created: i64,
}

impl Document {
    /// The tags and the category of a title that everybody may find; nothing of another.
    pub(super) fn counted(&self) -> BTreeSet<(Kind, String)> {
        self.counted.clone()
    }
}

/// A fact that titles are filtered by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Facet {
    /// A tag.
    Tag(String),
    /// A category.
    Category(String),
    /// A language.
    Language(String),
    /// An owner's id.
    Owner(Id),
    /// A state's name.
    State(&'static str),
}

impl Facet {
    /// Its token: letters and digits alone. It begins with a capital, which no word has.
    pub(super) fn token(&self) -> String {
        let of = |letter, text: &str| format!("X{letter}{}", blake3::hash(text.as_bytes()).to_hex());
        match self {
            Self::Tag(text) => of('t', text),
            Self::Category(text) => of('c', text),
            Self::Language(text) => of('l', text),
            Self::Owner(id) => format!("Xo{id}"),
            Self::State(name) => format!("Xs{name}"),
        }
    }
}

/// Tokens of who may find a title.
pub(super) const EVERYBODY: &str = "Xpublic";

/// The token of a title's owner.
pub(super) fn owner(id: &str) -> String {
    format!("Xown{id}")
}

/// The token of whom a title is shared with: an account or a group.
pub(super) fn shared(id: &str) -> String {
    format!("Xshared{id}")
}

/// The entry of the title `id` as its rows are; `None` when nobody may find it.
pub(super) async fn of(db: &mut AnyConnection, id: &Id) -> Result<Option<Document>, StoreError> {
    let sql = "SELECT t.name, t.description, t.category, t.language, t.visibility, t.state, t.published, t.owner, t.folded, \
               t.created, a.name AS owner_name, a.display, \
               (SELECT string_agg(g.tag, ',') FROM tags g WHERE g.title = t.id) AS tags, \
               (SELECT string_agg(s.account, ',') FROM shares s WHERE s.title = t.id) AS accounts, \
               (SELECT string_agg(s.team, ',') FROM group_shares s WHERE s.title = t.id) AS teams, \
               (SELECT string_agg(c.words, ' ') FROM cues c WHERE c.title = t.id) AS spoken \
               FROM titles t LEFT JOIN accounts a ON a.id = t.owner WHERE t.id = $1 AND t.deleted IS NULL";
    let Some(row) = query(sql).bind(id.as_str()).fetch_optional(&mut *db).await? else { return Ok(None) };
    let sorted = folded(row.try_get("name")?);
    if sorted != row.try_get::<&str, _>("folded")? {
        let sql = "UPDATE titles SET folded = $1 WHERE id = $2";
        query(sql).bind(sorted).bind(id.as_str()).execute(db).await?;
    }
    read(&row).map(Some)
}

fn read(row: &AnyRow) -> Result<Document, StoreError> {
    let text = |column| row.try_get::<Option<String>, _>(column).map(Option::unwrap_or_default);
    let (tags, own) = (text("tags")?, text("owner")?);
    let visibility: Visibility = parsed("titles.visibility", row.try_get("visibility")?)?;
    let mut audience = vec![owner(&own)];
    if row.try_get::<Option<i64>, _>("published")?.is_some() {
        match visibility {
            Visibility::Public => audience.push(EVERYBODY.into()),
            Visibility::Unlisted => {}
            Visibility::Restricted => {
                let with = [text("accounts")?, text("teams")?].join(",");
                audience.extend(with.split(',').filter(|id| !id.is_empty()).map(shared));
            }
        }
    }
    let mut facets = vec![Facet::Category(text("category")?), Facet::Language(text("language")?)];
    facets.extend(tags.split(',').map(|tag| Facet::Tag(tag.into())));
    let mut facets: Vec<String> = facets.iter().map(Facet::token).collect();
    facets.push(format!("Xo{own}"));
    facets.push(format!("Xs{}", text("state")?));
    let mut counted = BTreeSet::new();
    if audience.iter().any(|token| token == EVERYBODY) {
        counted.extend(tags.split(',').map(|tag| (Kind::Tag, tag.to_owned())));
        counted.insert((Kind::Category, text("category")?));
        counted.retain(|(_, name)| !name.is_empty());
    }
    Ok(Document {
        name: folded(&text("name")?),
        tags: folded(&tags),
        people: folded(&format!("{} {}", text("owner_name")?, text("display")?)),
        description: folded(&text("description")?),
        spoken: text("spoken")?,
        audience: audience.join(" "),
        facets: facets.join(" "),
        counted,
        created: row.try_get("created")?,
    })
}

/// Gives all titles that are due, and have no entry yet, the places of their entries: in the order in which they were made.
pub(super) async fn place(db: &mut AnyConnection, dialect: Dialect) -> Result<(), StoreError> {
    if dialect == Dialect::Sqlite {
        let sql = "INSERT OR IGNORE INTO search_rows (title) SELECT t.id FROM search_due d JOIN titles t ON t.id = d.title \
                   WHERE t.deleted IS NULL ORDER BY t.created, t.id";
        query(sql).execute(db).await?;
    }
    Ok(())
}

/// Puts in the entry of the title `id`, instead of the one that is there.
pub(super) async fn put(
    db: &mut AnyConnection,
    dialect: Dialect,
    id: &Id,
    document: &Document,
) -> Result<(), StoreError> {
    if dialect == Dialect::Postgres {
        let sql = "INSERT INTO search_index (title, created, document) VALUES ($1, $2, CAST(CAST($3 AS TEXT) AS tsvector)) \
                   ON CONFLICT (title) DO UPDATE SET document = excluded.document";
        query(sql).bind(id.as_str()).bind(document.created).bind(vector(document)).execute(db).await?;
        return Ok(());
    }
    let sql = "UPDATE search_rows SET words = $1 WHERE title = $2";
    query(sql).bind(flat(document)).bind(id.as_str()).execute(&mut *db).await?;
    let sql = "INSERT OR REPLACE INTO search_index (rowid, name, tags, people, description, spoken, audience, facets) \
               SELECT number, $2, $3, $4, $5, $6, $7, $8 FROM search_rows WHERE title = $1";
    query(sql)
        .bind(id.as_str())
        .bind(document.name.as_str())
        .bind(document.tags.as_str())
        .bind(document.people.as_str())
        .bind(document.description.as_str())
        .bind(document.spoken.as_str())
        .bind(document.audience.as_str())
        .bind(document.facets.as_str())
        .execute(db)
        .await?;
    Ok(())
}

/// Takes out the entry of the title `id`.
pub(super) async fn remove(db: &mut AnyConnection, dialect: Dialect, id: &Id) -> Result<(), StoreError> {
    if dialect == Dialect::Postgres {
        query("DELETE FROM search_index WHERE title = $1").bind(id.as_str()).execute(db).await?;
        return Ok(());
    }
    let sql = "DELETE FROM search_index WHERE rowid = (SELECT number FROM search_rows WHERE title = $1)";
    query(sql).bind(id.as_str()).execute(&mut *db).await?;
    query("DELETE FROM search_rows WHERE title = $1").bind(id.as_str()).execute(db).await?;
    Ok(())
}

/// Each word and each token of the entry once, between spaces.
fn flat(document: &Document) -> String {
    let mut words: BTreeSet<&str> = vocabulary(document).collect();
    words.extend(tokens(document));
    let words: Vec<&str> = words.into_iter().collect();
    format!(" {} ", words.join(" "))
}

/// The entry as PostgreSQL reads a tsvector, without places.
fn vector(document: &Document) -> String {
    let marked = |mark: &'static str, texts: &'static [fn(&Document) -> &String]| {
        let words = texts.iter().flat_map(|text| text(document).split_ascii_whitespace());
        words.map(move |word| format!("'{mark}{word}'"))
    };
    let mut lexemes: BTreeSet<String> = tokens(document).map(|token| format!("'{token}'")).collect();
    lexemes.extend(marked(NAMED, &[|document| &document.name]));
    lexemes.extend(marked(ABOUT, &[|document| &document.name, |document| &document.tags, |document| &document.people]));
    let mut bytes = 0;
    for word in vocabulary(document) {
        if bytes > BYTES {
            break;
        }
        bytes += if lexemes.insert(format!("'{word}'")) { word.len() } else { 0 };
    }
    lexemes.into_iter().collect::<Vec<_>>().join(" ")
}

/// Tokens that say who may find it, and what it is found by.
fn tokens(document: &Document) -> impl Iterator<Item = &str> {
    [&document.audience, &document.facets].into_iter().flat_map(|text| text.split_ascii_whitespace())
}

/// All words of the entry that people may mistype.
pub(super) fn vocabulary(document: &Document) -> impl Iterator<Item = &str> {
    let texts = [&document.name, &document.tags, &document.people, &document.description, &document.spoken];
    texts.into_iter().flat_map(|text| text.split_ascii_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::words;

    #[test]
    fn an_entry_has_each_word_once_and_those_of_the_name_with_marks() {
        let document = Document {
            name: "a film".into(),
            description: "a b".into(),
            audience: EVERYBODY.into(),
            ..Document::default()
        };
        assert_eq!(vector(&document), "'Aa' 'Afilm' 'Na' 'Nfilm' 'Xpublic' 'a' 'b' 'film'");
        assert_eq!(flat(&document), " Xpublic a b film ");
        let long = Document { spoken: (0..100_000).map(|n| format!("w{n} ")).collect(), ..Document::default() };
        // Each takes its letters, and 4 bytes for where they lie.
        let bytes: usize = vector(&long).split(' ').map(|word| word.len() + 4).sum();
        assert!(bytes < 1 << 20, "{bytes}");
    }

    #[test]
    fn tokens_are_words_that_nobody_types() {
        let id = Id::random().unwrap();
        for token in [
            Facet::Tag("c++ & c#".into()).token(),
            Facet::Owner(id.clone()).token(),
            Facet::State("failed").token(),
            owner(id.as_str()),
            shared(id.as_str()),
        ] {
            assert_eq!(words(&token).join(" ").len(), token.len().min(40), "one word: {token}");
        }
    }
}
