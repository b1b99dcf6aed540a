//! Links that open one title to whoever has them: until their end, as often as they may, with their password.

use http::StatusCode;
use serde::{Deserialize, Serialize};
use sqlx::AnyConnection;

use super::{access, playback};
use crate::http::App;
use crate::http::caller::signed_in::SignedIn;
use crate::http::problem::Problem;
use crate::model::{Id, Micros, Permit, Secret};
use crate::people::trail::{Actor, note};
use crate::store::titles;
use crate::store::titles::links::{self, Link};
use crate::titles::find;
use crate::titles::shown::Shown;

/// Most links of a title.
const MOST: usize = 100;
/// Most uses of a link.
const USES: i64 = 1_000_000;
/// Longest password, characters.
const PASSWORD: usize = 1000;
/// The kind of the problem that asks for a POST.
pub const USE: &str = "use-counts";
/// Seconds that one opening plays at least: a break is no second use.
const PLAYS: i64 = 4 * 3600;

/// A link as it is asked for.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = LinkWanted)]
pub struct Wanted {
    /// When it ends (RFC 3339); null for never.
    pub expires: Option<String>,
    /// How often it may be opened; null for no bound.
    pub uses: Option<i64>,
    /// A password; null for none.
    pub password: Option<String>,
}

/// A link, as who may change its title sees it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = Link)]
pub struct Listed {
    /// Its id.
    pub id: Id,
    /// When it ends; null for never.
    pub expires: Option<Micros>,
    /// How often it may be opened; null for no bound.
    pub uses: Option<i64>,
    /// How often it was opened; a request that changes nothing is not counted.
    pub used: i64,
    /// True if it needs a password.
    pub has_password: bool,
    /// True if it opens nothing any more.
    pub is_over: bool,
    /// When it was made.
    pub created: Micros,
}

/// Makes a link to a title; returns it with its secret, which is told once.
///
/// # Errors
/// 404 and 403 when who asks may not change the title, 400 when something breaks a rule.
pub async fn create(
    app: &App,
    signed_in: &SignedIn,
    id: &Id,
    wanted: Wanted,
    actor: &Actor,
) -> Result<(Listed, Secret), Problem> {
    find::to_edit(app, signed_in, id).await?;
    let now = app.now();
    let expires = wanted.expires.map(|text| end(&text, now)).transpose()?;
    if wanted.uses.is_some_and(|uses| !(1..=USES).contains(&uses)) {
        return Err(Problem::invalid("uses", &format!("a link is opened 1 to {USES} times")));
    }
    let password = match wanted.password.filter(|password| !password.is_empty()) {
        None => None,
        Some(password) if password.chars().count() > PASSWORD => {
            return Err(Problem::invalid("password", &format!("a password has at most {PASSWORD} characters")));
        }
        Some(password) => Some(hashed(app, password).await?),
    };
    let secret = Secret::random()?;
    let link =
        Link { id: Id::random()?, title: id.clone(), password, expires, uses: wanted.uses, used: 0, created: now };
    let mut db = app.store.write().await?;
    if links::of_title(&mut db, id).await?.len() >= MOST {
        return Err(Problem::conflict("too-many-links", &format!("a title has at most {MOST} links: delete one")));
    }
    links::insert(&mut db, &link, &secret.hash()).await?;
    note(app, &mut db, actor, "link.created", id.as_str(), link.id.as_str()).await?;
    db.commit().await?;
    Ok((listed(link, now), secret))
}

/// The links of a title.
///
/// # Errors
/// 404 and 403 when who asks may not change it.
pub async fn all(app: &App, signed_in: &SignedIn, id: &Id) -> Result<Vec<Listed>, Problem> {
    find::to_edit(app, signed_in, id).await?;
    let links = links::of_title(&mut *app.store.read().await?, id).await?;
    Ok(links.into_iter().map(|link| listed(link, app.now())).collect())
}

/// Deletes a link. Whoever watches by it is stopped.
///
/// # Errors
/// 404 and 403 when who asks may not change the title, 404 when it has no such link.
pub async fn delete(app: &App, signed_in: &SignedIn, id: &Id, link: &Id, actor: &Actor) -> Result<(), Problem> {
    let whole = find::to_edit(app, signed_in, id).await?;
    let mut db = app.store.write().await?;
    if !links::delete(&mut db, id, link).await? {
        return Err(Problem::not_found());
    }
    note(app, &mut db, actor, "link.deleted", id.as_str(), link.as_str()).await?;
    // Before the commit: nobody opens it between the two, since its row is held.
    access::revoke(app, &whole.title).await?;
    Ok(db.commit().await?)
}

