//! Pages of a list.

/// Which page of a list is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRequest {
    /// Counted from 0, at most 2³¹−1.
    pub page: u32,
    /// Rows a page, 1 to 1,000.
    pub size: u32,
}

impl PageRequest {
    /// How many rows come before this page.
    pub const fn offset(self) -> u64 {
        self.page as u64 * self.size as u64
    }
}

/// One page of a list. A page past the end has no items, and the true total.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows of this page, in order.
    pub items: Vec<T>,
    /// How many rows there are on all pages.
    pub total: u64,
}
