//! The figures of this process as Prometheus reads them; their labels are names of ours, nobody's data (D5).

use std::sync::OnceLock;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

/// What the text of [`exposition`] is. Source: Prometheus' text format, version 0.0.4.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";
/// Bounds of the buckets of times, in seconds. Source: Discord waits 3 s for a first answer, a page is given up after 20.
const SECONDS: &[f64] = &[
    0.001, 0.002, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 3.0, 5.0, 12.0, 20.0,
];

static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Keeps what is counted from here on; changes nothing when another recorder was there first.
pub fn begin() {
    RECORDER.get_or_init(|| {
        PrometheusBuilder::new()
            .set_buckets(SECONDS)
            .and_then(PrometheusBuilder::install_recorder)
            .ok()
    });
}

fn handle() -> Option<&'static PrometheusHandle> {
    RECORDER.get().and_then(Option::as_ref)
}

/// Folds the times recorded since the last call into their buckets: until then each one is in memory, so call it every few
/// seconds.
pub fn fold() {
    if let Some(handle) = handle() {
        handle.run_upkeep();
    }
}

/// The figures; empty before [`begin`].
#[must_use]
pub fn exposition() -> String {
    fold();
    handle().map(PrometheusHandle::render).unwrap_or_default()
}