/// Opens the link with this secret by a request that changes nothing, as messengers send it for a preview. One that counts
/// its uses or asks for a password is not opened so.
///
/// # Errors
/// 404 when there is none such, 410 when it is over, 401 when it needs its password, 403 when opening it is a use.
pub async fn look(app: &App, secret: &Secret) -> Result<Shown, Problem> {
    let link = not_over(app, secret).await?;
    if link.password.is_some() {
        return Err(password_needed());
    }
    if link.uses.is_some() {
        let detail = "opening this link counts as a use: POST opens it";
        return Err(Problem::new(StatusCode::FORBIDDEN, USE, detail));
    }
    shown(app, &link, title(app, &link).await?).await
}

/// Opens the link with this secret, which counts as a use: its title, with paths that play it for as long as one viewing
/// takes.
///
/// # Errors
/// 404 when there is none such, 410 when it is over, 401 when its password is missing or wrong, 429 when too many were.
pub async fn open(app: &App, secret: &Secret, password: Option<String>) -> Result<Shown, Problem> {
    let link = not_over(app, secret).await?;
    check(app, &link, password).await?;
    // Signed before it is counted: a link or a title that ends in between raises the epoch, and takes the token along.
    let opened = shown(app, &link, title(app, &link).await?).await?;
    let mut db = app.store.write().await?;
    titles::lock(&mut db, std::slice::from_ref(&link.title)).await?;
    if !links::open(&mut db, &link.id, app.now()).await? {
        return Err(over());
    }
    there(&mut db, &link).await?;
    db.commit().await?;
    Ok(opened)
}

/// The link with this secret, unless it is over.
async fn not_over(app: &App, secret: &Secret) -> Result<Link, Problem> {
    let found = links::by_secret(&mut *app.store.read().await?, &secret.hash()).await?;
    let link = found.ok_or_else(Problem::not_found)?;
    if link.is_over(app.now()) { Err(over()) } else { Ok(link) }
}

/// The title that a link opens.
async fn title(app: &App, link: &Link) -> Result<titles::Whole, Problem> {
    there(&mut *app.store.read().await?, link).await
}

async fn there(db: &mut AnyConnection, link: &Link) -> Result<titles::Whole, Problem> {
    let whole = titles::whole(db, [&link.title], None).await?.pop();
    let is_there = |whole: &titles::Whole| whole.title.published.is_some() && whole.title.deleted.is_none();
    whole.filter(is_there).ok_or_else(Problem::not_found)
}

async fn shown(app: &App, link: &Link, whole: titles::Whole) -> Result<Shown, Problem> {
    let viewing = whole.title.duration.unwrap_or(0) / 500; // twice its length, seconds
    let end = app.now().plus_seconds(viewing.max(PLAYS));
    let end = link.expires.map_or(end, |last| last.min(end));
    let playback = playback::paths(app, vec![whole.title.clone()], end).await.pop().flatten();
    Ok(Shown::of(whole, Permit::Sees, playback))
}

async fn check(app: &App, link: &Link, password: Option<String>) -> Result<(), Problem> {
    let Some(hash) = link.password.clone() else { return Ok(()) };
    let password = password.ok_or_else(password_needed)?;
    app.limits.link_password(&link.id)?;
    let is_right = app.passwords.is_right(password, Some(hash)).await;
    if !is_right.map_err(|error| Problem::internal(&error.to_string()))? {
        return Err(Problem::unauthorized("the password is wrong"));
    }
    app.limits.link_password_was_right(&link.id);
    Ok(())
}

fn password_needed() -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "password-needed", "this link needs its password")
}

fn over() -> Problem {
    Problem::new(StatusCode::GONE, "link-over", "this link has ended, or was opened as often as it may be")
}

/// The end of a link, which is yet to come.
fn end(text: &str, now: Micros) -> Result<Micros, Problem> {
    let time = text.parse::<jiff::Timestamp>();
    let time = time.map_err(|_| Problem::invalid("expires", "expected a time, as '2030-01-31T12:00:00Z'"))?;
    let time = Micros(time.as_microsecond());
    if time <= now { Err(Problem::invalid("expires", "this time is over")) } else { Ok(time) }
}

async fn hashed(app: &App, password: String) -> Result<String, Problem> {
    app.passwords.hash(password).await.map_err(|error| Problem::internal(&error.to_string()))
}

fn listed(link: Link, now: Micros) -> Listed {
    Listed {
        is_over: link.is_over(now),
        id: link.id,
        expires: link.expires,
        uses: link.uses,
        used: link.used,
        has_password: link.password.is_some(),
        created: link.created,
    }
}
