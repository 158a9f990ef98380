//! The contract of a store, kept in memory.

use std::sync::Arc;

use adapters::memory;
use contract_tests::store::Harness;
use ports::store::Store;

struct Memory(memory::Store);

impl Harness for Memory {
    async fn new() -> Self {
        Self(memory::Store::default())
    }

    fn store(&self) -> Arc<dyn Store> {
        Arc::new(self.0.clone())
    }
}

contract_tests::store_contract!(Memory);
