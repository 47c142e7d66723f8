//! A headless Chromium of our own, driven as a person drives it; and axe, which says what would keep people out.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use relance_shared::config::environment;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// Names the file `axe.min.js` of the package axe-core.
pub const AXE_VARIABLE: &str = "RELANCE_TEST_AXE";
/// What axe calls the kinds of trouble that may not be there.
const GRAVE: [&str; 2] = ["serious", "critical"];
/// Width and height of a telephone, in CSS pixels.
const PHONE: (u32, u32) = (390, 844);

/// How long a page of ours may take to come; the machine may be busy.
const ARRIVAL_MAX: Duration = Duration::from_secs(20);

/// A browser with a profile of its own; [`Chromium::quit`] ends it.
pub struct Chromium {
    /// The session, for what is not wrapped here.
    pub client: Client,
    driver: Child,
    address: String,
    http: reqwest::Client,
    axe: String,
    _profile: TempDir,
}

impl Chromium {
    /// Starts a driver on a port of its own and a browser of a telephone's size that asks for `language`.
    ///
    /// # Errors
    /// When a program or axe is missing; the message says which.
    pub async fn start(language: &str) -> anyhow::Result<Self> {
        let path =
            environment(AXE_VARIABLE).with_context(|| format!("{AXE_VARIABLE} is not set"))?;
        let axe = std::fs::read_to_string(&path).with_context(|| path.clone())?;
        let profile = TempDir::new()?;
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .env("HOME", profile.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("chromedriver is not installed")?;
        let address = format!("http://127.0.0.1:{}", port(&mut driver).await?);
        let folder = profile.path().join("profile");
        let options = json!({"goog:chromeOptions": {"args": [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--disable-dev-shm-usage", format!("--lang={language}"), format!("--accept-lang={language}"),
            format!("--user-data-dir={}", folder.display()),
        ]}});
        let Value::Object(options) = options else {
            bail!("the options are an object");
        };
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(options.into_iter().collect())
            .connect(&address)
            .await
            .context("chromium is not installed or does not start")?;
        let chromium = Self {
            client,
            driver,
            address,
            http: reqwest::Client::new(),
            axe,
            _profile: profile,
        };
        let phone =
            json!({"width": PHONE.0, "height": PHONE.1, "deviceScaleFactor": 2, "mobile": true});
        chromium
            .tools("Emulation.setDeviceMetricsOverride", &phone)
            .await?;
        Ok(chromium)
    }

    /// Ends browser and driver.
    ///
    /// # Errors
    /// When they do not end.
    pub async fn quit(mut self) -> anyhow::Result<()> {
        self.client.clone().close().await?;
        self.driver.kill().await?;
        Ok(())
    }

    /// A command of the browser's own tools, which `WebDriver` has no word for.
    async fn tools(&self, command: &str, params: &Value) -> anyhow::Result<Value> {
        let session = self
            .client
            .session_id()
            .await?
            .context("the session is open")?;
        let url = format!("{}/session/{session}/goog/cdp/execute", self.address);
        let sent = self
            .http
            .post(url)
            .json(&json!({"cmd": command, "params": params}));
        let answer: Value = sent.send().await?.error_for_status()?.json().await?;
        Ok(answer["value"].clone())
    }

    /// Opens `url`.
    ///
    /// # Errors
    /// When it cannot be loaded.
    pub async fn open(&self, url: &str) -> anyhow::Result<()> {
        Ok(self.client.goto(url).await?)
    }

    /// The element that `css` names.
    ///
    /// # Errors
    /// Names what is not there and on which page.
    pub async fn find(&self, css: &str) -> anyhow::Result<Element> {
        let here = self.client.current_url().await?;
        let found = self.client.find(Locator::Css(css)).await;
        found.with_context(|| format!("{css} on {}", here.path()))
    }

    /// Clicks what `css` names.
    ///
    /// # Errors
    /// When it is not there or cannot be clicked.
    pub async fn click(&self, css: &str) -> anyhow::Result<()> {
        Ok(self.find(css).await?.click().await?)
    }

    /// Clicks what `css` names and waits for the page that comes of it.
    ///
    /// # Errors
    /// When it is not there, cannot be clicked, or no page comes.
    pub async fn press(&self, css: &str) -> anyhow::Result<()> {
        let element = self.find(css).await?;
        self.mark().await?;
        element.click().await?;
        self.arrives().await.with_context(|| format!("after {css}"))
    }

    /// Marks the page that is about to be left; see [`Chromium::arrives`].
    ///
    /// # Errors
    /// When there is no page.
    pub async fn mark(&self) -> anyhow::Result<()> {
        let mark = "window.isLeft = true";
        self.client.execute(mark, Vec::new()).await?;
        Ok(())
    }

    /// Waits for another page than the marked one.
    ///
    /// # Errors
    /// When none came in time.
    pub async fn arrives(&self) -> anyhow::Result<()> {
        let is_there = "return !window.isLeft && document.readyState === 'complete'";
        let waiting = async {
            // Between two pages there is none to ask: an error means "not yet".
            while !matches!(
                self.client.execute(is_there, Vec::new()).await,
                Ok(Value::Bool(true))
            ) {
                tokio::task::yield_now().await;
            }
        };
        Ok(tokio::time::timeout(ARRIVAL_MAX, waiting).await?)
    }

    /// The text that a reader sees.
    ///
    /// # Errors
    /// When there is no page.
    pub async fn text(&self) -> anyhow::Result<String> {
        Ok(self.find("main").await?.text().await?)
    }

    /// Fails unless the reader sees `part`.
    ///
    /// # Errors
    /// Shows the page's text.
    pub async fn sees(&self, part: &str) -> anyhow::Result<()> {
        let text = self.text().await?;
        ensure!(text.contains(part), "“{part}” is not in:\n{text}");
        Ok(())
    }

    /// Has axe look at the page in light and dark, checks that nothing runs over the side of a telephone, and keeps a
    /// picture under `target/screenshots/<name>.png`.
    ///
    /// # Errors
    /// Names what would keep people out.
    pub async fn examine(&self, name: &str) -> anyhow::Result<()> {
        for scheme in ["dark", "light"] {
            let media = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
            self.tools("Emulation.setEmulatedMedia", &media).await?;
            let found = self.axe().await?;
            ensure!(found.is_empty(), "{name}, {scheme}: {found:#?}");
            self.picture(&format!("{name}-{scheme}")).await?;
        }
        let over =
            "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
        let over = self.client.execute(over, Vec::new()).await?;
        ensure!(
            over == json!(0),
            "{name} is {over} pixels too wide for a telephone"
        );
        Ok(())
    }

    async fn axe(&self) -> anyhow::Result<Vec<Value>> {
        self.client.execute(&self.axe, Vec::new()).await?;
        let run = "const done = arguments[arguments.length - 1];
            axe.run(document).then(found => done(found.violations.map(v =>
                ({id: v.id, impact: v.impact, help: v.help, nodes: v.nodes.map(n => n.html)}))),
                error => done([{id: String(error), impact: 'critical'}]))";
        let found = self.client.execute_async(run, Vec::new()).await?;
        let found = found.as_array().context("axe gives a list")?;
        let is_grave = |one: &&Value| GRAVE.iter().any(|grave| one["impact"] == **grave);
        Ok(found.iter().filter(is_grave).cloned().collect())
    }

    async fn picture(&self, name: &str) -> anyhow::Result<()> {
        let whole = json!({"format": "png", "captureBeyondViewport": true});
        let taken = self.tools("Page.captureScreenshot", &whole).await?;
        let bytes = STANDARD.decode(taken["data"].as_str().context("a picture")?)?;
        let folder = screenshots();
        std::fs::create_dir_all(&folder)?;
        Ok(std::fs::write(folder.join(format!("{name}.png")), bytes)?)
    }
}

fn screenshots() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/screenshots")
}

/// The port that the driver says it took.
async fn port(driver: &mut Child) -> anyhow::Result<u16> {
    let said = driver
        .stdout
        .take()
        .context("the driver's output is ours")?;
    let mut lines = BufReader::new(said).lines();
    while let Some(line) = lines.next_line().await? {
        if let Some((_, port)) = line.split_once("started successfully on port ") {
            return Ok(port.trim_end_matches('.').parse()?);
        }
    }
    bail!("chromedriver ended without a port")
}
