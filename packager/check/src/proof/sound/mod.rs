//! Audio of the source and of renditions, as heard, and the findings about it.

mod ear;
mod heard;
mod judge;
