//! Accounts and titles as a studio of some years has them. They follow from a seed: both databases have the same.

use std::collections::HashMap;

use config::access::Visibility;
use fastrand::Rng;
use studio::model::{Id, Micros, TitleState};

use crate::words::Vocabulary;

const SEED: u64 = 20;
/// 2026-09-21, in microseconds.
const START: i64 = 1_790_000_000_000_000;
/// Between two titles.
const PACE: i64 = 300_000_000;
const WORDS: usize = 40_000;
const TAGS: usize = 400;
const CATEGORIES: usize = 15;
const LANGUAGES: [&str; 6] = ["en", "de", "fr", "es", "pt-BR", "ja"];
/// Members of a group.
const MEMBERS: usize = 12;
/// The one title of so many that has subtitles, and how many cues those have.
const SPOKEN: usize = 10;
const CUES: usize = 20;
/// The one title of so many that is Anna's.
const ANNAS: usize = 20;

/// All that is put into the databases.
pub(crate) struct Data {
    pub(crate) words: Vocabulary,
    /// Anna's comes first; she can sign in.
    pub(crate) accounts: Vec<Account>,
    pub(crate) groups: Vec<Group>,
    pub(crate) titles: Vec<Made>,
    pub(crate) playlists: Vec<Playlist>,
    /// Numbers of titles.
    by_id: HashMap<String, usize>,
}

pub(crate) struct Account {
    pub(crate) id: Id,
    pub(crate) name: String,
    pub(crate) display: String,
}

pub(crate) struct Group {
    pub(crate) id: Id,
    /// Numbers of accounts, as all of these are.
    pub(crate) owner: usize,
    pub(crate) members: Vec<usize>,
}

pub(crate) struct Playlist {
    pub(crate) id: Id,
    pub(crate) owner: usize,
    pub(crate) name: String,
    pub(crate) titles: Vec<usize>,
}

/// A title, oldest first in their list.
pub(crate) struct Made {
    pub(crate) id: Id,
    pub(crate) owner: usize,
    pub(crate) name: String,
    /// The name and the id, for sorting.
    pub(crate) sorted: String,
    pub(crate) description: String,
    pub(crate) tags: Vec<String>,
    pub(crate) category: String,
    pub(crate) language: &'static str,
    pub(crate) visibility: Visibility,
    pub(crate) state: TitleState,
    /// Numbers of accounts, and of groups, that it is shared with.
    pub(crate) shares: Vec<usize>,
    pub(crate) teams: Vec<usize>,
    pub(crate) cues: Vec<String>,
    pub(crate) views: i64,
    pub(crate) created: Micros,
}

impl Data {
    /// So many titles, of a tenth as many people.
    pub(crate) fn new(titles: usize) -> Self {
        let mut random = Rng::with_seed(SEED);
        let random = &mut random;
        let words = Vocabulary::new(WORDS, random);
        let account = |number: usize, random: &mut Rng| Account {
            id: id(random),
            name: if number == 0 { "anna".into() } else { format!("person{number}") },
            display: words.text(2, random),
        };
        let accounts: Vec<Account> = (0..(titles / 10).max(10)).map(|number| account(number, random)).collect();
        let all = accounts.len();
        let group = |random: &mut Rng| Group {
            id: id(random),
            owner: random.usize(..all),
            members: (0..MEMBERS).map(|_| random.usize(..all.min(2000))).collect(),
        };
        let groups: Vec<Group> = (0..(all / 10).max(5)).map(|_| group(random)).collect();
        let tags = Vocabulary::new(TAGS, random);
        let titles: Vec<Made> =
            (0..titles).map(|number| Made::new(number, all, groups.len(), &words, &tags, random)).collect();
        let playlist = |number: usize, random: &mut Rng| Playlist {
            id: id(random),
            owner: if number.is_multiple_of(100) { 0 } else { random.usize(..all) },
            name: words.text(3, random),
            titles: (0..random.usize(1..60)).map(|_| random.usize(..titles.len())).collect(),
        };
        let playlists = (0..all / 2).map(|number| playlist(number, random)).collect();
        let by_id = (0..).zip(&titles).map(|(number, title)| (title.id.to_string(), number)).collect();
        Self { words, accounts, groups, titles, playlists, by_id }
    }

    /// The title with this id.
    pub(crate) fn title(&self, id: &str) -> &Made {
        &self.titles[self.by_id[id]]
    }

    /// True if the account sees a title in lists: it is public, its own, or shared with it.
    pub(crate) fn finds(&self, account: Option<usize>, title: &Made) -> bool {
        let Some(account) = account else { return title.is_listed() };
        let is_member = |team: &usize| self.groups[*team].members.contains(&account);
        let is_shared = title.shares.contains(&account) || title.teams.iter().any(is_member);
        title.owner == account
            || title.is_listed()
            || (title.is_published() && title.visibility == Visibility::Restricted && is_shared)
    }
}

impl Made {
    fn new(
        number: usize,
        accounts: usize,
        groups: usize,
        words: &Vocabulary,
        tags: &Vocabulary,
        random: &mut Rng,
    ) -> Self {
        let visibility = match random.usize(..100) {
            0..84 => Visibility::Public,
            84..90 => Visibility::Unlisted,
            _ => Visibility::Restricted,
        };
        let is_shared = visibility == Visibility::Restricted;
        let (named, teams) = if is_shared { (random.usize(..4), random.usize(..2)) } else { (0, 0) };
        let mut own: Vec<String> = (0..random.usize(..6)).map(|_| tags.draw(random).to_owned()).collect();
        own.sort();
        own.dedup();
        let (id, name) = (id(random), words.text(random.usize(2..7), random));
        Self {
            sorted: format!("{name}\0{id}"),
            id,
            // Some people have many, and most have few.
            owner: match number % ANNAS {
                0 => 0,
                _ => (random.f64().powi(3) * accounts as f64) as usize,
            },
            name,
            description: words.text(random.usize(5..80), random),
            tags: own,
            category: format!("category {}", random.usize(..CATEGORIES)),
            language: LANGUAGES[(random.f64().powi(2) * LANGUAGES.len() as f64) as usize],
            visibility,
            state: match random.usize(..100) {
                0 => TitleState::Failed,
                1 => TitleState::Waiting,
                _ => TitleState::Published,
            },
            shares: (0..named).map(|_| random.usize(..accounts)).collect(),
            teams: (0..teams).map(|_| random.usize(..groups)).collect(),
            cues: match number % SPOKEN {
                3 => (0..CUES).map(|_| words.text(random.usize(4..10), random)).collect(),
                _ => Vec::new(),
            },
            // A few are watched by everybody, most by nobody.
            views: ((1.0 / random.f64().max(1e-6)).powf(1.2) - 1.0) as i64,
            created: Micros(START + number as i64 * PACE),
        }
    }

    /// What is said about it but for its name: tags, and its owner's names.
    pub(crate) fn about(&self, data: &Data) -> Vec<String> {
        let owner = &data.accounts[self.owner];
        self.tags.iter().chain([&owner.name, &owner.display]).cloned().collect()
    }

    /// True once there is something to watch.
    pub(crate) fn is_published(&self) -> bool {
        self.state == TitleState::Published
    }

    /// True if everybody finds it.
    pub(crate) fn is_listed(&self) -> bool {
        self.is_published() && self.visibility == Visibility::Public
    }
}

fn id(random: &mut Rng) -> Id {
    let digits = b"0123456789abcdefghjkmnpqrstvwxyz";
    let text: String = (0..16).map(|_| char::from(digits[random.usize(..digits.len())])).collect();
    text.parse().expect("an id")
}
