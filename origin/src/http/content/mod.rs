//! The part of a representation that a request is answered with: preconditions, ranges, codings, and the decision.

pub(crate) mod conditional;
pub(crate) mod dated;
pub(crate) mod decide;
pub(crate) mod multipart;
pub(crate) mod negotiate;
pub(crate) mod range;
