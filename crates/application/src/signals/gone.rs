//! Members who listen and are deleted meanwhile: their tokens may last for hours.

use std::collections::HashSet;
use std::time::Duration;

use domain::MemberId;
use ports::Subject;

use crate::{AppError, Application};

/// How often it is asked who is still there: so long a member that is deleted may still hear something.
pub(super) const LOOK: Duration = Duration::from_secs(5);

/// Those of an app's listeners who are deleted. Their numbers are never used again.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Gone(HashSet<MemberId>);

impl Gone {
    /// Whether it says so of whoever shows a token.
    pub(super) fn has(&self, subject: Subject) -> bool {
        match subject {
            Subject::Member(member) => self.0.contains(&member),
            Subject::Guest | Subject::App => false,
        }
    }
}

impl Application {
    /// Who of these members is deleted, asked once however many they are.
    pub(super) async fn gone(&self, listening: &[MemberId]) -> Result<Gone, AppError> {
        if listening.is_empty() {
            return Ok(Gone::default());
        }
        let gone = self.reading().await?.members().deleted(listening).await?;
        Ok(Gone(gone.into_iter().collect()))
    }
}
