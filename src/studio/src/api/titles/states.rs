//! What becomes of a title: its states as they come, and another try.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{FromRequestParts as _, Path, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use config::caller::Caller;
use futures_util::stream::{self, Stream};
use http::{Extensions, HeaderMap, Request, StatusCode};
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use crate::http::App;
use crate::http::caller::signed_in::SignedIn;
use crate::http::problem::Problem;
use crate::model::{Id, Scope};
use crate::titles::progress::live::Status;
use crate::titles::progress::{states, streams};

/// The time between two looks at whether the account may still see this.
const CHECK: Duration = Duration::from_secs(60);
/// Events of a title come no closer than this.
const PACE: Duration = Duration::from_millis(250);
/// The id of an event that no other follows.
const LAST: &str = "last";

/// A stream of a title's states.
struct Watching {
    app: App,
    id: Id,
    changes: watch::Receiver<u64>,
    told: Option<Status>,
    shown: Shown,
    check: Instant,
    is_over: bool,
    _open: streams::Open,
}

/// What the client showed to be let in.
struct Shown {
    headers: HeaderMap,
    caller: Option<Caller>,
}

/// The states of a title as server-sent events, up to the final one: data `{state, reason, done, total, seconds_left}`, as
/// far as each is known.
#[utoipa::path(get, path = "/titles/{id}/events", params(("id" = Id, Path)), responses(
    (status = OK, body = Status, content_type = "text/event-stream"),
    (status = NO_CONTENT, description = "nothing more happens, and the client has seen that"),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
    (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
    (status = TOO_MANY_REQUESTS, body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::api) async fn events(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<String>,
    extensions: Extensions,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    signed_in.needs(Scope::Read)?;
    let made = states::own(&app, &signed_in, &id.parse().map_err(|_| Problem::not_found())?).await?;
    let changes = app.live.pulse();
    let now = states::status(&app, &made.id).await?.ok_or_else(Problem::not_found)?;
    // A browser that saw the end connects again all the same (HTML, "event stream interpretation"): this stops it.
    if now.state.is_final() && headers.get("last-event-id").is_some_and(|id| id == LAST) {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let watching = Watching {
        id: made.id,
        changes,
        told: None,
        shown: Shown { headers, caller: extensions.get().copied() },
        check: Instant::now() + CHECK,
        is_over: false,
        _open: app.streams.open(&signed_in.account.id)?,
        app,
    };
    Ok(Sse::new(watching.events()).keep_alive(KeepAlive::new()).into_response())
}

/// Tries a title again that failed.
#[utoipa::path(post, path = "/titles/{id}/retry", params(("id" = Id, Path)), responses(
    (status = ACCEPTED),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
    (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
    (status = CONFLICT, body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::api) async fn retry(
    State(app): State<App>,
    signed_in: SignedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    signed_in.needs(Scope::Write)?;
    let made = states::own(&app, &signed_in, &id.parse().map_err(|_| Problem::not_found())?).await?;
    states::retry(&app, &made).await?;
    Ok(StatusCode::ACCEPTED)
}

impl Watching {
    fn events(self) -> impl Stream<Item = Result<Event, Infallible>> {
        stream::unfold(self, |mut watching| async move {
            let status = watching.next().await?;
            let event = Event::default().id(if status.state.is_final() { LAST } else { "" });
            Some((Ok(event.json_data(&status).ok()?), watching))
        })
    }

    /// The next state that differs from the last one; `None` at the end, and for who may not see this any more.
    async fn next(&mut self) -> Option<Status> {
        while !self.is_over {
            let status = states::status(&self.app, &self.id).await.ok()??;
            if self.told.as_ref() != Some(&status) {
                self.is_over = status.state.is_final();
                self.told = Some(status.clone());
                return Some(status);
            }
            // Whatever woke it: changes of others may come more often than that.
            let _ = timeout_at(self.check, self.changes.changed()).await;
            if Instant::now() >= self.check {
                self.shown.is_let_in(&self.app, &self.id).await.then_some(())?;
                self.check = Instant::now() + CHECK;
            }
            // Titles that are made at the same time wake each other's streams.
            tokio::time::sleep(PACE).await;
        }
        None
    }
}

impl Shown {
    async fn is_let_in(&self, app: &App, id: &Id) -> bool {
        let (mut parts, ()) = Request::new(()).into_parts();
        parts.headers.clone_from(&self.headers);
        parts.extensions.extend(
            self.caller
                .map(|caller| {
                    let mut extensions = Extensions::new();
                    extensions.insert(caller);
                    extensions
                })
                .unwrap_or_default(),
        );
        match SignedIn::from_request_parts(&mut parts, app).await {
            Ok(signed_in) => states::own(app, &signed_in, id).await.is_ok(),
            Err(_) => false,
        }
    }
}
