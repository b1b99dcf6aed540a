//! Queries whose parts depend on what is asked. Their text is made of the program's own words alone: whatever comes from
//! outside is bound.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, query};

use super::error::StoreError;

/// A query that is put together.
#[derive(Debug, Default)]
pub(super) struct Sql {
    text: String,
    values: Vec<Value>,
}

#[derive(Debug, Clone)]
enum Value {
    Text(String),
    Number(i64),
}

impl Sql {
    /// Adds words of SQL.
    pub(super) fn push(&mut self, sql: &'static str) -> &mut Self {
        self.text.push_str(sql);
        self
    }

    /// Adds a text, as the next parameter.
    pub(super) fn text(&mut self, value: &str) -> &mut Self {
        self.bind(Value::Text(value.into()))
    }

    /// Adds a number, as the next parameter.
    pub(super) fn number(&mut self, value: i64) -> &mut Self {
        self.bind(Value::Number(value))
    }

    /// Adds texts in parentheses, each as a parameter; of none, a list that nothing is in.
    pub(super) fn list<'a>(&mut self, values: impl IntoIterator<Item = &'a str>) -> &mut Self {
        let mut between = "(";
        for value in values {
            self.push(between).text(value);
            between = ", ";
        }
        self.push(if between == "(" { "(NULL)" } else { ")" })
    }

    fn bind(&mut self, value: Value) -> &mut Self {
        self.values.push(value);
        let number = self.values.len();
        self.text.push('$');
        self.text.push_str(&number.to_string());
        self
    }

    /// All rows.
    pub(super) async fn fetch_all(self, db: &mut AnyConnection) -> Result<Vec<AnyRow>, StoreError> {
        let mut query = query(AssertSqlSafe(self.text));
        for value in self.values {
            query = match value {
                Value::Text(text) => query.bind(text),
                Value::Number(number) => query.bind(number),
            };
        }
        Ok(query.fetch_all(db).await?)
    }
}
