//! Notifications over real sockets, to a receiver on loopback that answers as it is told.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use adapters::callbacks::{Resolve, WebhookSender};
use async_trait::async_trait;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use domain::{AppId, DomainEvent, Timestamp, VideoRoomId, VideoRoomState};
use hmac::{Hmac, KeyInit, Mac};
use ports::store::{Callback, CallbackAccess, WebhookSecret};
use ports::{Notification, NotificationSender, SendError};
use sha2::Sha256;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

const KEY: &[u8] = b"thirty-two bytes of a signing key";

fn notification(url: String) -> Notification {
    Notification {
        callback: Arc::new(Callback {
            app: AppId::new(1),
            url,
            access: Some(CallbackAccess {
                id: "me".into(),
                password: "hunter2".into(),
            }),
            secret: WebhookSecret::new(format!("whsec_{}", BASE64_STANDARD.encode(KEY))),
            cursor: 0,
            created_at: Timestamp::from_micros(0),
            last_modified_at: Timestamp::from_micros(0),
        }),
        id: "evt_1_7".into(),
        what: DomainEvent::VideoRoom {
            id: VideoRoomId::new(1),
            state: VideoRoomState::Live,
        },
        sent_at: Timestamp::from_micros(1_614_265_330_999_999),
    }
}

/// Takes one request, answers it so, and tells what it was. Says how much it got when the answer is empty.
async fn receiver(answer: &'static str) -> (SocketAddr, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let got = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut bytes = Vec::new();
        while !bytes.ends_with(b"}}") {
            let mut piece = [0; 1024];
            let read = stream.read(&mut piece).await.unwrap();
            assert_ne!(read, 0, "the request was cut short");
            bytes.extend_from_slice(&piece[..read]);
        }
        stream.write_all(answer.as_bytes()).await.unwrap();
        String::from_utf8(bytes).unwrap()
    });
    (address, got)
}

fn header<'a>(request: &'a str, name: &str) -> &'a str {
    let found = request.split("\r\n").find_map(|line| {
        let (key, value) = line.split_once(": ")?;
        key.eq_ignore_ascii_case(name).then_some(value)
    });
    found.unwrap_or_else(|| panic!("no {name} in {request}"))
}

#[tokio::test]
async fn a_notification_is_signed_and_carries_credentials() {
    let (address, got) = receiver("HTTP/1.1 204 No Content\r\n\r\n").await;
    let sender = WebhookSender::new(true).unwrap();
    let sent = notification(format!("http://{address}/hook?a=b"));
    assert_eq!(sender.send(&sent).await, Ok(204));
    let request = got.await.unwrap();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /hook?a=b HTTP/1.1\r\n"), "{head}");
    assert_eq!(header(head, "host"), address.to_string());
    assert_eq!(header(head, "content-type"), "application/json");
    assert_eq!(header(head, "webhook-id"), "evt_1_7");
    assert_eq!(header(head, "webhook-timestamp"), "1614265330");
    assert_eq!(header(head, "authorization"), "Basic bWU6aHVudGVyMg==");
    assert_eq!(
        body,
        r#"{"type":"VIDEO_ROOM_LIVE","data":{"videoRoomId":1,"videoRoomVideoRoomState":"LIVE"}}"#
    );
    let mut mac = Hmac::<Sha256>::new_from_slice(KEY).unwrap();
    mac.update(format!("evt_1_7.1614265330.{body}").as_bytes());
    let signature = header(head, "webhook-signature").strip_prefix("v1,").unwrap();
    mac.verify_slice(&BASE64_STANDARD.decode(signature).unwrap())
        .unwrap();
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let (aim, reached) = receiver("HTTP/1.1 204 No Content\r\n\r\n").await;
    let answer =
        format!("HTTP/1.1 307 Temporary Redirect\r\nlocation: http://{aim}/\r\ncontent-length: 0\r\n\r\n");
    let (address, _got) = receiver(answer.leak()).await;
    let sender = WebhookSender::new(true).unwrap();
    let sent = sender.send(&notification(format!("http://{address}/"))).await;
    assert_eq!(sent, Ok(307));
    assert!(!reached.is_finished());
}

