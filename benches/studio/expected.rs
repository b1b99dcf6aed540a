//! The right answers, found by looking at each title.

use std::cmp::Reverse;

use serde_json::Value;

use crate::data::{Data, Made};

/// Titles up to which each answer is compared with all that should be in it.
const FEW: usize = 2000;
/// Titles of a page.
pub(crate) const SIZE: usize = 25;

/// The right answer to a question.
pub(crate) enum Expected {
    /// These titles.
    Titles(Wanted),
    /// At least one title.
    Something,
    /// A page on which this text stands.
    Text(String),
}

/// The titles that are asked for.
#[derive(Default)]
pub(crate) struct Wanted {
    pub(crate) words: Vec<String>,
    pub(crate) tag: Option<String>,
    pub(crate) category: Option<String>,
    pub(crate) language: Option<&'static str>,
    pub(crate) owner: Option<usize>,
    pub(crate) sort: Sort,
}

/// Their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Sort {
    /// The best match first; without words, the newest.
    #[default]
    Best,
    Newest,
    Watched,
    Name,
}

/// The place of a title in an order.
type Key<'a> = (usize, Reverse<i64>, &'a str, Reverse<&'a str>);

impl Expected {
    /// Panics unless `answer` to the question at `path` is right: the titles from the page after `turned` ones on.
    pub(crate) fn check(&self, data: &Data, is_annas: bool, turned: usize, path: &str, answer: &[u8]) {
        match self {
            Self::Text(text) => assert!(String::from_utf8_lossy(answer).contains(text), "no '{text}': {path}"),
            Self::Something => assert!(!ids(answer).is_empty(), "nothing: {path}"),
            Self::Titles(wanted) => wanted.check(data, is_annas.then_some(0), turned, path, &ids(answer)),
        }
    }
}

impl Wanted {
    /// The path that asks for them.
    pub(crate) fn path(&self) -> String {
        let mut parts: Vec<(&str, String)> = vec![("q", self.words.join(" "))];
        parts.extend(self.tag.clone().map(|tag| ("tag", tag)));
        parts.extend(self.category.clone().map(|category| ("category", category)));
        parts.extend(self.language.map(|language| ("language", language.to_owned())));
        parts.extend(self.owner.map(|_| ("owner", "anna".to_owned())));
        let sort = match self.sort {
            Sort::Best => "relevance",
            Sort::Newest => "newest",
            Sort::Watched => "watched",
            Sort::Name => "name",
        };
        parts.push(("sort", sort.into()));
        parts.retain(|(_, value)| !value.is_empty());
        let query: Vec<String> =
            parts.iter().map(|(name, value)| format!("{name}={}", value.replace(' ', "+"))).collect();
        format!("/api/v1/titles?{}", query.join("&"))
    }

    fn check(&self, data: &Data, account: Option<usize>, turned: usize, path: &str, ids: &[String]) {
        if data.titles.len() <= FEW {
            let mut right: Vec<&Made> = data.titles.iter().filter(|title| self.fits(data, account, title)).collect();
            right.sort_by_key(|title| self.key(data, title));
            let right: Vec<&str> = right.iter().skip(turned * SIZE).take(SIZE).map(|title| title.id.as_str()).collect();
            assert_eq!(ids, right, "{path}");
            return;
        }
        assert!(!ids.is_empty() || turned > 0, "nothing: {path}");
        let found: Vec<&Made> = ids.iter().map(|id| data.title(id)).collect();
        for title in &found {
            assert!(self.fits(data, account, title), "'{}' is not what was asked for: {path}", title.name);
        }
        assert!(found.is_sorted_by_key(|title| self.key(data, title)), "in no order: {path}");
    }

    fn fits(&self, data: &Data, account: Option<usize>, title: &Made) -> bool {
        data.finds(account, title)
            && self.tag.as_ref().is_none_or(|tag| title.tags.contains(tag))
            && self.category.as_ref().is_none_or(|category| title.category == *category)
            && self.language.is_none_or(|language| title.language == language)
            && self.owner.is_none_or(|owner| title.owner == owner)
            && self.words.iter().all(|word| {
                let texts = [&title.name, &title.description].into_iter().chain(&title.cues);
                begins(texts, word) || begins(&title.about(data), word)
            })
    }

    fn key<'a>(&self, data: &Data, title: &'a Made) -> Key<'a> {
        let (created, id) = (Reverse(title.created.0), title.id.as_str());
        match self.sort {
            Sort::Best => (self.level(data, title), created, "", Reverse(id)),
            Sort::Newest => (0, created, "", Reverse(id)),
            Sort::Watched => (0, Reverse(title.views), "", Reverse(id)),
            // By the name and then by the id, both from the beginning.
            Sort::Name => (0, Reverse(0), title.sorted.as_str(), Reverse("")),
        }
    }

    /// How well it matches: by whole words of its name, by what is said about it, or by anything.
    fn level(&self, data: &Data, title: &Made) -> usize {
        let about = title.about(data);
        let is_named = |word: &String| title.name.split(' ').any(|own| own == word);
        let is_about = |word: &String| begins([&title.name], word) || begins(&about, word);
        match &self.words {
            words if words.iter().all(is_named) => 0,
            words if words.iter().all(is_about) => 1,
            _ => 2,
        }
    }
}

/// True if a word of `texts` begins with `word`.
fn begins<'a>(texts: impl IntoIterator<Item = &'a String>, word: &str) -> bool {
    texts.into_iter().any(|text| text.split(' ').any(|own| own.starts_with(word)))
}

fn ids(answer: &[u8]) -> Vec<String> {
    let page: Value = serde_json::from_slice(answer).expect("JSON");
    let items = page["items"].as_array().expect("a list");
    items.iter().map(|item| item["id"].as_str().expect("an id").to_owned()).collect()
}
