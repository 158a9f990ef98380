//! One suite of cases for every adapter of a port.
//!
//! Whoever writes a store runs [`store_contract!`] over a [`store::Harness`] that makes empty ones, and sees each case
//! by name (`tokio` with `macros` and `rt-multi-thread` must be among the test's dependencies):
//!
//! ```
//! use std::sync::Arc;
//! use contract_tests::store::Harness;
//! # struct MyStore;
//! # impl MyStore { async fn empty() -> Self { Self } }
//! # #[async_trait::async_trait]
//! # impl ports::store::Store for MyStore {
//! #     async fn begin(&self, _: ports::store::Intent)
//! #         -> Result<Box<dyn ports::store::UnitOfWork>, ports::store::StoreError> { unimplemented!() }
//! #     async fn ping(&self) -> Result<(), ports::store::StoreError> { Ok(()) }
//! # }
//!
//! struct MyHarness(Arc<MyStore>);
//!
//! impl Harness for MyHarness {
//!     async fn new() -> Self {
//!         Self(Arc::new(MyStore::empty().await))
//!     }
//!     fn store(&self) -> Arc<dyn ports::store::Store> {
//!         self.0.clone()
//!     }
//! }
//!
//! contract_tests::store_contract!(MyHarness);
//! ```
//!
//! A harness whose stores outlive their handles also implements [`store::Harness::reopen`], and one that can write
//! rows past its adapter [`store::Harness::corrupt`]; the cases that need them pass without.
//!
//! Whoever writes a media server does the same with [`media_contract!`] and a [`media::Harness`], whose publishers do
//! what a case tells them.

mod cases;
pub mod media;
pub mod store;
