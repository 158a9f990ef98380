//! Which page of a list a query asks for.

use ports::store::PageRequest;
use validator::Validate;

use super::Query;
use crate::error::ApiError;

#[derive(Validate)]
struct Paging {
    #[validate(range(max = 2_147_483_647, message = "page must be 0 to 2147483647"))]
    page: u32,
    #[validate(range(min = 1, max = 1000, message = "pageSize must be 1 to 1000"))]
    page_size: u32,
}

/// The page that a query asks for with `page` and `pageSize`; without, the first ten.
pub(crate) fn paging(query: &Query) -> Result<PageRequest, ApiError> {
    let wanted = Paging {
        page: query.number("page")?.unwrap_or(0),
        page_size: query.number("pageSize")?.unwrap_or(10),
    };
    wanted
        .validate()
        .map_err(|errors| ApiError::parameter(first_message(&errors)))?;
    Ok(PageRequest {
        page: wanted.page,
        size: wanted.page_size,
    })
}

fn first_message(errors: &validator::ValidationErrors) -> String {
    let fields = errors.field_errors();
    let mut messages: Vec<_> = fields
        .values()
        .copied()
        .flatten()
        .filter_map(|error| error.message.as_deref())
        .collect();
    messages.sort_unstable();
    messages
        .first()
        .copied()
        .unwrap_or("a parameter of the query is out of range")
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(query: &str) -> String {
        let query = Query::parse(query).unwrap();
        paging(&query).unwrap_err().to_string()
    }

    #[test]
    fn without_a_wish_it_is_the_first_ten() {
        let page = paging(&Query::parse("").unwrap()).unwrap();
        assert_eq!(page, PageRequest { page: 0, size: 10 });
    }

    #[test]
    fn pages_outside_the_bounds_are_refused_by_name() {
        assert_eq!(refusal("pageSize=0"), "pageSize must be 1 to 1000");
        assert_eq!(refusal("pageSize=1001"), "pageSize must be 1 to 1000");
        assert_eq!(refusal("page=2147483648"), "page must be 0 to 2147483647");
        for query in ["page=-1", "page=x", "page=4294967296", "pageSize=1.5"] {
            assert!(refusal(query).ends_with("must be a whole number"), "{query}");
        }
    }
}
