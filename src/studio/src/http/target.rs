//! The path and the query of a request.

use axum::extract::{FromRequestParts, Path, Query};
use http::request::Parts;
use serde::de::DeserializeOwned;

use super::App;
use super::problem::Problem;

/// The variable parts of a path. There is nothing under one that can't be read: 404.
#[derive(Debug)]
pub struct At<T>(pub T);

/// The query. One that can't be read is 400.
#[derive(Debug)]
pub struct Asked<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for At<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let read = Path::<T>::from_request_parts(parts, app).await;
        Ok(Self(read.map_err(|_| Problem::not_found())?.0))
    }
}

impl<T: DeserializeOwned> FromRequestParts<App> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _app: &App) -> Result<Self, Problem> {
        let read = Query::<T>::try_from_uri(&parts.uri);
        Ok(Self(read.map_err(|error| Problem::bad_request(&error.body_text()))?.0))
    }
}
