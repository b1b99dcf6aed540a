//! Who may do what with a title: the one decision that pages, API, search, lists and feeds rest on.

pub(super) mod role;
pub(super) mod scope;

use config::access::Visibility;

use super::{Id, Role};

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who<'a> {
    /// Nobody that is known.
    Stranger,
    /// An account.
    Account {
        /// Its id.
        id: &'a Id,
        /// What it may do.
        role: Role,
    },
}

/// The facts of a title that decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subject<'a> {
    /// Its owner; `None` for the operator.
    pub owner: Option<&'a Id>,
    /// Its audience.
    pub visibility: Visibility,
    /// True once it can be watched.
    pub is_published: bool,
    /// True while its deletion can be undone.
    pub is_deleted: bool,
    /// True if it is shared with who asks, by name or by a group.
    pub is_shared: bool,
    /// True if whoever may watch it may download its source.
    pub is_downloadable: bool,
}

/// What may be done with a title; each includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Permit {
    /// Nothing: it is not there.
    Nothing,
    /// See and watch.
    Sees,
    /// Change and delete.
    Edits,
}

impl Who<'_> {
    /// What who asks may do with a title.
    #[must_use]
    pub fn permit(self, subject: Subject<'_>) -> Permit {
        if subject.is_deleted {
            return Permit::Nothing;
        }
        if let Self::Account { id, role } = self
            && (role >= Role::Moderator || subject.owner == Some(id))
        {
            return Permit::Edits;
        }
        let is_audience = match subject.visibility {
            Visibility::Public | Visibility::Unlisted => true,
            Visibility::Restricted => subject.is_shared && self != Self::Stranger,
        };
        if subject.is_published && is_audience { Permit::Sees } else { Permit::Nothing }
    }

    /// True if who asks may download its source.
    #[must_use]
    pub fn may_download(self, subject: Subject<'_>) -> bool {
        match self.permit(subject) {
            Permit::Nothing => false,
            Permit::Sees => subject.is_downloadable,
            Permit::Edits => true,
        }
    }

    /// True if who asks may undo the deletion of a title.
    #[must_use]
    pub fn may_restore(self, subject: Subject<'_>) -> bool {
        subject.is_deleted && self.permit(Subject { is_deleted: false, ..subject }) == Permit::Edits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of each visibility: what a stranger, another account, one it is shared with, its owner and a moderator may do with
    /// it before and after it is published. `-` nothing, `s` see, `e` edit.
    const TABLE: [(Visibility, &str, &str); 3] = [
        (Visibility::Public, "---ee", "sssee"),
        (Visibility::Unlisted, "---ee", "sssee"),
        (Visibility::Restricted, "---ee", "--see"),
    ];

    #[test]
    fn each_cell_is_as_it_is_written_down() {
        let (owner, other) = (Id::random().unwrap(), Id::random().unwrap());
        let account = |id, role| Who::Account { id, role };
        let askers = [
            (Who::Stranger, false),
            (account(&other, Role::Creator), false),
            (account(&other, Role::Viewer), true),
            (account(&owner, Role::Viewer), false),
            (account(&other, Role::Moderator), false),
        ];
        let letter = |permit| match permit {
            Permit::Nothing => '-',
            Permit::Sees => 's',
            Permit::Edits => 'e',
        };
        for (visibility, before, after) in TABLE {
            for (is_published, expected) in [(false, before), (true, after)] {
                let subject = |is_shared| Subject {
                    owner: Some(&owner),
                    visibility,
                    is_published,
                    is_deleted: false,
                    is_shared,
                    is_downloadable: false,
                };
                let found: String = askers.iter().map(|(who, shared)| letter(who.permit(subject(*shared)))).collect();
                assert_eq!(found, expected, "{visibility}, published: {is_published}");
                for (who, shared) in askers {
                    let deleted = Subject { is_deleted: true, ..subject(shared) };
                    assert_eq!(who.permit(deleted), Permit::Nothing);
                    assert_eq!(who.may_restore(deleted), who.permit(subject(shared)) == Permit::Edits);
                    assert!(!who.may_restore(subject(shared)), "it is there");
                    assert_eq!(who.may_download(subject(shared)), who.permit(subject(shared)) == Permit::Edits);
                    let offered = Subject { is_downloadable: true, ..subject(shared) };
                    assert_eq!(who.may_download(offered), who.permit(offered) >= Permit::Sees);
                }
            }
        }
    }

    #[test]
    fn nobody_owns_what_the_operator_put_in() {
        let id = Id::random().unwrap();
        let subject = Subject {
            owner: None,
            visibility: Visibility::Public,
            is_published: true,
            is_deleted: false,
            is_shared: false,
            is_downloadable: false,
        };
        assert_eq!(Who::Account { id: &id, role: Role::Creator }.permit(subject), Permit::Sees);
        assert_eq!(Who::Account { id: &id, role: Role::Administrator }.permit(subject), Permit::Edits);
    }
}
