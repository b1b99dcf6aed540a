//! JSON of requests.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;

use super::App;
use super::problem::Problem;

/// The JSON of a request, of at most 64 KiB (the router's limit). Fields that are not known are refused by its type.
#[derive(Debug)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        match Json::<T>::from_request(request, app).await {
            Ok(Json(value)) => Ok(Self(value)),
            Err(error @ (JsonRejection::JsonDataError(_) | JsonRejection::JsonSyntaxError(_))) => {
                Err(Problem::bad_request(&error.body_text()))
            }
            Err(error) => Err(Problem::new(error.status(), "bad-request", &error.body_text())),
        }
    }
}
