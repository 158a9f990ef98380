//! `videoroom config`: shows what is in force, and where it came from.

use crate::cli::Output;
use crate::config::Effective;

/// What is printed of the configuration, which was checked already.
pub(crate) fn run(output: Output, effective: &Effective) -> String {
    if output.json {
        format!("{:#}", effective.to_json())
    } else {
        effective.to_toml().trim_end().to_owned()
    }
}
