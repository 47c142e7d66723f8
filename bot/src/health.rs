//! What an operator's machines ask the bot: alive, ready, figures. Outcomes and times alone, nobody's data (D5).

use anyhow::Context as _;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use relance_shared::db::Db;
use relance_shared::figures;
use serde_json::json;
use tokio::net::TcpListener;

/// `/healthz`, `/readyz` and `/metrics`. What is counted before this is called is not kept.
pub fn router(db: Db) -> Router {
    figures::begin();
    Router::new()
        .route("/healthz", get(async || "alive\n"))
        .route("/readyz", get(ready))
        .route(
            "/metrics",
            get(async || {
                (
                    [(CONTENT_TYPE, figures::CONTENT_TYPE)],
                    figures::exposition(),
                )
            }),
        )
        .with_state(db)
}

/// Serves them at `address` for as long as it is polled.
///
/// # Errors
/// When the address cannot be listened on.
pub async fn serve(address: &str, db: Db) -> anyhow::Result<()> {
    let listener = TcpListener::bind(address).await.with_context(|| {
        format!("discord.metrics_listen: cannot listen on {address}; is another program there?")
    })?;
    axum::serve(listener, router(db))
        .await
        .context("serving the figures")
}

/// Whether questions can be answered: the database is there with this program's tables (O1).
async fn ready(State(db): State<Db>) -> Response {
    let database = db.fits().await;
    let schema = database.as_ref().is_ok_and(|fits| fits.migrated);
    let body = json!({ "ready": schema, "database": database.is_ok(), "schema": schema });
    let status = if schema {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Json(body)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn ask(address: std::net::SocketAddr, path: &str) -> anyhow::Result<(u16, String)> {
        let answer = reqwest::get(format!("http://{address}{path}")).await?;
        Ok((answer.status().as_u16(), answer.text().await?))
    }

    // O1, D5
    #[tokio::test]
    async fn the_bot_tells_that_it_lives_whether_it_can_work_and_its_figures() -> anyhow::Result<()>
    {
        let (_folder, db) = relance_shared::testing::sqlite().await;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let router = router(db.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        metrics::counter!("relance_bot_interactions_total", "outcome" => "answered").increment(1);
        assert_eq!(ask(address, "/healthz").await?, (200, "alive\n".to_owned()));
        assert_eq!(ask(address, "/readyz").await?.0, 200);
        let (status, figures) = ask(address, "/metrics").await?;
        assert_eq!(status, 200);
        assert!(
            figures.contains("relance_bot_interactions_total{outcome=\"answered\"}"),
            "{figures}"
        );
        db.close().await;
        assert_eq!(ask(address, "/readyz").await?.0, 503);
        assert_eq!(ask(address, "/healthz").await?.0, 200);
        Ok(())
    }
}
