//! Titles as uploads leave them.

use config::access::{self, Change, Record, Visibility};
use config::tree::TitleName;
use studio::model::{AccountName, Id, Micros, TitleState};
use studio::store::people::accounts;
use studio::store::titles::tags;
use studio::store::titles::{self, Title, Words};

use super::House;

impl House {
    /// A published title of `owner`.
    pub(crate) async fn title(&self, owner: &str, name: &str, visibility: Visibility) -> String {
        self.title_in(owner, name, visibility, TitleState::Published).await
    }

    /// A title of `owner` in a state.
    pub(crate) async fn title_in(&self, owner: &str, name: &str, visibility: Visibility, state: TitleState) -> String {
        let app = self.studio.app();
        let mut db = app.store.write().await.unwrap();
        let owner = AccountName::parse_any(owner).unwrap();
        let owner = accounts::by_name(&mut db, &owner).await.unwrap().map(|account| account.id);
        let id = Id::random().unwrap();
        let title = TitleName::parse(&format!("uploads/{id}")).unwrap();
        let change = Change { visibility: Some(visibility), revoke: false };
        access::change(&app.ports.library, &title, Visibility::Restricted, change, 0).unwrap();
        let title = Title {
            id: id.clone(),
            title,
            owner,
            words: Words { name: name.into(), ..Words::default() },
            visibility,
            downloadable: false,
            state,
            reason: String::new(),
            duration: Some(12_500),
            source: format!("uploads/{id}.mp4"),
            source_hash: String::new(),
            bytes: 1000,
            views: 0,
            poster: "0123/poster.jpg".into(),
            created: app.now(),
            published: (state == TitleState::Published).then(|| app.now()),
            deleted: None,
            version: 1,
            heard: String::new(),
        };
        titles::insert(&mut db, &title).await.unwrap();
        db.commit().await.unwrap();
        // Each is newer than the one before.
        self.pass(1);
        id.to_string()
    }

    /// Gives a title tags.
    pub(crate) async fn tag(&self, id: &str, names: &[&str]) {
        let mut db = self.studio.app().store.write().await.unwrap();
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        tags::set(&mut db, &id.parse().unwrap(), &names).await.unwrap();
        db.commit().await.unwrap();
    }

    /// The origin's record of a title.
    pub(crate) fn record(&self, id: &str) -> Record {
        let title = TitleName::parse(&format!("uploads/{id}")).unwrap();
        access::record(&self.studio.app().ports.library, &title).unwrap().unwrap()
    }

    /// The current time.
    pub(crate) fn now(&self) -> Micros {
        self.studio.app().now()
    }
}
