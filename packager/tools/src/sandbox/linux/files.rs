//! Files and the network, by Landlock (`landlock(7)`).

use std::io;
use std::path::PathBuf;

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, Ruleset, RulesetAttr, RulesetCreated, RulesetCreatedAttr, RulesetError,
    RulesetStatus, Scope, path_beneath_rules,
};

use crate::sandbox::Access;

/// Its name in messages, where the kernel has no part of it, or not all.
pub(super) const NAME: &str = "Landlock with TCP and signals (Linux 6.12)";
/// The newest that is asked for. An older kernel holds what it knows of.
const NEWEST: ABI = ABI::V6;

/// The rules for a process with this access.
fn rules(common: &[PathBuf], access: &Access) -> io::Result<RulesetCreated> {
    let read = AccessFs::from_read(NEWEST);
    let write = AccessFs::WriteFile | AccessFs::ReadFile | AccessFs::Truncate;
    let given = access.write.as_ref().map(|output| &output.path);
    let rules = || -> Result<RulesetCreated, RulesetError> {
        Ruleset::default()
            .handle_access(AccessFs::from_all(NEWEST))?
            .handle_access(AccessNet::from_all(NEWEST))?
            .scope(Scope::from_all(NEWEST))?
            .create()?
            // A path that is not there needs no rule.
            .add_rules(path_beneath_rules(common, read))?
            .add_rules(path_beneath_rules(&access.read, AccessFs::ReadFile))?
            .add_rules(path_beneath_rules(["/dev/null"], AccessFs::WriteFile | AccessFs::ReadFile))?
            .add_rules(path_beneath_rules(given, write))
    };
    rules().map_err(io::Error::other)
}

/// Holds this thread, and all that it starts, to the files of `common` and of `access`, for good; what the kernel lacks.
pub(super) fn give_up(common: &[PathBuf], access: &Access) -> io::Result<Option<&'static str>> {
    let status = rules(common, access)?.restrict_self().map_err(io::Error::other)?;
    Ok((status.ruleset != RulesetStatus::FullyEnforced).then_some(NAME))
}
