//! Questions, as each database reads them.

use super::document::{self, EVERYBODY, Facet};
use crate::model::Id;
use crate::store::sql::Sql;

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

/// The matches that are asked for, and those that are left out.
fn matches_of(order: Order) -> (Match, Option<Match>) {
    match order {
        Order::Best(matching) => (matching, matching.better()),
        _ => (Match::Anywhere, None),
    }
}

impl Question {
    /// The question as FTS5 reads it. Each word is quoted; there is nothing but letters and digits in them.
    pub(super) fn to_fts(&self, order: Order) -> String {
        let quoted = |word: &String| format!("\"{word}\"");
        let terms = |matching: Match| {
            let term = |term: &Term| {
                let prefix = term.prefix.iter().filter(|_| matching > Match::Name);
                let prefix = prefix.map(|prefix| format!("\"{prefix}\" *"));
                let parts: Vec<String> = term.words.iter().map(quoted).chain(prefix).collect();
                format!("({})", parts.join(" OR "))
            };
            let columns = match matching {
                Match::Name => "name",
                Match::About => "name tags people",
                Match::Anywhere => "name tags people description spoken",
            };
            format!("({{{columns}}} : ({}))", self.terms.iter().map(term).collect::<Vec<_>>().join(" AND "))
        };
        let (wanted, better) = matches_of(order);
        let mut parts = vec![match better {
            Some(better) => format!("({} NOT {})", terms(wanted), terms(better)),
            None => terms(wanted),
        }];
        if let Some(tokens) = tokens(&self.audience) {
            let tokens: Vec<String> = tokens.iter().map(quoted).collect();
            parts.push(format!("audience : ({})", tokens.join(" OR ")));
        }
        parts.extend(self.facets.iter().map(|facet| format!("facets : \"{}\"", facet.token())));
        parts.join(" AND ")
    }

    /// The question as PostgreSQL reads a tsquery. Words of names are there a second and a third time, with marks: an index
    /// that is asked for weights has to look at each title again.
    pub(super) fn to_tsquery(&self, order: Order) -> String {
        let quoted = |word: &String| format!("'{word}'");
        let terms = |matching: Match| {
            let mark = match matching {
                Match::Name => document::NAMED,
                Match::About => document::ABOUT,
                Match::Anywhere => "",
            };
            let term = |term: &Term| {
                let prefix = term.prefix.iter().filter(|_| matching > Match::Name);
                let prefix = prefix.map(|prefix| format!("'{mark}{prefix}':*"));
                let words = term.words.iter().map(|word| format!("'{mark}{word}'"));
                format!("({})", words.chain(prefix).collect::<Vec<_>>().join(" | "))
            };
            format!("({})", self.terms.iter().map(term).collect::<Vec<_>>().join(" & "))
        };
        let (wanted, better) = matches_of(order);
        let mut parts = vec![terms(wanted)];
        parts.extend(better.map(|better| format!("!{}", terms(better))));
        if let Some(tokens) = tokens(&self.audience) {
            parts.push(format!("({})", tokens.iter().map(quoted).collect::<Vec<_>>().join(" | ")));
        }
        parts.extend(self.facets.iter().map(|facet| quoted(&facet.token())));
        parts.join(" & ")
    }

    /// Adds the question, with all matches, as conditions on the column `words`, which has all words between spaces.
    pub(super) fn to_conditions(&self, sql: &mut Sql) {
        let whole = |word: &String| format!(" {word} ");
        let mut between = "(";
        for term in &self.terms {
            let parts = term.words.iter().map(whole).chain(term.prefix.iter().map(|prefix| format!(" {prefix}")));
            sql.push(between);
            has_one(sql, parts);
            between = " AND ";
        }
        if let Some(tokens) = tokens(&self.audience) {
            sql.push(" AND ");
            has_one(sql, tokens.iter().map(whole));
        }
        for facet in &self.facets {
            sql.push(" AND ");
            has_one(sql, [whole(&facet.token())]);
        }
        sql.push(")");
    }
}

/// Adds the condition that one of `parts` is in `words`.
fn has_one(sql: &mut Sql, parts: impl IntoIterator<Item = String>) {
    let mut between = "(";
    for part in parts {
        sql.push(between).push("instr(words, ").text(&part).push(") > 0");
        between = " OR ";
    }
    sql.push(")");
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
            question.to_fts(Order::Best(Match::About)),
            "(({name tags people} : ((\"near\") AND (\"su\" OR \"so\" OR \"su\" *))) NOT \
             ({name} : ((\"near\") AND (\"su\" OR \"so\")))) AND audience : (\"Xpublic\") AND facets : \"Xsfailed\""
        );
        assert_eq!(
            question.to_tsquery(Order::Best(Match::About)),
            "(('Anear') & ('Asu' | 'Aso' | 'Asu':*)) & !(('Nnear') & ('Nsu' | 'Nso')) & ('Xpublic') & 'Xsfailed'"
        );
        assert_eq!(
            question.to_tsquery(Order::Newest),
            "(('near') & ('su' | 'so' | 'su':*)) & ('Xpublic') & 'Xsfailed'"
        );
    }
}