#[tokio::test]
async fn the_body_of_an_answer_is_not_waited_for() {
    let (address, _got) =
        receiver("HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\nbut it never comes").await;
    let sender = WebhookSender::new(true).unwrap();
    assert_eq!(
        sender.send(&notification(format!("http://{address}/"))).await,
        Ok(200)
    );
}

#[tokio::test]
async fn what_is_no_http_is_no_answer() {
    let sender = WebhookSender::new(true).unwrap();
    for answer in ["", "SSH-2.0-OpenSSH_9.9\r\n", "HTTP/1.1 20"] {
        let (address, _got) = receiver(answer).await;
        let sent = sender.send(&notification(format!("http://{address}/"))).await;
        assert!(sent.is_err(), "{answer:?}: {sent:?}");
    }
}

#[tokio::test]
async fn a_head_without_end_is_no_answer() {
    let answer = format!("HTTP/1.1 200 OK\r\nx: {}", "x".repeat(64 * 1024));
    let (address, _got) = receiver(answer.leak()).await;
    let sender = WebhookSender::new(true).unwrap();
    assert!(
        sender
            .send(&notification(format!("http://{address}/")))
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_receiver_that_says_nothing_is_given_up_in_ten_seconds() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let sender = WebhookSender::new(true).unwrap();
    let began = tokio::time::Instant::now();
    let sent = sender.send(&notification(format!("http://{address}/"))).await;
    assert!(sent.is_err());
    assert!(began.elapsed() >= Duration::from_secs(10));
}

#[tokio::test]
async fn a_receiver_by_https_must_show_a_certificate_that_is_trusted() {
    let (address, got) = receiver("HTTP/1.1 204 No Content\r\n\r\n").await;
    let sender = WebhookSender::new(true).unwrap();
    let sending = notification(format!("https://{address}/"));
    let sent = tokio::time::timeout(Duration::from_secs(1), sender.send(&sending)).await;
    assert_ne!(sent.ok(), Some(Ok(204)), "it speaks no TLS");
    got.abort();
}

/// Leads every name to these addresses.
struct LeadsTo(Vec<SocketAddr>);

#[async_trait]
impl Resolve for LeadsTo {
    async fn resolve(&self, host: &str, _: u16) -> io::Result<Vec<SocketAddr>> {
        assert_eq!(host, "public.example.com");
        Ok(self.0.clone())
    }
}

#[tokio::test]
async fn a_name_that_leads_inside_is_not_followed() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let inside = listener.local_addr().unwrap();
    let public: SocketAddr = "93.184.216.34:80".parse().unwrap();
    for addresses in [vec![inside], vec![public, inside], vec![]] {
        let sender = WebhookSender::resolving(false, Arc::new(LeadsTo(addresses))).unwrap();
        let sent = sender
            .send(&notification("http://public.example.com/".to_owned()))
            .await;
        assert!(sent.is_err());
    }
    let nobody = tokio::time::timeout(Duration::from_millis(50), listener.accept()).await;
    assert!(nobody.is_err(), "nothing knocks inside");
}

#[tokio::test]
async fn a_name_is_connected_to_where_it_was_found_to_lead() {
    let (address, got) = receiver("HTTP/1.1 200 OK\r\n\r\n").await;
    let sender = WebhookSender::resolving(true, Arc::new(LeadsTo(vec![address]))).unwrap();
    let sent = sender
        .send(&notification("http://public.example.com/".to_owned()))
        .await;
    assert_eq!(sent, Ok(200));
    assert_eq!(header(&got.await.unwrap(), "host"), "public.example.com");
}

#[tokio::test]
async fn an_address_of_inside_is_not_called() {
    let sender = WebhookSender::new(false).unwrap();
    let sent = sender.send(&notification("http://127.0.0.1:1/".to_owned())).await;
    let Err(SendError(why)) = sent else {
        panic!("sent inside");
    };
    assert!(why.contains("private"), "{why}");
    assert!(sender.check("http://127.0.0.1:1/").is_err());
}
