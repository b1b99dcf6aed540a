//! One title, from its source to its publication: prepared, made of the results of jobs, proven, published.

mod beside;
mod encode;
mod error;
mod failure;
mod identity;
mod job;
mod key;
mod outlook;
mod pool;
mod poster;
mod results;
mod room;
mod title;
mod what;

pub use error::{Error, TitleError};
pub use failure::{Failure, Trouble};
pub(crate) use identity::settings_digest;
pub use outlook::{Outlook, asked, settings_of};
pub(crate) use pool::{Pool, Share};
pub(crate) use title::{Done, Work};
