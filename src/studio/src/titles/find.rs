//! One title, for whoever may see it.

use config::tree::TitleName;

use crate::http::App;
use crate::http::caller::signed_in::{SignedIn, Viewer};
use crate::http::problem::Problem;
use crate::model::{Id, Permit};
use crate::store::titles::{self, Whole};

/// A title that who asks may see.
#[derive(Debug, Clone)]
pub struct Found {
    /// The title.
    pub whole: Whole,
    /// What who asks may do with it: at least see it.
    pub permit: Permit,
}

/// The title `id`.
///
/// # Errors
/// 404 when there is none that `viewer` may see.
pub async fn one(app: &App, viewer: &Viewer, id: &Id) -> Result<Found, Problem> {
    let account = viewer.account().map(|account| &account.id);
    let found = titles::whole(&mut *app.store.read().await?, [id], account).await?.pop();
    let whole = found.ok_or_else(Problem::not_found)?;
    match viewer.who().permit(whole.subject()) {
        Permit::Nothing => Err(Problem::not_found()),
        permit => Ok(Found { whole, permit }),
    }
}

/// The title `id`, to be changed.
///
/// # Errors
/// 404 when there is none that who asks may see, 403 when they may not change it.
pub async fn to_edit(app: &App, signed_in: &SignedIn, id: &Id) -> Result<Whole, Problem> {
    let viewer = Viewer::Account(Box::new(signed_in.clone()));
    let found = one(app, &viewer, id).await?;
    if found.permit < Permit::Edits {
        return Err(Problem::forbidden("this is somebody else's title"));
    }
    Ok(found.whole)
}

/// The id of a title that is named by its id, or by its name in the library.
///
/// # Errors
/// 404 when there is none. One that is there may still be nothing to who asks.
pub async fn id_of(app: &App, name: &str) -> Result<Id, Problem> {
    let mut db = app.store.read().await?;
    // A name of sixteen letters may look like an id.
    if let Ok(id) = name.parse()
        && titles::by_id(&mut db, &id).await?.is_some()
    {
        return Ok(id);
    }
    let name = TitleName::parse(name).map_err(|_| Problem::not_found())?;
    let title = titles::by_name(&mut db, &name).await?;
    title.map(|title| title.id).ok_or_else(Problem::not_found)
}
