//! A handler that panics fails one request: its client gets an error that tells nothing, and everything else goes on.

use std::any::Any;
use std::panic::AssertUnwindSafe;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use futures_util::FutureExt as _;

use super::problem::Problem;

/// Answers for a handler that panics; what it said is in the log alone.
pub async fn caught(request: Request, next: Next) -> Response {
    // What a handler held is gone with it: transactions are rolled back, and locks forgive (parking_lot, or `into_inner`).
    let answered = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    answered
        .unwrap_or_else(|panic| Problem::internal(&format!("a handler panicked: {}", said(&*panic))).into_response())
}

fn said(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a text")
}
