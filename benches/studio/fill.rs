//! Puts the data into a database by the studio's own store, so that its index of the search is made as always.

use std::collections::BTreeMap;

use config::tree::TitleName;
use studio::model::{AccountState, Cue, Micros, Role};
use studio::people::Passwords;
use studio::store::people::{accounts, groups};
use studio::store::search::cues;
use studio::store::titles::{self, Title, Words, shares, tags};
use studio::store::{Place, Store, Write, playlists};

use crate::data::{Account, Data, Group, Made, Playlist};

/// Rows of a transaction.
const AT_ONCE: usize = 1000;
/// The revision of each title.
const REVISION: &str = "R0123456789abcdef";
/// Between two cues, milliseconds.
const PACE: i64 = 7000;

/// Puts all of it in. Everybody has the same password.
pub(crate) async fn fill(place: &Place, data: &Data, password: &str) {
    let store = Store::open(place).await.expect("a store");
    let hash = Passwords::new().expect("random bytes").hash(password.into()).await.expect("a hash");
    in_parts(&store, &data.accounts, async |db, account| put_account(db, account, &hash).await).await;
    in_parts(&store, &data.groups, async |db, group| put_group(db, data, group).await).await;
    in_parts(&store, &data.titles, async |db, made| put_title(db, data, made).await).await;
    in_parts(&store, &data.playlists, async |db, playlist| put_playlist(db, data, playlist).await).await;
    store.close().await;
}

async fn in_parts<T>(store: &Store, all: &[T], put: impl AsyncFn(&mut Write, &T)) {
    for part in all.chunks(AT_ONCE) {
        let mut db = store.write().await.expect("a transaction");
        for one in part {
            put(&mut db, one).await;
        }
        db.commit().await.expect("a commit");
    }
}

async fn put_account(db: &mut Write, account: &Account, hash: &str) {
    let row = accounts::Account {
        id: account.id.clone(),
        name: account.name.parse().expect("a name"),
        display: account.display.clone(),
        email: None,
        role: Role::Creator,
        state: AccountState::Active,
        quota: None,
        used: 0,
        reserved: 0,
        language: String::new(),
        created: Micros::default(),
    };
    accounts::insert(db, &row, Some(hash)).await.expect("an account");
}

async fn put_group(db: &mut Write, data: &Data, group: &Group) {
    let row = groups::Group {
        id: group.id.clone(),
        owner: data.accounts[group.owner].id.clone(),
        name: "Friends".into(),
        members: Vec::new(),
        created: Micros::default(),
    };
    groups::insert(db, &row).await.expect("a group");
    let members: Vec<_> = group.members.iter().map(|member| data.accounts[*member].id.clone()).collect();
    groups::set_members(db, &group.id, &members).await.expect("members");
}

async fn put_title(db: &mut Write, data: &Data, made: &Made) {
    let row = Title {
        id: made.id.clone(),
        title: TitleName::parse(&format!("uploads/{}", made.id)).expect("a name"),
        owner: Some(data.accounts[made.owner].id.clone()),
        words: Words {
            name: made.name.clone(),
            description: made.description.clone(),
            category: made.category.clone(),
            language: made.language.into(),
            licence: String::new(),
        },
        visibility: made.visibility,
        downloadable: false,
        state: made.state,
        reason: String::new(),
        duration: Some(754_000),
        source: format!("uploads/{}.mp4", made.id),
        source_hash: String::new(),
        bytes: 1 << 28,
        views: made.views,
        poster: format!("{REVISION}/poster.jpg"),
        created: made.created,
        published: made.is_published().then_some(made.created),
        deleted: None,
        version: 1,
        heard: REVISION.into(),
    };
    titles::insert(db, &row).await.expect("a title");
    tags::set(db, &made.id, &made.tags).await.expect("tags");
    let named: Vec<_> = made.shares.iter().map(|account| data.accounts[*account].id.clone()).collect();
    shares::set(db, &made.id, &named).await.expect("shares");
    let teams: Vec<_> = made.teams.iter().map(|team| data.groups[*team].id.clone()).collect();
    shares::set_groups(db, &made.id, &teams).await.expect("shares");
    if !made.cues.is_empty() {
        let said = (0..).zip(&made.cues).map(|(at, text)| Cue { start: at * PACE, text: text.clone() });
        let spoken = BTreeMap::from([(made.language.to_owned(), said.collect())]);
        cues::replace(db, &made.id, REVISION, &spoken).await.expect("cues");
    }
}

async fn put_playlist(db: &mut Write, data: &Data, playlist: &Playlist) {
    let owner = &data.accounts[playlist.owner];
    let row = playlists::Playlist {
        id: playlist.id.clone(),
        owner: owner.id.clone(),
        owner_name: owner.name.parse().expect("a name"),
        kind: playlists::Kind::List,
        name: playlist.name.clone(),
        description: String::new(),
        visibility: config::access::Visibility::Public,
        created: Micros::default(),
        version: 1,
    };
    playlists::insert(db, &row).await.expect("a playlist");
    let mut items: Vec<_> = playlist.titles.iter().map(|title| data.titles[*title].id.clone()).collect();
    items.sort();
    items.dedup();
    playlists::set_items(db, &playlist.id, &items).await.expect("items");
}
