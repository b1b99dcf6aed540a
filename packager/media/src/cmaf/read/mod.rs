//! Reading what ffmpeg writes: the movie that a stream begins with, and its fragments.

mod movie;
mod stream;

pub(crate) use movie::{Entry, Movie, Sample};
pub(crate) use stream::{Incoming, Stream};
