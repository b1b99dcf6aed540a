//! The fields of a form that a page sent.

use axum::extract::rejection::FormRejection;
use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;

use crate::http::problem::Problem;

/// The fields of a form, of at most 64 KiB (the router's limit). Fields that are not known are refused by its type.
#[derive(Debug)]
pub(crate) struct Form<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Form<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match axum::Form::<T>::from_request(request, state).await {
            Ok(axum::Form(fields)) => Ok(Self(fields)),
            Err(FormRejection::FailedToDeserializeFormBody(error)) => Err(Problem::bad_request(&error.body_text())),
            Err(error) => Err(Problem::new(error.status(), "bad-request", &error.body_text())),
        }
    }
}
