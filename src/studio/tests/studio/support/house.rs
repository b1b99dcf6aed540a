//! A studio of a test's own.

use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use config::access::{AccessError, Visibility};
use config::settings::{Settings, SignUp};
use config::tree::TitleName;
use serde_json::json;
use studio::Studio;
use studio::model::{AccountState, Micros, Role};
use studio::people::entry::sign_up::{self, Wanted};
use studio::ports::{Packager, Packaging, PortError, Ports, Signer};
use tempfile::TempDir;

use super::{Client, postgres};

/// The password of all accounts that [`House::member`] makes.
const PASSWORD: &str = "correct horse battery";
/// 2026-09-21, in microseconds.
const START: i64 = 1_790_000_000_000_000;

/// A studio with a clock that the test sets, and a packager that says what it is told to say.
pub(crate) struct House {
    pub(crate) studio: Studio,
    pub(crate) packager: Arc<Told>,
    now: Arc<AtomicI64>,
    folder: TempDir,
}

/// A packager that knows the states that it was told, and notes what is wished.
#[derive(Debug, Default)]
pub(crate) struct Told {
    pub(crate) states: Mutex<Vec<Packaging>>,
    pub(crate) wishes: Mutex<Vec<String>>,
    news: AtomicI64,
}

/// Signs by naming the title and the time.
struct Named;

impl House {
    pub(crate) async fn with_sqlite() -> Self {
        Self::new(String::new(), |_| ()).await
    }

    pub(crate) async fn with_postgres() -> Self {
        Self::new(postgres::database(), |_| ()).await
    }

    /// A studio whose settings `change` changes, on SQLite.
    pub(crate) async fn with(change: impl FnOnce(&mut config::settings::Studio)) -> Self {
        Self::new(String::new(), change).await
    }

    async fn new(database: String, change: impl FnOnce(&mut config::settings::Studio)) -> Self {
        let folder = TempDir::new().unwrap();
        let mut settings = Settings::default().studio;
        (settings.state, settings.database) = (folder.path().join("state"), database);
        settings.sign_up = SignUp::Open;
        change(&mut settings);
        let (now, packager) = (Arc::new(AtomicI64::new(START)), Arc::new(Told::default()));
        let clock = Arc::clone(&now);
        let ports = Ports {
            clock: Arc::new(move || Micros(clock.load(Ordering::Relaxed))),
            packager: Arc::clone(&packager) as Arc<dyn Packager>,
            signer: Arc::new(Named),
            ingest: folder.path().join("ingest"),
            library: folder.path().join("library"),
            visibility: Visibility::Public,
        };
        for folder in [&ports.ingest, &ports.library] {
            std::fs::create_dir_all(folder).unwrap();
        }
        Self { studio: Studio::open(&settings, ports).await.unwrap(), packager, now, folder }
    }

    /// Starts the studio anew, with settings that `change` changes.
    pub(crate) async fn restart(&mut self, change: impl FnOnce(&mut config::settings::Studio)) {
        let app = self.studio.app().clone();
        let mut settings = app.settings.clone();
        change(&mut settings);
        self.studio = Studio::open(&settings, app.ports.clone()).await.unwrap();
    }

    /// The folder of this studio's own: `state`, `ingest` and `library` lie in it.
    pub(crate) fn folder(&self) -> PathBuf {
        self.folder.path().into()
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, seconds: i64) {
        self.now.fetch_add(seconds * 1_000_000, Ordering::Relaxed);
    }

    /// A client that nobody knows.
    pub(crate) fn stranger(&self) -> Client {
        Client::new(self.studio.router())
    }

    /// A client that is signed in as `name`, an account with `role` that is made for it.
    pub(crate) async fn member(&self, name: &str, role: Role) -> Client {
        let wanted = Wanted { name: name.parse().unwrap(), email: None, password: PASSWORD.into() };
        sign_up::make(self.studio.app(), wanted, role, AccountState::Active).await.unwrap();
        self.signed_in(name).await
    }

    /// Another client that is signed in as `name`, whom [`Self::member`] made.
    pub(crate) async fn signed_in(&self, name: &str) -> Client {
        let mut client = self.stranger();
        let answer = client.post("/api/v1/session", &json!({ "name": name, "password": PASSWORD })).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        client
    }
}

impl Told {
    /// From now on the packager says this of its titles.
    pub(crate) fn say(&self, states: Vec<Packaging>) {
        *self.states.lock().unwrap() = states;
        self.news.fetch_add(1, Ordering::Relaxed);
    }
}

impl Packager for Told {
    fn news(&self) -> Result<i64, PortError> {
        Ok(self.news.load(Ordering::Relaxed))
    }

    fn titles(&self) -> Result<Vec<Packaging>, PortError> {
        Ok(self.states.lock().unwrap().clone())
    }

    fn takes(&self, ending: &str) -> bool {
        ["mp4", "mkv", "mp3"].contains(&ending)
    }

    fn retry(&self, title: &TitleName) -> Result<(), PortError> {
        self.wishes.lock().unwrap().push(format!("retry {title}"));
        Ok(())
    }

    fn remove(&self, title: &TitleName) -> Result<(), PortError> {
        self.wishes.lock().unwrap().push(format!("remove {title}"));
        Ok(())
    }
}

impl Signer for Named {
    fn sign(&self, title: &TitleName, expires: u64) -> Result<String, AccessError> {
        Ok(format!("{}.{expires}", title.as_str().replace('/', "-")))
    }
}
