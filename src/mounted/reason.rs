//! Why a title failed, as its owner reads it: without the paths of this machine, and with what they can do.

use std::path::Path;

use packager::event::Cause;

/// The reason of a failure. `again`: it is tried again by itself.
pub(super) fn of(cause: Cause, errors: &[String], again: Option<u64>, source: Option<&Path>) -> String {
    if let Some(said) = own(cause) {
        return format!("{said}{}", rest(cause, again));
    }
    let mut told: Vec<String> = errors.iter().map(|error| without(error, source)).collect();
    // An error often says what its cause says, too.
    told.dedup_by(|later, earlier| earlier.contains(later.as_str()));
    let told = told.join(": ");
    let told = told.trim_end_matches('.');
    format!("{told}{}", rest(cause, again))
}

/// What is said of a failure that the owner can't know more about: its details are the operator's.
const fn own(cause: Cause) -> Option<&'static str> {
    match cause {
        Cause::Read => Some("its file can't be read here"),
        Cause::Tools => Some("the ffmpeg here can't be used"),
        Cause::Library => Some("the library here can't be written"),
        Cause::Name | Cause::Settings | Cause::Source | Cause::Encode | Cause::Check | Cause::Cancelled => None,
    }
}

/// What can be done, where the error itself does not say it.
const fn rest(cause: Cause, again: Option<u64>) -> &'static str {
    match (cause, again) {
        // These say what to do with the file.
        (Cause::Source, _) => "",
        (_, Some(_)) => "; it is tried again by itself",
        (Cause::Encode | Cause::Check, None) => {
            "; try it again, or convert the file to MP4 and upload that in its place"
        }
        (Cause::Read | Cause::Tools | Cause::Library, None) => "; the operator has to mend that, then try it again",
        (Cause::Name | Cause::Settings | Cause::Cancelled, None) => "; try it again",
    }
}

/// The error without where the file lies.
fn without(error: &str, source: Option<&Path>) -> String {
    let Some(source) = source.map(|source| source.display().to_string()) else { return error.into() };
    let rest = error.strip_prefix(&source).and_then(|rest| rest.strip_prefix(": "));
    rest.unwrap_or(error).replace(&source, "the file")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_is_told_and_something_can_be_done() {
        let source = Path::new("/srv/ingest/@studio/x.mp4");
        let of = |cause, errors: &[&str], again| {
            let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
            of(cause, &errors, again, Some(source))
        };
        for (told, expected) in [
            (
                of(Cause::Source, &["/srv/ingest/@studio/x.mp4: this is no media; export it as MP4"], None),
                "this is no media; export it as MP4",
            ),
            (
                of(Cause::Encode, &["can't encode chunk 1", "ffmpeg: /srv/ingest/@studio/x.mp4: bad"], None),
                "can't encode chunk 1: ffmpeg: the file: bad; try it again, or convert the file to MP4 and upload that in \
                 its place",
            ),
            (
                of(Cause::Library, &["can't write /srv/library/.pack/x", "no space"], Some(5)),
                "the library here can't be written; it is tried again by itself",
            ),
        ] {
            assert_eq!(told, expected);
        }
    }
}
