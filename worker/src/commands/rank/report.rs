//! `rank report`: one HTML page with everything in it, for the people who answer for the order.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use plotters::prelude::*;
use relance_shared::ranking::report::{PageFigures, Report, Survival};

use crate::commands::moment;

/// Size of a chart, in pixels.
const CHART: (u32, u32) = (760, 320);
const INK: RGBColor = RGBColor(11, 90, 143);
const WARM: RGBColor = RGBColor(179, 38, 30);
/// Coefficients listed.
const COEFFICIENTS_MAX: usize = 40;

/// Where the figures come from and where the page goes.
#[derive(Debug, clap::Args)]
pub struct ReportArgs {
    /// Folder with a log; without it, the database.
    #[arg(long, value_name = "DIR", requires = "as_of")]
    pub history: Option<PathBuf>,
    /// The instant to report for.
    #[arg(long, value_name = "TIME", requires = "history", value_parser = moment)]
    pub as_of: Option<DateTime<Utc>>,
    /// The page.
    #[arg(long, value_name = "FILE", default_value = "rank-report.html")]
    pub out: PathBuf,
}

/// Writes the page.
///
/// # Errors
/// When a chart cannot be drawn or the file not be written.
pub fn write(report: &Report, as_of: DateTime<Utc>, out: &Path) -> anyhow::Result<()> {
    let page = page(report, as_of)?;
    std::fs::write(out, page).with_context(|| format!("writing {}", out.display()))?;
    println!("{} holds the report.", out.display());
    Ok(())
}

fn page(report: &Report, as_of: DateTime<Utc>) -> anyhow::Result<String> {
    let model = &report.ranking.model;
    let learned = if report.is_learned() {
        format!(
            "Learned from {} awards and {} snapshots ({:?}).",
            model.awards, model.rows, model.stage
        )
    } else {
        format!(
            "{} awards are too few to learn from: the newest stand first.",
            model.awards
        )
    };
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
        <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
        <title>The order of the list</title><style>{STYLE}</style></head><body><main>\n\
        <h1>The order of the list, {}</h1>\n<p>{} pending projects. {learned}</p>\n",
        as_of.format("%-d %B %Y, %H:%M UTC"),
        report.ranking.placed.len(),
    );
    section(
        &mut page,
        "Does the chance mean what it says?",
        "Chance said and share awarded within 30 days, by tenth of the chance; on the line they agree.",
        &calibration_chart(report)?,
    );
    section(
        &mut page,
        "How long do projects stay?",
        "Share still pending by age, with its 95 % interval.",
        &survival_chart(&report.survival)?,
    );
    section(
        &mut page,
        "What stands on each page?",
        "Mean chance (blue) and share heard from in 90 days (red), by page.",
        &pages_chart(&report.pages)?,
    );
    section(
        &mut page,
        "Awarded within 30 days, by age",
        "Own history; a share needs 30 cases to be told elsewhere.",
        &odds_table(report),
    );
    section(
        &mut page,
        "What moved since yesterday",
        "Projects that entered or left pages 1 and 2.",
        &moved_table(report),
    );
    section(
        &mut page,
        "What the line looks at",
        "Coefficients in units of their columns, the weightiest first. Reports of providers are not among them.",
        &coefficients_table(report),
    );
    page.push_str("</main></body></html>\n");
    Ok(page)
}

const STYLE: &str = "body{font:1rem/1.5 system-ui,sans-serif;color:#1d2327;background:#fbfaf7;margin:0}\
main{max-width:48rem;margin:0 auto;padding:1rem}svg{max-width:100%;height:auto;background:#fff}\
table{border-collapse:collapse}td,th{padding:.3rem .8rem;border-bottom:1px solid #c9cfd4;text-align:left}\
td.n{text-align:right;font-variant-numeric:tabular-nums}";

fn section(page: &mut String, title: &str, what: &str, body: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(
        page,
        "<section><h2>{title}</h2><p>{what}</p>{body}</section>"
    );
}

fn calibration_chart(report: &Report) -> anyhow::Result<String> {
    let top = report
        .calibration
        .iter()
        .map(|b| b.said.max(b.came))
        .fold(0.05, f64::max)
        * 1.1;
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, CHART).into_drawing_area();
        let mut chart = ChartBuilder::on(&root)
            .margin(10)
            .x_label_area_size(36)
            .y_label_area_size(48)
            .build_cartesian_2d(0.0..top, 0.0..top)?;
        chart
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .x_desc("chance said")
            .y_desc("share awarded")
            .draw()?;
        chart.draw_series(LineSeries::new([(0.0, 0.0), (top, top)], &BLACK.mix(0.4)))?;
        chart.draw_series(
            report
                .calibration
                .iter()
                .map(|b| Circle::new((b.said, b.came), 5, INK.filled())),
        )?;
        root.present()?;
    }
    Ok(svg)
}

