//! Strangers who open connections and finish nothing, over real sockets.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

use super::*;

/// How long an answer may take here before the test calls it none.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

struct Crowd {
    address: std::net::SocketAddr,
    _stop: oneshot::Sender<()>,
}

impl Crowd {
    async fn of(env: Env, limits: Limits) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel::<()>();
        let router = dressed(routes(), env, limits);
        tokio::spawn(async move {
            let stopped = async {
                // An error means that the test is over.
                let _ = stopped.await;
            };
            serve::serve(&listener, router, limits, stopped).await;
        });
        Ok(Self {
            address,
            _stop: stop,
        })
    }

    /// Sends `text` and leaves the connection open.
    async fn say(&self, text: &str) -> anyhow::Result<TcpStream> {
        let mut stream = TcpStream::connect(self.address).await?;
        stream.write_all(text.as_bytes()).await?;
        Ok(stream)
    }

    /// The first line of the answer to a whole request.
    async fn get(&self, path: &str) -> anyhow::Result<String> {
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let answer = all_of(self.say(&request).await?).await?;
        Ok(answer.lines().next().unwrap_or_default().to_owned())
    }
}

/// What comes until the other side closes.
async fn all_of(mut stream: TcpStream) -> anyhow::Result<String> {
    let mut text = Vec::new();
    tokio::time::timeout(ANSWER_WITHIN, stream.read_to_end(&mut text)).await??;
    Ok(String::from_utf8(text)?)
}

const HALF_A_BODY: &str =
    "POST /hooks/platform HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\nhalf";
const HALF_A_HEAD: &str = "GET /projects HTTP/1.1\r\nHost: ";

// O1: half-sent bodies hold no place among the requests that are worked on.
#[tokio::test]
async fn more_half_sent_bodies_than_places_keep_nobody_away() {
    each_engine(async |db| {
        let crowd = Crowd::of(an_env(&db), Limits::default()).await?;
        let mut held = Vec::new();
        for _ in 0..REQUESTS_AT_ONCE_MAX + 20 {
            held.push(crowd.say(HALF_A_BODY).await?);
        }
        for path in ["/healthz", "/readyz", "/metrics", "/projects"] {
            assert_eq!(crowd.get(path).await?, "HTTP/1.1 200 OK", "{path}");
        }
        Ok(())
    })
    .await;
}

// O1: beyond the connections that we take, the oldest that nobody works for makes room.
#[tokio::test]
async fn more_connections_than_we_take_keep_nobody_away() {
    each_engine(async |db| {
        let limits = Limits {
            connections: 8,
            ..Limits::default()
        };
        let crowd = Crowd::of(an_env(&db), limits).await?;
        let mut held = Vec::new();
        for half in [HALF_A_HEAD, HALF_A_BODY, ""].iter().cycle().take(30) {
            held.push(crowd.say(half).await?);
        }
        assert_eq!(crowd.get("/projects").await?, "HTTP/1.1 200 OK");
        assert_eq!(crowd.get("/healthz").await?, "HTTP/1.1 200 OK");
        Ok(())
    })
    .await;
}

// O1: what is never finished ends by itself.
#[tokio::test]
async fn a_half_sent_head_is_closed_and_a_half_sent_body_is_answered_in_time() {
    each_engine(async |db| {
        let limits = Limits {
            head: Duration::from_millis(200),
            body: Duration::from_millis(200),
            ..Limits::default()
        };
        let crowd = Crowd::of(an_env(&db), limits).await?;
        for head in [HALF_A_HEAD, ""] {
            let answer = all_of(crowd.say(head).await?).await?;
            assert!(!answer.contains("200 OK"), "{answer}");
        }
        let answer = all_of(crowd.say(HALF_A_BODY).await?).await?;
        assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
        Ok(())
    })
    .await;
}

// O1: the memory that bodies share is bounded too, and given back.
#[tokio::test]
async fn bodies_wait_in_bounded_memory() {
    let memory = Arc::new(Semaphore::new(100));
    let (text, share) = whole(Body::from("x".repeat(60)), 80, &memory)
        .await
        .unwrap();
    assert_eq!((text.len(), memory.available_permits()), (60, 40));
    let refused = whole(Body::from("x".repeat(60)), 80, &memory).await;
    assert_eq!(
        refused.unwrap_err().status(),
        StatusCode::SERVICE_UNAVAILABLE
    );
    drop(share);
    assert_eq!(memory.available_permits(), 100);
    let (cut, _) = whole(Body::from("x".repeat(60)), 10, &memory)
        .await
        .unwrap();
    assert_eq!(cut.len(), 11, "its route sees that it is too long");
}
