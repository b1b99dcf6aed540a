//! What must stay shut, for whom, and on every route.

mod audience;
mod crawl;
mod every_route;
mod hostile;
mod idempotency;
mod matrix;
mod named;
mod permits;
mod tokens;
