//! What stands where nothing is yet.

/// An icon, a heading, a sentence, and a way on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Empty {
    pub(crate) icon: &'static str,
    /// Its texts in the catalogue.
    pub(crate) key: &'static str,
    /// Where the way on leads.
    pub(crate) href: Option<&'static str>,
}

impl Empty {
    pub(crate) const fn new(icon: &'static str, key: &'static str, href: Option<&'static str>) -> Self {
        Self { icon, key, href }
    }
}
