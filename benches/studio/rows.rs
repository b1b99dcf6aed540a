//! The rows of the table: what is asked for, drawn as people would ask.

use fastrand::Rng;

use crate::data::{Data, Made};
use crate::expected::{Expected, Sort, Wanted};
use crate::words::mistyped;

/// Words that are on every second page.
const COMMON: usize = 20;
/// Shortest word that somebody searches for, letters.
const SHORTEST: usize = 4;
/// Shortest word with a typing error.
const LONG: usize = 7;

/// One request, and the right answer.
pub(crate) struct Question {
    pub(crate) path: String,
    pub(crate) is_annas: bool,
    /// Pages that are turned before.
    pub(crate) turned: usize,
    pub(crate) expected: Expected,
}

/// Draws the question of a row.
type Row = (&'static str, fn(&Draw<'_>, &mut Rng) -> Question);

/// All rows.
pub(crate) const ROWS: [Row; 33] = [
    ("search: a word", |draw, random| list(wanted(&[draw.word(random)]))),
    ("search: as one types", |draw, random| {
        let word = draw.word(random);
        list(wanted(&[&word[..random.usize(2..=word.len().min(6))]]))
    }),
    ("search: two words", |draw, random| {
        let title = draw.listed(random);
        let words: Vec<&str> = title.name.split(' ').collect();
        list(wanted(&[words[0], words[1]]))
    }),
    ("search: a common word", |draw, random| list(wanted(&[draw.common(random)]))),
    ("search: a typing error", |draw, random| {
        let word = mistyped(draw.long_word(random), random);
        Question { expected: Expected::Something, ..list(wanted(&[&word])) }
    }),
    ("search: what is said", |draw, random| {
        let title = draw.until(random, |title| !title.cues.is_empty());
        list(wanted(&[longest(&title.cues[random.usize(..title.cues.len())])]))
    }),
    ("search: with a tag", |draw, random| {
        let title = draw.until(random, |title| !title.tags.is_empty());
        list(Wanted { tag: Some(title.tags[0].clone()), ..wanted(&[longest(&title.name)]) })
    }),
    ("search: with category, language", |draw, random| list(draw.filtered(random))),
    ("search: signed in", |draw, random| annas(list(wanted(&[draw.word(random)])))),
    ("search: common, signed in", |draw, random| annas(list(wanted(&[draw.common(random)])))),
    ("search: a word, newest", |draw, random| list(sorted(wanted(&[draw.word(random)]), Sort::Newest))),
    ("search: a word, watched", |draw, random| list(sorted(wanted(&[draw.word(random)]), Sort::Watched))),
    ("search: a word, by name", |draw, random| list(sorted(wanted(&[draw.word(random)]), Sort::Name))),
    ("search: common, newest", |draw, random| list(sorted(wanted(&[draw.common(random)]), Sort::Newest))),
    ("search: common, watched", |draw, random| list(sorted(wanted(&[draw.common(random)]), Sort::Watched))),
    ("search: common, by name", |draw, random| list(sorted(wanted(&[draw.common(random)]), Sort::Name))),
    ("search: watched, third page", |draw, random| Question {
        turned: 2,
        ..list(sorted(wanted(&[draw.word(random)]), Sort::Watched))
    }),
    ("search: its page", |draw, random| {
        let title = draw.listed(random);
        page(format!("/search?q={}", title.name.replace(' ', "+")), format!("/watch/{}", title.id))
    }),
    ("list: newest", |_, _| list(Wanted::default())),
    ("list: newest, fifth page", |_, _| Question { turned: 4, ..list(Wanted::default()) }),
    ("list: most watched", |_, _| list(sorted(Wanted::default(), Sort::Watched))),
    ("list: by name", |_, _| list(sorted(Wanted::default(), Sort::Name))),
    ("list: a category", |draw, random| {
        list(Wanted { category: Some(draw.listed(random).category.clone()), ..Wanted::default() })
    }),
    ("list: a tag, most watched", |draw, random| list(sorted(draw.tagged(random), Sort::Watched))),
    ("list: signed in", |_, _| annas(list(Wanted::default()))),
    ("list: own, most watched", |_, _| {
        annas(list(sorted(Wanted { owner: Some(0), ..Wanted::default() }, Sort::Watched)))
    }),
    ("page: home", |draw, _| {
        let newest = draw.data.titles.iter().rev().find(|title| title.is_listed()).expect("a title");
        page("/".into(), format!("/watch/{}", newest.id))
    }),
    ("page: watch", |draw, random| {
        let title = draw.listed(random);
        page(format!("/watch/{}", title.id), title.name.clone())
    }),
    ("page: a tag", |draw, random| {
        let tag = draw.tagged(random).tag.expect("a tag");
        page(format!("/tags/{tag}"), tag)
    }),
    ("page: a person", |draw, random| {
        let owner = &draw.data.accounts[draw.listed(random).owner];
        page(format!("/@{}", owner.name), owner.display.clone())
    }),
    ("page: own titles", |draw, _| {
        let own = draw.data.titles.iter().rev().find(|title| title.owner == 0).expect("a title of Anna's");
        annas(page("/titles".into(), own.name.clone()))
    }),
    ("page: playlists", |draw, _| {
        let own = draw.data.playlists.iter().find(|playlist| playlist.owner == 0).expect("a playlist of Anna's");
        annas(page("/playlists".into(), own.name.clone()))
    }),
    ("page: a playlist", |draw, random| {
        let playlist = &draw.data.playlists[random.usize(..draw.data.playlists.len())];
        page(format!("/playlists/{}", playlist.id), playlist.name.clone())
    }),
];

