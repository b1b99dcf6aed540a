//! Opening the studio, and its router.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use config::settings::Studio as Settings;
use config::tree::TitleName;
use tokio::sync::Semaphore;
use utoipa::openapi::OpenApi;

use crate::api;
use crate::http::caller::guard;
use crate::http::caller::signed_in::over;
use crate::http::limits::Limits;
use crate::http::limits::counted;
use crate::http::problem::Problem;
use crate::http::{App, Parts, headers, idempotency, panics};
use crate::meters::Meters;
use crate::model::TitleState;
use crate::people::entry::welcome;
use crate::people::mail::{self, Post};
use crate::people::oidc::Directory;
use crate::people::{Passwords, departure};
use crate::ports::{Clock, Ports};
use crate::search;
use crate::store::vault::Vault;
use crate::store::{
    Place, Store, StoreError, answers,
    people::{invitations, outbox, sessions},
};
use crate::titles::progress::live::Live;
use crate::titles::progress::streams::Streams;
use crate::uploads::turns::Turns;
use crate::{feeds, pages, titles, uploads};

/// Most bytes of a request's body, but of uploads.
const BODY: usize = 64 << 10;
/// Pictures that are made anew at once.
const PICTURES: usize = 2;
/// Time between two rounds of tidying up.
const ROUND: Duration = Duration::from_secs(60);
/// Time between two rounds of what takes longer.
const LONG_ROUND: Duration = Duration::from_secs(3600);

/// The studio, ready to be asked.
#[derive(Debug, Clone)]
pub struct Studio {
    app: App,
}

/// The studio can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum StudioError {
    /// Its database can't be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The system gives no random bytes.
    #[error("{0}")]
    Random(String),
    /// The program failed; the log has more.
    #[error("{0}")]
    Failed(String),
}

impl Studio {
    /// Opens it, and brings its data up to date.
    ///
    /// # Errors
    /// When the data can't be used.
    pub async fn open(settings: &Settings, ports: Ports) -> Result<Self, StudioError> {
        let store = Store::open(&Place::of(&settings.state, &settings.database)).await?;
        let passwords = Passwords::new().map_err(|error| StudioError::Random(error.to_string()))?;
        let limits = Limits::new(Clock::clone(&ports.clock));
        let parts = Parts {
            settings: settings.clone(),
            store,
            ports,
            passwords,
            post: Post::new(&settings.mail).map_err(StudioError::Failed)?,
            vault: Vault::open(&settings.state)?,
            providers: Directory::default(),
            limits,
            meters: Meters::new().map_err(|error| StudioError::Failed(error.to_string()))?,
            state: settings.state.clone(),
            uploads: Turns::default(),
            live: Live::default(),
            streams: Streams::default(),
            pictures: Arc::new(Semaphore::new(PICTURES)),
        };
        Ok(Self { app: App::new(parts) })
    }

    /// What handlers work with.
    #[must_use]
    pub const fn app(&self) -> &App {
        &self.app
    }

    /// The path of a link that makes the administrator, where there is none yet. Each call ends the link before it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn first_link(&self) -> Result<Option<String>, StudioError> {
        welcome::link(&self.app).await.map_err(|problem| StudioError::Failed(problem.detail))
    }

    /// Answers all requests below its paths.
    pub fn router(&self) -> Router {
        let (api, _) = api::routes();
        Router::new()
            .nest("/api/v1", api.layer(from_fn_with_state(self.app.clone(), idempotency::once)))
            .merge(pages::routes())
            .merge(feeds::routes())
            .fallback(async || Problem::not_found())
            .layer(DefaultBodyLimit::max(BODY))
            .layer(from_fn(guard::same_origin))
            .layer(from_fn_with_state(self.app.clone(), counted::told))
            .layer(from_fn(panics::caught))
            .layer(from_fn_with_state(self.app.clone(), pages::as_page))
            .layer(from_fn(panics::caught))
            .layer(from_fn(headers::complete))
            .with_state(self.app.clone())
    }

    /// The description of the API.
    #[must_use]
    pub fn document() -> OpenApi {
        api::routes().1
    }

    /// Does what is to be done without being asked, for as long as it is polled.
    pub async fn run(&self) {
        tokio::join!(self.rounds(), titles::progress::sync::run(&self.app), self.long_rounds(), mail::run(&self.app));
    }

    /// Sends all mails that are due.
    ///
    /// # Errors
    /// When the database refuses. What the mail server refuses is tried again later.
    pub async fn deliver(&self) -> Result<(), StudioError> {
        mail::deliver(&self.app).await.map_err(|problem| StudioError::Failed(problem.detail))
    }

    /// Takes in what the packager in this process does with a title: at once, where its notes come later.
    pub fn heard(&self, title: &TitleName, state: TitleState, progress: Option<(u64, u64)>) {
        self.app.live.heard(title, state, progress, self.app.now());
    }

    /// Completes what was cut off, and tidies up.
    async fn rounds(&self) {
        let mut rounds = tokio::time::interval(ROUND);
        loop {
            rounds.tick().await;
            self.app.limits.sweep();
            if let Err(error) = self.tidy().await {
                tracing::warn!("{error}");
            }
            let app = &self.app;
            told(uploads::hand_over::all(app).await);
            told(uploads::tidy::expire(app).await);
        }
    }

    /// What takes longer, and has time.
    async fn long_rounds(&self) {
        let mut rounds = tokio::time::interval(LONG_ROUND);
        loop {
            rounds.tick().await;
            told(uploads::tidy::sweep(&self.app).await);
            told(titles::progress::sync::give(&self.app).await.map_err(Problem::from));
            told(titles::space::reconcile(&self.app).await);
        }
    }

    /// Tidies up once: sessions that are over, changes that a crash left half done, what was deleted a week ago.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn tidy(&self) -> Result<(), StoreError> {
        let (began, seen) = over(self.app.now());
        let mut db = self.app.store.write().await?;
        sessions::sweep(&mut db, began, seen).await?;
        answers::sweep(&mut db, idempotency::over(self.app.now())).await?;
        outbox::sweep_links(&mut db, self.app.now()).await?;
        invitations::sweep(&mut db, self.app.now()).await?;
        db.commit().await?;
        titles::sharing::access::repair(&self.app).await?;
        titles::remove::purge(&self.app).await?;
        departure::end(&self.app).await?;
        search::tidy(&self.app).await
    }
}

/// What can't be done now is said, and done in another round.
fn told(done: Result<(), Problem>) {
    if let Err(problem) = done {
        tracing::warn!("{problem}");
    }
}
