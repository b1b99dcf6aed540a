//! Reading what ffmpeg writes: boxes, the movie that they begin with, and its fragments.

mod fields;
mod movie;
mod stream;

pub(crate) use fields::{Fields, Parsed};
pub(crate) use movie::{Movie, Sample};
pub(crate) use stream::{Incoming, Stream};