/// The data that questions are drawn from.
pub(crate) struct Draw<'a> {
    pub(crate) data: &'a Data,
}

impl Draw<'_> {
    /// A title that everybody finds.
    fn listed(&self, random: &mut Rng) -> &Made {
        self.until(random, |_| true)
    }

    /// One of those for which `is_it`.
    fn until(&self, random: &mut Rng, is_it: impl Fn(&Made) -> bool) -> &Made {
        let titles = &self.data.titles;
        loop {
            let title = &titles[random.usize(..titles.len())];
            if title.is_listed() && is_it(title) {
                return title;
            }
        }
    }

    /// A word of a title's name.
    fn word(&self, random: &mut Rng) -> &str {
        let has_word = |title: &Made| title.name.split(' ').any(|word| word.len() >= SHORTEST);
        let words: Vec<&str> =
            self.until(random, has_word).name.split(' ').filter(|word| word.len() >= SHORTEST).collect();
        words[random.usize(..words.len())]
    }

    fn long_word(&self, random: &mut Rng) -> &str {
        longest(&self.until(random, |title| longest(&title.name).len() >= LONG).name)
    }

    fn common(&self, random: &mut Rng) -> &str {
        self.data.words.common(COMMON, random)
    }

    fn tagged(&self, random: &mut Rng) -> Wanted {
        let title = self.until(random, |title| !title.tags.is_empty());
        Wanted { tag: Some(title.tags[random.usize(..title.tags.len())].clone()), ..Wanted::default() }
    }

    /// A word with the category and the language of a title that has it.
    fn filtered(&self, random: &mut Rng) -> Wanted {
        let title = self.listed(random);
        let words = vec![longest(&title.description).to_owned()];
        Wanted { words, category: Some(title.category.clone()), language: Some(title.language), ..Wanted::default() }
    }
}

fn wanted(words: &[&str]) -> Wanted {
    Wanted { words: words.iter().map(|word| (*word).to_owned()).collect(), ..Wanted::default() }
}

fn sorted(wanted: Wanted, sort: Sort) -> Wanted {
    Wanted { sort, ..wanted }
}

fn list(wanted: Wanted) -> Question {
    Question { path: wanted.path(), is_annas: false, turned: 0, expected: Expected::Titles(wanted) }
}

fn page(path: String, text: String) -> Question {
    Question { path, is_annas: false, turned: 0, expected: Expected::Text(text) }
}

fn annas(question: Question) -> Question {
    Question { is_annas: true, ..question }
}

fn longest(text: &str) -> &str {
    text.split(' ').max_by_key(|word| word.len()).unwrap_or_default()
}
