//! One serving process a file: a lock that ends with its process, however that ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Who opens a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenMode {
    /// The process that serves: there is one at a time, for it takes every stored publishing session to be its own.
    Serve,
    /// A command that reads and writes beside it.
    Alongside,
}

/// Why a store could not be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// Another process serves from this file.
    #[error("another process is serving from {}; stop it first, or give this one a file of its own", .path.display())]
    InUse {
        /// The store's file.
        path: PathBuf,
    },
    /// The file, its directories, or the lock beside it could not be made.
    #[error("cannot make {}", .path.display())]
    Create {
        /// What could not be made.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// SQLite could not open the file.
    #[error("cannot open {} as a SQLite database", .path.display())]
    Connect {
        /// The store's file.
        path: PathBuf,
        /// Why.
        #[source]
        source: diesel::ConnectionError,
    },
}

/// Held as long as the process serves.
#[derive(Debug)]
pub(super) struct ProcessLock {
    _file: File,
}

impl ProcessLock {
    /// Takes the lock of the store at `path`: an advisory lock on the file beside it with `.lock` at its end.
    pub(super) fn take(path: &Path) -> Result<Self, OpenError> {
        let mut name = path.as_os_str().to_owned();
        name.push(".lock");
        let beside = PathBuf::from(name);
        let create = |source| OpenError::Create {
            path: beside.clone(),
            source,
        };
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&beside)
            .map_err(create)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(OpenError::InUse {
                path: path.to_owned(),
            }),
            Err(TryLockError::Error(source)) => Err(create(source)),
        }
    }
}

/// Makes the file at `path` and the directories that it is in, if they are not there. Nobody but its owner may read a
/// new file, nor those that SQLite puts beside it with the same permissions: stream keys stand in it as they are.
pub(super) fn make_file(path: &Path) -> Result<(), OpenError> {
    let create = |path: &Path, source| OpenError::Create {
        path: path.to_owned(),
        source,
    };
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(|source| create(parent, source))?;
    }
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|source| create(path, source))?;
    Ok(())
}
