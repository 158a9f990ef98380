//! Certificates: read and checked at start, and read again when a signal asks for it.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use rustls::crypto::ring;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, NoServerSessionStorage, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{InconsistentKeys, ServerConfig};

use crate::failure::Failure;

/// Where a certificate is, and which keys say so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TlsFiles {
    /// The section of the configuration, such as `http.tls`.
    pub(crate) section: &'static str,
    /// The chain, as PEM.
    pub(crate) cert: PathBuf,
    /// The private key, as PEM.
    pub(crate) key: PathBuf,
}

/// A certificate that clients are shown: the one that was read last.
#[derive(Debug)]
pub(crate) struct Certificate {
    files: TlsFiles,
    current: RwLock<Arc<CertifiedKey>>,
}

impl Certificate {
    /// Reads it.
    ///
    /// # Errors
    /// When a file can't be read, or what is in them can't be used, with what to do about it.
    pub(crate) fn load(files: &TlsFiles) -> anyhow::Result<Arc<Self>> {
        Ok(Arc::new(Self {
            current: RwLock::new(Arc::new(files.read()?)),
            files: files.clone(),
        }))
    }

    /// Reads it again. Who is connected notices nothing.
    ///
    /// # Errors
    /// As when it was read first; then it stays as it is.
    pub(crate) fn reload(&self) -> anyhow::Result<()> {
        let fresh = Arc::new(self.files.read()?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    /// Which keys of the configuration say where it is.
    pub(crate) const fn section(&self) -> &'static str {
        self.files.section
    }

    /// TLS for HTTP; both versions of it are offered by who serves.
    pub(crate) fn https(self: &Arc<Self>) -> anyhow::Result<ServerConfig> {
        let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?;
        Ok(builder.with_no_client_auth().with_cert_resolver(self.clone()))
    }

    /// TLS for RTMP. A publisher connects once and stays: nothing is kept for its next time.
    pub(crate) fn rtmps(self: &Arc<Self>) -> anyhow::Result<Arc<ServerConfig>> {
        let mut config = self.https()?;
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Ok(Arc::new(config))
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _client: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(&current))
    }
}

impl TlsFiles {
    fn read(&self) -> Result<CertifiedKey, Failure> {
        let chain = CertificateDer::pem_file_iter(&self.cert)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| self.unreadable("cert", &self.cert, error))?;
        if chain.is_empty() {
            return Err(self.unreadable("cert", &self.cert, pem::Error::NoItemsFound));
        }
        let key = PrivateKeyDer::from_pem_file(&self.key)
            .map_err(|error| self.unreadable("key", &self.key, error))?;
        let key = ring::sign::any_supported_type(&key).map_err(|error| {
            let what = format!("the private key in {} can't be used", self.key.display());
            Failure::new(what, self.advice("key", "an ECDSA, Ed25519 or RSA key")).because(error)
        })?;
        let certified = CertifiedKey::new(chain, key);
        match certified.keys_match() {
            // Some keys can't tell.
            Ok(()) | Err(rustls::Error::InconsistentKeys(InconsistentKeys::Unknown)) => Ok(certified),
            Err(error) => {
                let (cert, key) = (self.cert.display(), self.key.display());
                let what = format!("the private key in {key} is not that of the certificate in {cert}");
                let advice = self.advice(
                    "key",
                    "the key that the first certificate of the chain was made with",
                );
                Err(Failure::new(what, advice).because(error))
            }
        }
    }

    fn unreadable(&self, key: &str, file: &Path, error: pem::Error) -> Failure {
        let wanted = match key {
            "cert" => "a PEM file with the certificate and those between it and its authority",
            _ => "a PEM file with the private key, without a password",
        };
        let what = format!("can't read {} from {}", self.key_name(key), file.display());
        let failure = Failure::new(what, self.advice(key, wanted));
        match error {
            pem::Error::Io(error) => failure.because(error),
            pem::Error::NoItemsFound => {
                failure.because(io::Error::new(io::ErrorKind::InvalidData, "there is none in it"))
            }
            error => failure.because(error),
        }
    }

    fn advice(&self, key: &str, wanted: &str) -> String {
        let name = self.key_name(key);
        let variable = format!("VIDEOROOM__{}", name.to_ascii_uppercase().replace('.', "__"));
        format!("set {name} ({variable}) to {wanted}, which this user may read")
    }

    fn key_name(&self, key: &str) -> String {
        format!("{}.{key}", self.section)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use rcgen::{CertifiedKey as Made, generate_simple_self_signed};
    use tempfile::TempDir;

    use super::*;
    use crate::failure::report;

    /// A certificate of its own in a directory of its own.
    fn made() -> (TempDir, TlsFiles) {
        let directory = tempfile::tempdir().unwrap();
        let Made { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let files = TlsFiles {
            section: "http.tls",
            cert: directory.path().join("cert.pem"),
            key: directory.path().join("key.pem"),
        };
        fs::write(&files.cert, cert.pem()).unwrap();
        fs::write(&files.key, signing_key.serialize_pem()).unwrap();
        (directory, files)
    }

    fn refused(files: &TlsFiles) -> String {
        report(&Certificate::load(files).unwrap_err())
    }

    #[test]
    fn a_certificate_and_its_key_are_read() {
        let (_directory, files) = made();
        let certificate = Certificate::load(&files).unwrap();
        certificate.https().unwrap();
        certificate.rtmps().unwrap();
    }

    #[test]
    fn files_that_are_missing_or_empty_are_named_with_what_to_set() {
        let (_directory, files) = made();
        fs::write(&files.cert, "").unwrap();
        let told = refused(&files);
        for part in [
            "can't read http.tls.cert from",
            "there is none in it",
            "VIDEOROOM__HTTP__TLS__CERT",
        ] {
            assert!(told.contains(part), "{told}");
        }
        let (_directory, files) = made();
        fs::remove_file(&files.key).unwrap();
        let told = refused(&files);
        for part in [
            "can't read http.tls.key from",
            "No such file",
            "VIDEOROOM__HTTP__TLS__KEY",
        ] {
            assert!(told.contains(part), "{told}");
        }
    }

    #[test]
    fn a_key_of_another_certificate_is_refused() {
        let ((_one, files), (_two, others)) = (made(), made());
        let told = refused(&TlsFiles {
            key: others.key,
            ..files
        });
        assert!(told.contains("is not that of the certificate in"), "{told}");
    }

    #[test]
    fn a_certificate_is_exchanged_for_a_good_one_only() {
        let ((_one, files), (_two, others)) = (made(), made());
        let certificate = Certificate::load(&files).unwrap();
        let shown = || certificate.current.read().unwrap().cert.clone();
        let first = shown();
        fs::copy(&others.cert, &files.cert).unwrap();
        assert!(certificate.reload().is_err(), "the key is still the old one");
        assert_eq!(shown(), first);
        fs::copy(&others.key, &files.key).unwrap();
        certificate.reload().unwrap();
        assert_ne!(shown(), first);
    }
}
