//! One POST over a connection of its own, to an address that was looked at before. Nothing is followed, and of the
//! answer only the head is read.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper::header::{AUTHORIZATION, CONNECTION, CONTENT_TYPE, HOST, USER_AGENT};
use hyper::rt::{Read, Write};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use ports::SendError;
use ports::store::{CallbackAccess, WebhookSecret};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use url::Host;

use super::address::is_public;
use super::signature::sign;
use super::target::{INSIDE, Target};

/// How many bytes the head of an answer may have.
const LARGEST_HEAD: usize = 16 * 1024;

/// How many addresses of one name are tried.
const MOST_ADDRESSES: usize = 4;

/// Looks up where names lead.
#[async_trait]
pub trait Resolve: Send + Sync {
    /// The addresses of a host.
    async fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>>;
}

/// Looks names up as everything on this machine does.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemResolver;

#[async_trait]
impl Resolve for SystemResolver {
    async fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        Ok(tokio::net::lookup_host((host, port)).await?.collect())
    }
}

/// TLS with the authorities that this machine trusts.
pub(super) fn connector() -> Result<TlsConnector, rustls::Error> {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    let (_, unusable) = roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        tracing::debug!(
            unusable,
            "this machine trusts no authority: callbacks by https will fail"
        );
    }
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

/// What is sent.
pub(super) struct Post<'a> {
    pub(super) id: &'a str,
    /// Seconds since the Unix epoch.
    pub(super) timestamp: i64,
    pub(super) secret: &'a WebhookSecret,
    pub(super) access: Option<&'a CallbackAccess>,
    pub(super) body: String,
}

/// Sends it, and answers the status.
pub(super) async fn post(
    target: &Target,
    post: Post<'_>,
    resolver: &dyn Resolve,
    tls: &TlsConnector,
    allow_private: bool,
) -> Result<u16, SendError> {
    let request = request(target, post)?;
    let addresses = addresses(target, resolver).await?;
    if !allow_private && !addresses.iter().all(|address| is_public(address.ip())) {
        return Err(SendError(INSIDE.to_string()));
    }
    let stream = connect(&addresses).await?;
    if !target.secure {
        return exchange(TokioIo::new(stream), request).await;
    }
    let name = match &target.host {
        Host::Domain(name) => ServerName::try_from(name.clone())
            .map_err(|_| SendError("the host's name can't be in a certificate".to_owned()))?,
        Host::Ipv4(address) => ServerName::IpAddress(IpAddr::V4(*address).into()),
        Host::Ipv6(address) => ServerName::IpAddress(IpAddr::V6(*address).into()),
    };
    let stream = tls
        .connect(name, stream)
        .await
        .map_err(|error| SendError(format!("TLS failed: {error}")))?;
    exchange(TokioIo::new(stream), request).await
}

fn request(target: &Target, post: Post<'_>) -> Result<Request<Full<Bytes>>, SendError> {
    let signature = sign(post.secret, post.id, post.timestamp, &post.body)
        .ok_or_else(|| SendError("the secret can't be signed with".to_owned()))?;
    let mut request = Request::builder()
        .method(Method::POST)
        .uri(&target.resource)
        .header(HOST, &target.authority)
        .header(CONTENT_TYPE, "application/json")
        .header(USER_AGENT, "VideoRoom")
        .header(CONNECTION, "close")
        .header("webhook-id", post.id)
        .header("webhook-timestamp", post.timestamp)
        .header("webhook-signature", signature);
    if let Some(access) = post.access {
        let pair = BASE64_STANDARD.encode(format!("{}:{}", access.id, access.password));
        request = request.header(AUTHORIZATION, format!("Basic {pair}"));
    }
    request
        .body(Full::from(post.body))
        .map_err(|_| SendError("url can't be asked for by HTTP".to_owned()))
}

async fn addresses(target: &Target, resolver: &dyn Resolve) -> Result<Vec<SocketAddr>, SendError> {
    let name = match &target.host {
        Host::Ipv4(address) => return Ok(vec![(*address, target.port).into()]),
        Host::Ipv6(address) => return Ok(vec![(*address, target.port).into()]),
        Host::Domain(name) => name,
    };
    let found = resolver.resolve(name, target.port).await;
    let found = found.map_err(|_| SendError("the host's name can't be resolved".to_owned()))?;
    if found.is_empty() {
        return Err(SendError("the host's name leads nowhere".to_owned()));
    }
    Ok(found)
}

/// Connects to the first of these addresses that answers.
async fn connect(addresses: &[SocketAddr]) -> Result<TcpStream, SendError> {
    let mut last = SendError("the host's name leads nowhere".to_owned());
    for address in addresses.iter().take(MOST_ADDRESSES) {
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = SendError(format!("can't connect: {}", error.kind())),
        }
    }
    Err(last)
}

async fn exchange<T>(stream: T, request: Request<Full<Bytes>>) -> Result<u16, SendError>
where
    T: Read + Write + Unpin + Send + 'static,
{
    let broken = |error: hyper::Error| SendError(format!("no HTTP answer: {error}"));
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(LARGEST_HEAD)
        .handshake(stream)
        .await
        .map_err(broken)?;
    let mut sending = std::pin::pin!(sender.send_request(request));
    let answer = tokio::select! {
        biased;
        answer = &mut sending => answer,
        ended = connection => {
            ended.map_err(broken)?;
            // The answer may have come with the end.
            sending.await
        }
    };
    Ok(answer.map_err(broken)?.status().as_u16())
}
