//! Why a store in PostgreSQL could not be opened.

use std::path::PathBuf;

use thiserror::Error;

/// Why a store could not be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The certificates that the server's is checked against could not be read, or there are none.
    #[error("cannot read certificates from {}", .path.display())]
    Certificates {
        /// Where they should be.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// TLS can't be set up.
    #[error("cannot set up TLS")]
    Tls(#[source] rustls::Error),
    /// The server could not be reached, or did not let us in.
    #[error("cannot connect to PostgreSQL")]
    Connect(#[source] diesel::ConnectionError),
}
