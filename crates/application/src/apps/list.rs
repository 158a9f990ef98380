//! Lists the apps of the platform, for its operator.

use domain::App;
use ports::store::ApiKey;

use crate::{AppError, Application};

impl Application {
    /// Every app with its keys, oldest first.
    pub async fn list_apps(&self) -> Result<Vec<(App, Vec<ApiKey>)>, AppError> {
        let mut work = self.reading().await?;
        let mut apps = Vec::new();
        for app in work.apps().list().await? {
            let keys = work.apps().keys(app.id).await?;
            apps.push((app, keys));
        }
        Ok(apps)
    }
}
