//! Pages of lists: where the next one begins, as a text that clients hand back and can't make sense of.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::problem::Problem;

/// Objects of a page, where nobody says how many.
const USUAL: u32 = 25;
/// Most objects of a page.
const MOST: u32 = 100;
/// Longest cursor, bytes.
const LONGEST: usize = 2000;

/// A page of a list.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Page<T> {
    /// The objects.
    pub items: Vec<T>,
    /// The next page's cursor; null at the end.
    pub next: Option<String>,
}

/// The part of a query that asks for a page.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
pub struct Paging {
    /// The `next` of the page before.
    pub cursor: Option<String>,
    /// Objects of a page, 1 to 100; 25 where none are named.
    pub limit: Option<u32>,
}

impl Paging {
    /// Objects of the page.
    ///
    /// # Errors
    /// 400 when there are none or too many.
    pub fn size(&self) -> Result<usize, Problem> {
        let size = self.limit.unwrap_or(USUAL);
        if !(1..=MOST).contains(&size) {
            return Err(Problem::invalid("limit", "a page has 1 to 100 objects"));
        }
        Ok(usize::try_from(size).unwrap_or(usize::MAX))
    }

    /// The place that the cursor names.
    ///
    /// # Errors
    /// 400 when this list gave no such cursor.
    pub fn place<P: DeserializeOwned>(&self) -> Result<Option<P>, Problem> {
        self.cursor.as_deref().map(read).transpose()
    }
}

impl<T> Page<T> {
    /// The first `size` of `items`, which has one more where there is a next page. `place` says where an object stands.
    pub fn of<P: Serialize>(mut items: Vec<T>, size: usize, place: impl Fn(&T) -> P) -> Self {
        let is_more = items.len() > size;
        items.truncate(size);
        let next = items.last().filter(|_| is_more).map(|last| write(&place(last)));
        Self { items, next }
    }

    /// The same page with other objects in it.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(change).collect(), next: self.next }
    }
}

/// A cursor that names a place.
pub fn write<P: Serialize>(place: &P) -> String {
    // A place is made of texts and numbers, which are always written.
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(place).unwrap_or_default())
}

fn read<P: DeserializeOwned>(cursor: &str) -> Result<P, Problem> {
    let bytes = if cursor.len() > LONGEST { None } else { URL_SAFE_NO_PAD.decode(cursor).ok() };
    // PostgreSQL takes no text with NUL in it, which JSON writes as this alone.
    let bytes = bytes.filter(|bytes| !bytes.windows(6).any(|text| text == br"\u0000"));
    let place = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    place.ok_or_else(|| Problem::invalid("cursor", "this is no cursor of this list: begin without one"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_ends_where_the_next_begins() {
        let page = Page::of(vec![1, 2, 3], 2, |n| (*n, "x".to_owned()));
        assert_eq!(page.items, [1, 2]);
        let paging = Paging { cursor: page.next, limit: None };
        assert_eq!(paging.place::<(i64, String)>().unwrap(), Some((2, "x".into())));
        assert_eq!(Page::of(vec![1, 2], 2, |n| *n).next, None);
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        for text in ["", "x", "é", "bnVsbA", "WzEsIlx1MDAwMCJd", &"A".repeat(3000)] {
            let paging = Paging { cursor: Some(text.into()), limit: None };
            assert_eq!(paging.place::<(i64, String)>().unwrap_err().status, 400, "{text}");
        }
        for limit in [0, 101] {
            assert!(Paging { cursor: None, limit: Some(limit) }.size().is_err());
        }
    }
}
