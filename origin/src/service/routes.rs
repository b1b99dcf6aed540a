//! Answers by route: files of the library, the list of titles, pages, health.

use std::sync::Arc;
use std::time::Instant;

use config::tree::{Object, TITLE_JSON, TitleName, TreePath};
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use http::{Request, StatusCode};

use super::answers::Answer;
use super::state::{FILE_TIMEOUT, Service};
use crate::delivery::blocks::Outlet;
use crate::delivery::body::Content;
use crate::delivery::entry::Entry;
use crate::delivery::source::Source;
use crate::http::cache_status::Found;
use crate::http::lifetime::Lifetime;
use crate::http::route::{Route, route};
use crate::library::error::StoreError;
use crate::library::now;

impl Service {
    /// The answer at `path` for those who may see it.
    pub(super) async fn open<B>(&self, request: &Request<B>, path: &str, outlet: &Outlet) -> Answer {
        let hot = |below| self.cache.hot(below, outlet.kernel_sends);
        if let Some(entry) = path.strip_prefix("/vod/").and_then(hot) {
            return self.entry(request, &entry, Some(Found::Hot)).await;
        }
        match route(path) {
            Route::Tree(below, tree) => self.file(request, &below, &tree).await,
            Route::Titles => self.entry(request, &self.listing.load_full(), None).await,
            Route::Title(name) => self.title(request, name).await,
            Route::Watch(title, path) => self.watch(request, title, &path).await,
            Route::Page(path) => self.page(request, &path).await,
            Route::Steering => match &self.steering {
                Some(steering) => self.json(steering.document(request.uri().query())),
                None => self.failure(StatusCode::NOT_FOUND),
            },
            Route::Health => self.text(StatusCode::OK, Lifetime::Never, "ok\n"),
            Route::Ready => {
                let (status, text) = self.readiness();
                self.text(status, Lifetime::Never, text)
            }
            Route::Nowhere => self.failure(StatusCode::NOT_FOUND),
        }
    }

    /// The answer at `path` if its title did not exist: that to a path that can't exist, since no title's name has
    /// a `~`.
    pub(super) async fn nothing(&self, path: &str) -> Answer {
        let (below, tree) = match route(path) {
            Route::Tree(below, tree) => (below.into_owned(), tree),
            Route::Title(name) | Route::Watch(name, _) => description(name),
            _ => return self.failure(StatusCode::NOT_FOUND),
        };
        match self.get(&format!("~/{below}"), &tree).await {
            Ok(_) => self.failure(StatusCode::NOT_FOUND),
            Err(answer) => answer,
        }
    }

    async fn page<B>(&self, request: &Request<B>, path: &str) -> Answer {
        match self.pages.get(path, &self.policy) {
            Some(page) => self.entry(request, &page, None).await,
            None => self.failure(StatusCode::NOT_FOUND),
        }
    }

    /// The player's page of `title`, if there is such a title.
    async fn watch<B>(&self, request: &Request<B>, title: TitleName, path: &str) -> Answer {
        let (below, tree) = description(title);
        match self.get(&below, &tree).await {
            Ok(_) => self.page(request, path).await,
            Err(answer) => answer,
        }
    }

    /// The player's page as a 404: it tells people that there is no such title. `None` where `path` has no page.
    pub(super) fn no_title(&self, path: &str) -> Option<Answer> {
        let Route::Watch(_, path) = route(path) else { return None };
        let page = self.pages.get(&path, &self.policy)?;
        let Source::Memory(bytes) = &page.uncoded().source else { return None };
        let mut answer = self.failure(StatusCode::NOT_FOUND);
        let headers = answer.response.headers_mut();
        for name in [CONTENT_TYPE, CONTENT_SECURITY_POLICY] {
            if let Some(value) = page.uncoded().headers().get(&name) {
                headers.insert(name, value.clone());
            }
        }
        *answer.response.body_mut() = Content::bytes(bytes.clone());
        Some(answer)
    }

    async fn title<B>(&self, request: &Request<B>, title: TitleName) -> Answer {
        let (below, tree) = description(title);
        self.file(request, &below, &tree).await
    }

    async fn file<B>(&self, request: &Request<B>, below: &str, tree: &TreePath) -> Answer {
        match self.get(below, tree).await {
            Ok((entry, found)) => self.entry(request, &entry, Some(found)).await,
            Err(answer) => answer,
        }
    }

    /// The file at `below`.
    ///
    /// # Errors
    /// The answer, when it can't be had.
    async fn get(&self, below: &str, tree: &TreePath) -> Result<(Arc<Entry>, Found), Answer> {
        // A small file may be in memory, too: what is there needs no place to wait, and no disk.
        if let Some(entry) = self.cache.current_at_once(below) {
            return Ok((entry, Found::Hot));
        }
        let hung = || Arc::new(StoreError::Away("its file system does not answer".to_owned()));
        // Work for threads that all hang would stay in memory, long after whoever asked has left.
        if !self.store.is_there(Instant::now()) {
            return Err(self.unavailable(below, &hung()));
        }
        // Shed before latency collapses: a queue that no disk can work off helps nobody in it.
        let Ok(_place) = self.waiting.try_acquire() else {
            self.metrics.shed.inc();
            return Err(self.overloaded());
        };
        let got = tokio::time::timeout(FILE_TIMEOUT, self.cache.get(below, tree, now())).await;
        got.unwrap_or_else(|_| Err(hung())).map_err(|error| self.unavailable(below, &error))
    }

    /// The answer for a file that can't be had; the log says more.
    fn unavailable(&self, below: &str, error: &StoreError) -> Answer {
        match error {
            StoreError::Missing => self.failure(StatusCode::NOT_FOUND),
            StoreError::Exhausted(_) => {
                tracing::error!("{below}: {error}");
                self.overloaded()
            }
            // The store itself says once that the library is away.
            StoreError::Away(_) => {
                tracing::debug!("{below}: {error}");
                self.text(StatusCode::SERVICE_UNAVAILABLE, Lifetime::Overload, "the library can't be read\n")
            }
            StoreError::Changed { .. } | StoreError::Io(_) => {
                tracing::error!("{below}: {error}");
                self.failure(StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    }

    pub(super) fn overloaded(&self) -> Answer {
        self.text(StatusCode::SERVICE_UNAVAILABLE, Lifetime::Overload, "overloaded\n")
    }
}

/// The path of the description of `title`.
fn description(title: TitleName) -> (String, TreePath) {
    let below = format!("{title}/{TITLE_JSON}");
    (below, TreePath { title, revision: None, object: Object::TitleJson })
}
