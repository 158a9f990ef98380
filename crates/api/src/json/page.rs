//! The envelope of a list, as the seed has it.

use ports::store::{Page, PageRequest};
use serde::Serialize;
use utoipa::ToSchema;

/// One page of a list.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Page)]
pub(crate) struct PageJson<T> {
    content: Vec<T>,
    pageable: Pageable,
    last: bool,
    /// How many pages there are.
    total_pages: u64,
    /// How many rows there are on all pages.
    total_elements: u64,
    size: u32,
    number: u32,
    sort: Sort,
    first: bool,
    number_of_elements: usize,
    empty: bool,
}

/// Where a page is in its list.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Pageable {
    sort: Sort,
    offset: u64,
    page_number: u32,
    page_size: u32,
    paged: bool,
    unpaged: bool,
}

/// A list always has an order.
#[derive(Serialize, ToSchema)]
struct Sort {
    empty: bool,
    sorted: bool,
    unsorted: bool,
}

const SORTED: Sort = Sort {
    empty: false,
    sorted: true,
    unsorted: false,
};

impl<'a, T> PageJson<T> {
    /// `page` as the answer to `request`, each row told by `tell`.
    pub(crate) fn new<V>(page: &'a Page<V>, request: PageRequest, tell: impl Fn(&'a V) -> T) -> Self {
        let content: Vec<_> = page.items.iter().map(tell).collect();
        let total_pages = page.total.div_ceil(u64::from(request.size.max(1)));
        Self {
            pageable: Pageable {
                sort: SORTED,
                offset: request.offset(),
                page_number: request.page,
                page_size: request.size,
                paged: true,
                unpaged: false,
            },
            last: u64::from(request.page) + 1 >= total_pages,
            total_pages,
            total_elements: page.total,
            size: request.size,
            number: request.page,
            sort: SORTED,
            first: request.page == 0,
            number_of_elements: content.len(),
            empty: content.is_empty(),
            content,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(items: Vec<u8>, total: u64, page: u32) -> PageJson<u8> {
        PageJson::new(&Page { items, total }, PageRequest { page, size: 2 }, |item| {
            *item
        })
    }

    #[test]
    fn first_and_last_are_told_from_the_total() {
        let (first, last) = (page(vec![1, 2], 3, 0), page(vec![3], 3, 1));
        assert!(first.first && !first.last && first.total_pages == 2);
        assert!(!last.first && last.last && last.number_of_elements == 1 && last.pageable.offset == 2);
    }

    #[test]
    fn a_page_past_the_end_is_empty_and_last() {
        let past = page(vec![], 3, 7);
        assert!(past.empty && past.last && !past.first && past.total_elements == 3);
        let none = page(vec![], 0, 0);
        assert!(none.empty && none.last && none.first && none.total_pages == 0);
    }
}
