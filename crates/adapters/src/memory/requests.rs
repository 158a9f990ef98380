//! Requests that are done once.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{AppId, Timestamp};
use ports::store::{Claim, DoneRequest, RequestRepository, StoreError};

use super::UnitOfWork;
use super::tables::insert;

#[async_trait]
impl RequestRepository for UnitOfWork {
    async fn claim(&mut self, app: AppId, key: &str, since: Timestamp) -> Result<Claim, StoreError> {
        let key = (app, key.to_owned());
        let requests = &mut self.tables_mut()?.done_requests;
        match requests.get(&key) {
            Some(done) if done.done_at >= since => return Ok(Claim::Done(done.as_ref().clone())),
            Some(_) => drop(Arc::make_mut(requests).remove(&key)),
            None => {}
        }
        Ok(Claim::Granted)
    }

    async fn insert(&mut self, request: &DoneRequest) -> Result<(), StoreError> {
        let requests = &mut self.tables_mut()?.done_requests;
        let key = (request.app, request.key.clone());
        insert(requests, "request", key, request.clone())
    }

    async fn forget(&mut self, before: Timestamp, limit: u32) -> Result<usize, StoreError> {
        let requests = Arc::make_mut(&mut self.tables_mut()?.done_requests);
        let old = requests.iter().filter(|(_, done)| done.done_at < before);
        let mut old: Vec<_> = old.map(|(key, done)| (done.done_at, key.clone())).collect();
        old.sort_unstable();
        old.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        for (_, key) in &old {
            requests.remove(key);
        }
        Ok(old.len())
    }
}