fn survival_chart(curve: &[Survival]) -> anyhow::Result<String> {
    let end = curve.last().map_or(1, |s| s.age_days).max(1);
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, CHART).into_drawing_area();
        let mut chart = ChartBuilder::on(&root)
            .margin(10)
            .x_label_area_size(36)
            .y_label_area_size(48)
            .build_cartesian_2d(0..end, 0.0..1.0)?;
        chart
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .x_desc("days on the list")
            .y_desc("still pending")
            .draw()?;
        let band = curve
            .iter()
            .map(|s| (s.age_days, s.high))
            .chain(curve.iter().rev().map(|s| (s.age_days, s.low)));
        chart.draw_series([Polygon::new(band.collect::<Vec<_>>(), INK.mix(0.2))])?;
        chart.draw_series(LineSeries::new(
            curve.iter().map(|s| (s.age_days, s.share)),
            INK.stroke_width(2),
        ))?;
        root.present()?;
    }
    Ok(svg)
}

fn pages_chart(pages: &[PageFigures]) -> anyhow::Result<String> {
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, CHART).into_drawing_area();
        let mut chart = ChartBuilder::on(&root)
            .margin(10)
            .x_label_area_size(36)
            .y_label_area_size(48)
            .build_cartesian_2d(1..pages.len().max(2), 0.0..1.0)?;
        chart
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .x_desc("page")
            .y_desc("share")
            .draw()?;
        chart.draw_series(LineSeries::new(
            pages.iter().map(|p| (p.page, p.chance)),
            INK.stroke_width(2),
        ))?;
        chart.draw_series(LineSeries::new(
            pages.iter().map(|p| (p.page, p.heard)),
            WARM.stroke_width(2),
        ))?;
        root.present()?;
    }
    Ok(svg)
}

fn odds_table(report: &Report) -> String {
    let rows = report.odds.iter().map(|o| {
        format!(
            "<tr><td>from {} days</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{:.1} %</td></tr>",
            o.from_days,
            o.cases,
            o.awarded,
            100.0 * o.share
        )
    });
    table(
        "<th>age</th><th>cases</th><th>awarded</th><th>share</th>",
        rows,
    )
}

fn moved_table(report: &Report) -> String {
    if report.moved.is_empty() {
        return "<p>Nothing.</p>".to_owned();
    }
    let place =
        |place: Option<usize>| place.map_or_else(|| "not listed".to_owned(), |p| p.to_string());
    let rows = report.moved.iter().map(|m| {
        format!(
            "<tr><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
            escaped(&m.reference),
            place(m.before),
            place(m.after)
        )
    });
    table("<th>project</th><th>yesterday</th><th>today</th>", rows)
}

fn coefficients_table(report: &Report) -> String {
    let rows = report
        .coefficients()
        .into_iter()
        .take(COEFFICIENTS_MAX)
        .map(|(name, c)| {
            format!(
                "<tr><td>{}</td><td class=\"n\">{c:+.3}</td></tr>",
                escaped(name)
            )
        });
    table("<th>column</th><th>coefficient</th>", rows)
}

fn table(head: &str, rows: impl Iterator<Item = String>) -> String {
    format!(
        "<table><thead><tr>{head}</tr></thead><tbody>{}</tbody></table>",
        rows.collect::<String>()
    )
}

/// References and categories are the platform's words.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use relance_shared::ranking::history::{Entry, Facts, History};

    use super::*;

    // M5: the platform's words cannot break the page; the page needs nothing from elsewhere.
    #[test]
    fn the_page_is_whole_and_escapes_what_it_quotes() {
        let entries = (0..50)
            .map(|n| Entry {
                id: format!("<script>{n}"),
                created_at: n * 86_400,
                facts: Facts::default(),
                left: None,
            })
            .collect();
        let as_of = DateTime::from_timestamp(60 * 86_400, 0).expect("a date");
        let history = History::new(entries, Vec::new(), Vec::new());
        let page = page(&Report::of(&history, as_of, 0), as_of).expect("it can be drawn");
        assert!(page.ends_with("</html>\n") && page.matches("<svg").count() == 3);
        assert!(!page.contains("<script>") && !page.contains("http-equiv"));
        assert!(
            !page.contains("src=") && !page.contains("href="),
            "nothing is fetched"
        );
    }
}
