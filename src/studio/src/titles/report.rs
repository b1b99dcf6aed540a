//! The report of a title's proof, as the packager keeps it.

use crate::http::App;
use crate::http::problem::Problem;
use crate::ports::Report;
use crate::store::titles::Title;

/// The report of what is published of `title`; `None` where none is kept.
///
/// # Errors
/// When it can't be read.
pub async fn of(app: &App, title: &Title) -> Result<Option<Report>, Problem> {
    let (packager, name) = (app.ports.packager.clone(), title.title.clone());
    let report = tokio::task::spawn_blocking(move || packager.report(&name)).await;
    let report = report.map_err(|error| Problem::internal(&error.to_string()))?;
    report.map_err(|error| Problem::internal(&error.to_string()))
}
