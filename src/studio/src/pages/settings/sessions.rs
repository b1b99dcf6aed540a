//! `/settings/sessions`: browsers that are signed in.

use axum::extract::State;
use serde::Deserialize;

use super::page::{SessionLine, SettingsPage};
use crate::http::App;
use crate::http::caller::Client;
use crate::http::caller::signed_in::{By, SignedIn};
use crate::model::Id;
use crate::pages::form::Form;
use crate::pages::frame::Frame;
use crate::pages::{Page, html, see};
use crate::people::entry::sign_in;
use crate::people::trail::Actor;
use crate::store::people::sessions;

const HERE: &str = "/settings/sessions?did=sessions.ended";

/// The session to end.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ended {
    session: Id,
}

/// `GET /settings/sessions`.
pub(super) async fn show(State(app): State<App>, page: Frame, signed_in: SignedIn) -> Page {
    let found = sessions::of_account(&mut *app.store.read().await?, &signed_in.account.id).await?;
    let own = own(&signed_in);
    let line = |session: sessions::Session| SessionLine {
        current: own == Some(&session.id),
        id: session.id.to_string(),
        agent: browser(&session.agent),
        seen: page.put("sessions.seen", "when", page.ago(session.seen)),
        made: page.put("sessions.made", "when", page.ago(session.created)),
    };
    let sessions = found.into_iter().map(line).collect();
    html(&SettingsPage { sessions, ..SettingsPage::of(&app, page.clone(), &signed_in, "sessions") })
}

/// `POST /settings/sessions/end`.
pub(super) async fn end(State(app): State<App>, client: Client, signed_in: SignedIn, Form(ended): Form<Ended>) -> Page {
    sign_in::end(&app, &Actor::of(&signed_in, &client), &signed_in.account, &ended.session).await?;
    Ok(see(HERE))
}

/// `POST /settings/sessions/end-others`.
pub(super) async fn end_others(State(app): State<App>, client: Client, signed_in: SignedIn) -> Page {
    sign_in::end_all(&app, &Actor::of(&signed_in, &client), &signed_in.account, own(&signed_in)).await?;
    Ok(see(HERE))
}

const fn own(signed_in: &SignedIn) -> Option<&Id> {
    match &signed_in.by {
        By::Session(session) => Some(&session.id),
        By::Token(_) => None,
    }
}

/// A browser and its system as people call them, of what it calls itself. The order counts: all name older ones, too.
fn browser(agent: &str) -> String {
    let first =
        |known: &[(&str, &'static str)]| known.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name);
    let browsers =
        [("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari")];
    let systems = [
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ];
    match (first(&browsers), first(&systems)) {
        (Some(browser), Some(system)) => format!("{browser} · {system}"),
        _ => agent.chars().take(60).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::browser;

    #[test]
    fn browsers_are_called_as_people_call_them() {
        let linux =
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";
        let edge =
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0 Safari/537.36 Edg/156.0";
        assert_eq!([linux, edge, "curl/8.1", ""].map(browser), ["Chrome · Linux", "Edge · Windows", "curl/8.1", ""]);
    }
}
