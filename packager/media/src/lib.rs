//! Media as pure values: time and the grid, colour, tracks, CMAF's boxes, the presentation and its two renderings.
//!
//! Values in, values out: bytes come from a reader and go to a [`cmaf::Sink`] that the caller gives, and nothing here
//! knows a file, a process or a clock.
#![cfg_attr(not(test), deny(clippy::disallowed_methods, clippy::disallowed_types))]

pub mod bmff;
pub mod cmaf;
pub mod codec;
pub mod color;
pub mod dash;
pub mod hls;
pub mod language;
pub mod presentation;
pub mod role;
pub mod steering;
pub mod text;
pub mod time;
pub mod timeline;
pub mod track;
