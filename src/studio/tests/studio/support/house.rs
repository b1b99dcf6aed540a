//! A studio of a test's own.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use config::access::{AccessError, Visibility};
use config::settings::{Settings, SignUp};
use config::tree::TitleName;
use serde_json::json;
use studio::Studio;
use studio::model::{AccountState, Micros, Role};
use studio::people::entry::sign_up::{self, Wanted};
use studio::ports::{Packager, Packaging, PortError, Ports, Report, Signer};
use tempfile::TempDir;

use super::{Client, postgres};

/// The password of all accounts that [`House::member`] makes.
const PASSWORD: &str = "correct horse battery";
/// 2026-09-21, in microseconds.
const START: i64 = 1_790_000_000_000_000;

/// The smallest picture: one black pixel, as PNG.
pub(crate) const PIXEL: &[u8] = &[
    0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, b'I', b'H', b'D', b'R', 0, 0, 0, 1, 0, 0, 0, 1, 8, 0,
    0, 0, 0, 0x3a, 0x7e, 0x9b, 0x55, 0, 0, 0, 10, b'I', b'D', b'A', b'T', 0x78, 0x9c, 0x63, 0x60, 0, 0, 0, 2, 0, 1,
    0x48, 0xaf, 0xa4, 0x71, 0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xae, 0x42, 0x60, 0x82,
];

/// A studio with a clock that the test sets, and a packager that says what it is told to say.
pub(crate) struct House {
    pub(crate) studio: Studio,
    pub(crate) packager: Arc<Told>,
    now: Arc<AtomicI64>,
    broken: Arc<AtomicBool>,
    folder: TempDir,
}

/// A packager that knows the states that it was told, and notes what is wished.
#[derive(Debug, Default)]
pub(crate) struct Told {
    pub(crate) states: Mutex<Vec<Packaging>>,
    pub(crate) wishes: Mutex<Vec<String>>,
    /// The report of each title's proof.
    pub(crate) report: Mutex<Option<Report>>,
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
        let (clock, broken) = (Arc::clone(&now), Arc::new(AtomicBool::new(false)));
        let is_broken = Arc::clone(&broken);
        let ports = Ports {
            clock: Arc::new(move || {
                assert!(!is_broken.load(Ordering::Relaxed), "the clock broke");
                Micros(clock.load(Ordering::Relaxed))
            }),
            packager: Arc::clone(&packager) as Arc<dyn Packager>,
            signer: Arc::new(Named),
            ingest: folder.path().join("ingest"),
            library: folder.path().join("library"),
            visibility: Visibility::Public,
            // There is no origin.
            in_force: Duration::ZERO,
        };
        for folder in [&ports.ingest, &ports.library] {
            std::fs::create_dir_all(folder).unwrap();
        }
        Self { studio: Studio::open(&settings, ports).await.unwrap(), packager, now, broken, folder }
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

    /// Whoever asks for the time panics from now on, or does no longer.
    pub(crate) fn panics(&self, broken: bool) {
        self.broken.store(broken, Ordering::Relaxed);
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
    /// From now on a report is kept of each title.
    pub(crate) fn keep_report(&self) {
        let report = serde_json::from_value(json!({
            "looked": { "manifests": 4, "tracks": 3, "segments": 12, "media_bytes": 345_678 },
            "rules": [
                { "id": "hls-bandwidth-understated", "clause": "R §4.4", "severity": "MUST", "meaning": "it fits", "broken": 0 },
                { "id": "hls-target-duration", "clause": "R §4.3", "severity": "SHOULD", "meaning": "it is even", "broken": 1 },
            ],
            "findings": [{
                "rule": "hls-target-duration",
                "message": "6 s, not 4 s",
                "place": { "file": "R1/video/a/index.m3u8", "line": 4 },
            }],
        }));
        *self.report.lock().unwrap() = Some(report.unwrap());
    }

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

    fn language(&self, tag: &str) -> Option<String> {
        match tag {
            "zz" => None,
            "eng" => Some("en".into()),
            tag => Some(tag.into()),
        }
    }

    /// As far as the tests have any.
    fn sidecars(&self, source: &Path) -> Vec<PathBuf> {
        let endings = ["jpg", "toml", "en.vtt", "fr.m4a"].map(|ending| source.with_extension(ending));
        endings.into_iter().filter(|path| path.is_file()).collect()
    }

    fn retry(&self, title: &TitleName) -> Result<(), PortError> {
        self.wishes.lock().unwrap().push(format!("retry {title}"));
        Ok(())
    }

    /// A pixel of the first minute of each.
    fn still(&self, _: &TitleName, at: i64) -> Result<Option<Vec<u8>>, PortError> {
        Ok((at < 60_000).then(|| PIXEL.into()))
    }

    fn report(&self, _: &TitleName) -> Result<Option<Report>, PortError> {
        Ok(self.report.lock().unwrap().clone())
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
