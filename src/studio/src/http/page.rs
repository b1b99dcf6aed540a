//! Lists, a page at a time: where one ends, a cursor says where the next begins.

use axum::extract::FromRequestParts;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::request::Parts;
use serde::{Deserialize, Serialize};

use super::App;
use super::problem::Problem;
use super::target::Asked;

/// Items of a page where none is asked for.
const USUAL: u32 = 30;
/// Most items of a page.
const MOST: u32 = 100;
/// Longest cursor, characters.
const LONGEST: usize = 600;

/// The page that is asked for: `?cursor=…&limit=…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The keys of the last item before it; none for the first page.
    pub after: Option<Vec<String>>,
    /// Most items.
    pub limit: u32,
}

/// A page of a list.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct List<T> {
    /// Its items.
    pub items: Vec<T>,
    /// Cursor of the next page; null where this is the last.
    pub next: Option<String>,
}

/// The query's part of it.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
pub struct PageQuery {
    /// `next` of the page before.
    cursor: Option<String>,
    /// Most items, 1 to 100; 30 where none is given.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
}

impl Page {
    /// Rows to ask the database for: one more than there is room for, which tells that there is another page.
    #[must_use]
    pub const fn rows(&self) -> i64 {
        self.limit as i64 + 1
    }

    /// The page of `rows`, which begin with it. `keys` of an item are those that the list is sorted by.
    pub fn of<R, T>(&self, mut rows: Vec<R>, keys: impl Fn(&R) -> Vec<String>, item: impl FnMut(R) -> T) -> List<T> {
        let has_more = rows.len() > self.limit as usize;
        rows.truncate(self.limit as usize);
        let next = rows.last().filter(|_| has_more).map(|last| cursor(&keys(last)));
        List { items: rows.into_iter().map(item).collect(), next }
    }

    /// The keys of the last item before it, of which there are `N`.
    ///
    /// # Errors
    /// 400 where the cursor is another list's.
    pub fn keys<const N: usize>(&self) -> Result<Option<[String; N]>, Problem> {
        self.after.clone().map(|keys| keys.try_into().map_err(|_| foreign())).transpose()
    }

    fn read(query: PageQuery) -> Result<Self, Problem> {
        let limit = query.limit.unwrap_or(USUAL);
        if !(1..=MOST).contains(&limit) {
            return Err(Problem::invalid("limit", &format!("a page has 1 to {MOST} items")));
        }
        let after = query.cursor.filter(|text| !text.is_empty()).map(|text| read(&text)).transpose()?;
        Ok(Self { after, limit })
    }
}

impl FromRequestParts<App> for Page {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        Self::read(Asked::from_request_parts(parts, app).await?.0)
    }
}

fn cursor(keys: &[String]) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(keys).unwrap_or_default())
}

fn read(text: &str) -> Result<Vec<String>, Problem> {
    let bytes = if text.len() <= LONGEST { URL_SAFE_NO_PAD.decode(text).ok() } else { None };
    let keys: Option<Vec<String>> = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    // PostgreSQL refuses texts with NUL.
    keys.filter(|keys| keys.iter().all(|key| !key.contains('\0'))).ok_or_else(foreign)
}

fn foreign() -> Problem {
    Problem::invalid("cursor", "this is no cursor of this list: begin without one")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_ends_with_a_cursor_that_the_next_begins_with() {
        let page = |cursor: Option<String>| Page::read(PageQuery { cursor, limit: Some(2) });
        let keys = |row: &i32| vec![row.to_string()];
        let first = page(None).unwrap().of(vec![1, 2, 3], keys, |row| row);
        assert_eq!(first.items, [1, 2]);
        let second = page(first.next).unwrap();
        assert_eq!(second.keys::<1>().unwrap(), Some(["2".to_owned()]));
        assert!(second.keys::<2>().is_err());
        assert_eq!(second.of(vec![3], keys, |row| row).next, None);
        for bad in ["x", "bnVsbA", "WyJcdTAwMDAiXQ", &"A".repeat(700)] {
            assert!(page(Some(bad.into())).is_err(), "{bad}");
        }
        assert!(Page::read(PageQuery { cursor: None, limit: Some(0) }).is_err());
        assert!(Page::read(PageQuery { cursor: None, limit: Some(101) }).is_err());
    }
}
