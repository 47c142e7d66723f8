//! HTTP/1.1 by hand, so that a line can be cut at any point.

use std::net::SocketAddr;
use std::sync::Arc;

use serde_json::Value;
use tokio::io::{
    AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader,
};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::rest;
use super::world::{FaultKind, World};

/// Longest body that is read, in bytes.
const BODY_BYTES_MAX: usize = 1 << 20;

/// What is answered.
pub(super) struct Response {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Value,
}

/// Listens on a free port.
pub(super) async fn serve(
    world: &Arc<World>,
    acceptor: Option<TlsAcceptor>,
) -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let world = world.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // Small answers must not wait for more to send.
            let _ = stream.set_nodelay(true);
            let (world, acceptor) = (world.clone(), acceptor.clone());
            tokio::spawn(async move {
                // A connection that breaks concerns nobody but the bot.
                let _ = match acceptor {
                    None => connection(&world, stream).await,
                    Some(acceptor) => match acceptor.accept(stream).await {
                        Ok(stream) => connection(&world, stream).await,
                        Err(error) => Err(error),
                    },
                };
            });
        }
    });
    Ok(address)
}

async fn connection(
    world: &World,
    stream: impl AsyncRead + AsyncWrite + Unpin,
) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let Some((method, path, authorization, body)) = request(&mut stream).await? else {
            return Ok(());
        };
        let fault = world.with(|state| {
            let line = format!("{method} {path}");
            state.requests.push(line.clone());
            let fault = state
                .faults
                .iter_mut()
                .find(|fault| fault.times > 0 && line.contains(&fault.path))?;
            fault.times -= 1;
            Some(fault.kind)
        });
        let response = match fault {
            Some(FaultKind::CutBefore) => return Ok(()),
            Some(FaultKind::Status(status)) => Response {
                status,
                headers: Vec::new(),
                body: serde_json::json!({"code": 0, "message": "scripted"}),
            },
            Some(FaultKind::TooMany(wait)) => rest::too_many(wait),
            Some(FaultKind::CutAfter) => {
                rest::answer(world, &method, &path, authorization.as_deref(), &body);
                return Ok(());
            }
            None => rest::answer(world, &method, &path, authorization.as_deref(), &body),
        };
        send(&mut stream, &response).await?;
    }
}

type Parsed = (String, String, Option<String>, Vec<u8>);

async fn request(
    stream: &mut BufReader<impl AsyncRead + Unpin>,
) -> std::io::Result<Option<Parsed>> {
    let mut line = String::new();
    if stream.read_line(&mut line).await? == 0 {
        return Ok(None);
    }
    let mut parts = line.split_whitespace().map(str::to_owned);
    let (method, path) = (
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default(),
    );
    let (mut length, mut authorization) = (0, None);
    loop {
        let mut header = String::new();
        if stream.read_line(&mut header).await? == 0 || header.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = header.split_once(':') {
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.trim().parse().unwrap_or(0),
                "authorization" => authorization = Some(value.trim().to_owned()),
                _ => {}
            }
        }
    }
    let mut body = vec![0; std::cmp::min(length, BODY_BYTES_MAX)];
    stream.read_exact(&mut body).await?;
    Ok(Some((method, path, authorization, body)))
}

async fn send(stream: &mut (impl AsyncWrite + Unpin), response: &Response) -> std::io::Result<()> {
    let body = if response.status == 204 {
        String::new()
    } else {
        response.body.to_string()
    };
    let mut head = format!(
        "HTTP/1.1 {} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n",
        response.status,
        body.len()
    );
    head.extend(
        response
            .headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}\r\n")),
    );
    head.push_str("\r\n");
    head.push_str(&body);
    stream.write_all(head.as_bytes()).await?;
    stream.flush().await
}
