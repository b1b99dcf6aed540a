//! A source's declarations of itself and of its tracks.

pub(in crate::probe) mod answer;
mod aperture;
pub(in crate::probe) mod color;
pub(in crate::probe) mod container;
pub(in crate::probe) mod crop;
pub(in crate::probe) mod facts;
pub(in crate::probe) mod json;
mod pixel_crop;
pub(in crate::probe) mod program;
pub(in crate::probe) mod refuse;
#[cfg(test)]
mod tests;
