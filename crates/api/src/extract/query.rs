//! The query: text by name, and what each must be.

use std::str::FromStr;

use actix_web::web;

use crate::error::ApiError;
use crate::json::Named;

/// The parameters of a query. One that is blank counts as absent, of one that comes twice the last counts, and
/// one that nobody asks for is ignored.
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    /// Takes a query apart (`application/x-www-form-urlencoded`).
    pub(crate) fn parse(text: &str) -> Result<Self, ApiError> {
        let pairs = web::Query::<Vec<(String, String)>>::from_query(text)
            .map_err(|_| ApiError::parameter("the query must be of the form name=value&name=value"))?
            .into_inner();
        if pairs.iter().any(|(_, value)| value.contains('\0')) {
            return Err(ApiError::parameter("no parameter may have the character U+0000"));
        }
        Ok(Self(pairs))
    }

    /// The text of a parameter.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().rev().find(|(key, _)| key == name);
        found
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.trim().is_empty())
    }

    /// A parameter that must be a whole number.
    pub(crate) fn number<T: FromStr>(&self, name: &str) -> Result<Option<T>, ApiError> {
        self.text(name)
            .map(|text| {
                let number = text.parse();
                number.map_err(|_| ApiError::parameter(format!("{name} must be a whole number")))
            })
            .transpose()
    }

    /// A parameter that must be a name of an enumeration.
    pub(crate) fn named<T: Named>(&self, name: &str) -> Result<Option<T>, ApiError> {
        self.text(name)
            .map(|text| {
                T::named(text)
                    .ok_or_else(|| ApiError::parameter(format!("{name} must be one of {}", T::names())))
            })
            .transpose()
    }
}

#[cfg(test)]
mod tests {
    use domain::VideoRoomState;

    use super::*;

    #[test]
    fn parameters_are_decoded_and_the_last_of_a_name_counts() {
        let query = Query::parse("keyword=a%20b+c&page=1&page=2&blank=%20").unwrap();
        assert_eq!(query.text("keyword"), Some("a b c"));
        assert_eq!(query.number::<u32>("page").unwrap(), Some(2));
        assert_eq!(query.text("blank"), None);
        assert_eq!(query.text("absent"), None);
    }

    #[test]
    fn a_bad_value_is_refused_by_name_with_what_would_be_accepted() {
        let query = Query::parse("videoRoomState=LIVELY&page=x").unwrap();
        let error = query
            .named::<VideoRoomState>("videoRoomState")
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("videoRoomState must be one of SCHEDULED, LIVE,"),
            "{error}"
        );
        let error = query.number::<u32>("page").unwrap_err().to_string();
        assert_eq!(error, "page must be a whole number");
    }
}
