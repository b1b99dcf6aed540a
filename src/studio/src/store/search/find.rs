//! Asking the index.

use sqlx::{AnyConnection, Row as _};

use super::document::{self, EVERYBODY, Facet};
use crate::model::Id;
use crate::store::Dialect;
use crate::store::error::{StoreError, parsed};
use crate::store::sql::Sql;

/// Matches that are soon sorted.
const FEW: i64 = 2000;

/// The titles that are looked for.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// All of these have to be there, of which there is at least one, each by one of its words; words consist of `a-z 0-9` alone.
    pub terms: Vec<Term>,
    /// All of these have to be true.
    pub facets: Vec<Facet>,
    /// Who asks.
    pub audience: Audience,
}

/// Words of which one has to be there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Term {
    /// Whole words.
    pub words: Vec<String>,
    /// The beginning of a word.
    pub prefix: Option<String>,
}

/// The titles that who asks may find.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Audience {
    /// Those that everybody may find.
    #[default]
    Everybody,
    /// Those, one's own, and those shared with oneself or one's groups.
    Account(Id, Vec<Id>),
    /// Those shared with oneself or one's groups.
    Shared(Id, Vec<Id>),
    /// All there are.
    All,
}

/// The order of what is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Of what matches this well, the newest first. All matches are those of [`Match::ALL`], one after the other: none needs
    /// all the others to be looked at first, as ranks would.
    Best(Match),
    /// Newest first.
    Newest,
    /// Most watched first.
    Watched,
    /// By name.
    Name,
}

/// How well a title matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Match {
    /// The name has all of the words.
    Name,
    /// Name, tags and people have all of the words or their beginnings, but the name not all of the words.
    About,
    /// All that there is to read and to hear has them.
    Anywhere,
}

impl Match {
    /// All of them, the best first.
    pub const ALL: [Self; 3] = [Self::Name, Self::About, Self::Anywhere];

    /// The next better one.
    const fn better(self) -> Option<Self> {
        match self {
            Self::Name => None,
            Self::About => Some(Self::Name),
            Self::Anywhere => Some(Self::About),
        }
    }
}

/// Ids of at most `limit` titles after the first `skip`.
///
/// # Errors
/// When the database refuses.
pub async fn find(
    db: &mut AnyConnection,
    dialect: Dialect,
    question: &Question,
    order: Order,
    skip: i64,
    limit: i64,
) -> Result<Vec<Id>, StoreError> {
    let mut sql = match dialect {
        Dialect::Sqlite => in_sqlite(question, order),
        Dialect::Postgres => {
            let asked = asked(question, order);
            let is_broad = is_broad(db, &asked).await?;
            in_postgres(&asked, order, is_broad)
        }
    };
    sql.push(" LIMIT ").number(limit).push(" OFFSET ").number(skip);
    let rows = sql.fetch_all(db).await?;
    rows.iter().map(|row| parsed("search_index.title", row.try_get("title")?)).collect()
}

fn in_sqlite(question: &Question, order: Order) -> Sql {
    let mut sql = Sql::default();
    sql.push("SELECT r.title AS title FROM search_index s JOIN search_rows r ON r.number = s.rowid ");
    if matches!(order, Order::Watched | Order::Name) {
        sql.push("JOIN titles t ON t.id = r.title ");
    }
    sql.push("WHERE search_index MATCH ").text(&matched(question, order));
    sql.push(match order {
        Order::Best(_) | Order::Newest => " ORDER BY s.rowid DESC",
        Order::Watched => " ORDER BY t.views DESC, t.id DESC",
        Order::Name => " ORDER BY t.folded, t.id",
    });
    sql
}

/// True if more titles match than are soon sorted.
async fn is_broad(db: &mut AnyConnection, asked: &str) -> Result<bool, StoreError> {
    let mut sql = Sql::default();
    sql.push("SELECT COUNT(*) AS count FROM (SELECT 1 FROM search_index WHERE document @@ CAST(CAST(").text(asked);
    sql.push(" AS TEXT) AS tsquery) LIMIT ").number(FEW + 1).push(") AS found");
    let rows = sql.fetch_all(db).await?;
    let count: i64 = rows.first().map_or(Ok(0), |row| row.try_get("count"))?;
    Ok(count > FEW)
}

/// Of few matches all are found by their words, and sorted: `OFFSET 0` keeps the planner from walking all titles in their
/// order until it has met enough of them, which is right for many matches alone. It can't know how many there are.
fn in_postgres(asked: &str, order: Order, is_broad: bool) -> Sql {
    let mut sql = Sql::default();
    sql.push("SELECT s.title AS title FROM (SELECT title, created FROM search_index WHERE document @@ CAST(CAST(");
    sql.text(asked).push(" AS TEXT) AS tsquery)").push(if is_broad { ") s " } else { " OFFSET 0) s " });
    if matches!(order, Order::Watched | Order::Name) {
        sql.push("JOIN titles t ON t.id = s.title ");
    }
    sql.push(match order {
        Order::Best(_) | Order::Newest => "ORDER BY s.created DESC, s.title DESC",
        Order::Watched => "ORDER BY t.views DESC, t.id DESC",
        Order::Name => "ORDER BY t.folded, t.id",
    });
    sql
}

