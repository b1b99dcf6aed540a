//! The type of a rule. The rules themselves are data, in [`crate::report::rules`].

use serde::Serialize;

/// The severity of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Severity {
    /// A package that breaks it is never published, and `pack check` fails.
    Must,
    /// Good practice: reported, and a failure under `--strict` only.
    Should,
}

/// One fact that a machine can test.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// Stable name, such as `hls-bandwidth-understated`.
    pub id: &'static str,
    /// Where the standard says so.
    pub clause: &'static str,
    /// MUST or SHOULD.
    pub severity: Severity,
    /// One line: what must hold.
    pub meaning: &'static str,
    /// Why players care.
    pub why: &'static str,
    /// The remedy.
    pub mend: &'static str,
}

/// Declares rules as statics, and `ALL` of them in order.
macro_rules! rules {
    ($($name:ident = $id:literal, $severity:ident, $clause:literal, $meaning:literal, why $why:literal mend $mend:literal;)*) => {
        $(
            #[doc = $meaning]
            pub(crate) static $name: crate::report::rule::Rule = crate::report::rule::Rule {
                id: $id,
                clause: $clause,
                severity: crate::report::rule::Severity::$severity,
                meaning: $meaning,
                why: $why,
                mend: $mend,
            };
        )*
        /// The rules of this area, in order.
        pub(crate) static ALL: &[&crate::report::rule::Rule] = &[$(&$name),*];
    };
}
pub(crate) use rules;