/// The matches that are asked for, and those that are left out.
fn matches_of(order: Order) -> (Match, Option<Match>) {
    match order {
        Order::Best(matching) => (matching, matching.better()),
        _ => (Match::Anywhere, None),
    }
}

/// The question as FTS5 reads it. Each word is quoted; there is nothing but letters and digits in them.
fn matched(question: &Question, order: Order) -> String {
    let quoted = |word: &String| format!("\"{word}\"");
    let terms = |matching: Match| {
        let term = |term: &Term| {
            let prefix = term.prefix.iter().filter(|_| matching > Match::Name).map(|prefix| format!("\"{prefix}\" *"));
            let parts: Vec<String> = term.words.iter().map(quoted).chain(prefix).collect();
            format!("({})", parts.join(" OR "))
        };
        let columns = match matching {
            Match::Name => "name",
            Match::About => "name tags people",
            Match::Anywhere => "name tags people description spoken",
        };
        format!("({{{columns}}} : ({}))", question.terms.iter().map(term).collect::<Vec<_>>().join(" AND "))
    };
    let (wanted, better) = matches_of(order);
    let mut parts = vec![match better {
        Some(better) => format!("({} NOT {})", terms(wanted), terms(better)),
        None => terms(wanted),
    }];
    if let Some(tokens) = tokens(&question.audience) {
        let tokens: Vec<String> = tokens.iter().map(quoted).collect();
        parts.push(format!("audience : ({})", tokens.join(" OR ")));
    }
    parts.extend(question.facets.iter().map(|facet| format!("facets : \"{}\"", facet.token())));
    parts.join(" AND ")
}

/// The question as PostgreSQL reads a tsquery.
fn asked(question: &Question, order: Order) -> String {
    let quoted = |word: &String| format!("'{word}'");
    let terms = |matching: Match| {
        let weights = match matching {
            Match::Name => "A",
            Match::About => "AB",
            Match::Anywhere => "ABC",
        };
        let term = |term: &Term| {
            let prefix = term.prefix.iter().filter(|_| matching > Match::Name);
            let prefix = prefix.map(|prefix| format!("'{prefix}':*{weights}"));
            let words = term.words.iter().map(|word| format!("'{word}':{weights}"));
            format!("({})", words.chain(prefix).collect::<Vec<_>>().join(" | "))
        };
        format!("({})", question.terms.iter().map(term).collect::<Vec<_>>().join(" & "))
    };
    let (wanted, better) = matches_of(order);
    let mut parts = vec![terms(wanted)];
    parts.extend(better.map(|better| format!("!{}", terms(better))));
    if let Some(tokens) = tokens(&question.audience) {
        parts.push(format!("({})", tokens.iter().map(quoted).collect::<Vec<_>>().join(" | ")));
    }
    parts.extend(question.facets.iter().map(|facet| quoted(&facet.token())));
    parts.join(" & ")
}

/// Tokens of which a title has one that who asks may find; `None` for all titles.
fn tokens(audience: &Audience) -> Option<Vec<String>> {
    let with = |own: &Id, groups: &[Id]| -> Vec<String> {
        [own].into_iter().chain(groups).map(|id| document::shared(id.as_str())).collect()
    };
    match audience {
        Audience::All => None,
        Audience::Everybody => Some(vec![EVERYBODY.into()]),
        Audience::Shared(own, groups) => Some(with(own, groups)),
        Audience::Account(own, groups) => {
            let mut tokens = with(own, groups);
            tokens.extend([EVERYBODY.into(), document::owner(own.as_str())]);
            Some(tokens)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_put_to_each_database_in_its_own_words() {
        let term = |words: &[&str], prefix: Option<&str>| Term {
            words: words.iter().map(|word| (*word).to_owned()).collect(),
            prefix: prefix.map(String::from),
        };
        let question = Question {
            terms: vec![term(&["near"], None), term(&["su", "so"], Some("su"))],
            facets: vec![Facet::State("failed")],
            audience: Audience::Everybody,
        };
        assert_eq!(
            matched(&question, Order::Best(Match::About)),
            "(({name tags people} : ((\"near\") AND (\"su\" OR \"so\" OR \"su\" *))) NOT \
             ({name} : ((\"near\") AND (\"su\" OR \"so\")))) AND audience : (\"xpublic\") AND facets : \"xsfailed\""
        );
        assert_eq!(
            asked(&question, Order::Best(Match::About)),
            "(('near':AB) & ('su':AB | 'so':AB | 'su':*AB)) & !(('near':A) & ('su':A | 'so':A)) & ('xpublic') & \
             'xsfailed'"
        );
        assert_eq!(
            asked(&question, Order::Newest),
            "(('near':ABC) & ('su':ABC | 'so':ABC | 'su':*ABC)) & ('xpublic') & 'xsfailed'"
        );
    }
}
