//! `rank report`: one HTML page with everything in it, for the people who answer for the order.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use plotters::prelude::*;
use relance_shared::account::Locale;
use relance_shared::ranking::report::{PageFigures, Report, Survival};
use relance_shared::words::rank_report::{self as words, Page};
use relance_shared::words::typeset;

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
    /// Language of the page, fr or en.
    #[arg(long, value_name = "LANG", default_value = "fr", value_parser = ["fr", "en"])]
    pub locale: String,
}

/// Writes the page.
///
/// # Errors
/// When a chart cannot be drawn or the file not be written.
pub fn write(report: &Report, as_of: DateTime<Utc>, args: &ReportArgs) -> anyhow::Result<()> {
    let page = page(report, as_of, Locale::of_tag(&args.locale))?;
    let out = args.out.display();
    std::fs::write(&args.out, page).with_context(|| format!("writing {out}"))?;
    println!("{out} holds the report.");
    Ok(())
}

fn page(report: &Report, as_of: DateTime<Utc>, locale: Locale) -> anyhow::Result<String> {
    let words = words::page(locale);
    let model = &report.ranking.model;
    let pending = report.ranking.placed.len();
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\">\
        <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
        <title>{title}</title><style>{STYLE}</style></head><body><main>\n\
        <h1>{title}</h1>\n<p class=\"when\">{}</p>\n<p>{}</p>\n",
        words.lang,
        words::as_of(locale, as_of),
        typeset(
            locale,
            &words::learned(locale, pending, model.stage, model.awards, model.rows)
        ),
        title = words.title,
    );
    let [title, what, ..] = words.calibration;
    section(
        &mut page,
        locale,
        title,
        what,
        &calibration_chart(report, words)?,
    );
    let [title, what, ..] = words.survival;
    let chart = survival_chart(&report.survival, words)?;
    section(&mut page, locale, title, what, &chart);
    let [title, what, ..] = words.pages;
    section(
        &mut page,
        locale,
        title,
        what,
        &pages_chart(&report.pages, words)?,
    );
    let [title, what, ..] = words.odds;
    section(&mut page, locale, title, what, &odds_table(report, locale));
    let [title, what, ..] = words.moved;
    section(&mut page, locale, title, what, &moved_table(report, words));
    let [title, what, ..] = words.coefficients;
    section(
        &mut page,
        locale,
        title,
        what,
        &coefficients_table(report, locale),
    );
    page.push_str("</main></body></html>\n");
    Ok(page)
}

const STYLE: &str = "body{font:1rem/1.5 system-ui,sans-serif;color:#1d2327;background:#fbfaf7;margin:0}\
main{max-width:52rem;margin:0 auto;padding:1rem}h1{font-size:1.75rem;margin-bottom:0}h2{font-size:1.25rem;margin-top:2rem}\
.when{margin-top:0;color:#4a545c}svg{max-width:100%;height:auto;background:#fff}\
svg text{font-family:system-ui,sans-serif;font-size:14px}\
table{border-collapse:collapse}td,th{padding:.3rem .8rem;border-bottom:1px solid #c9cfd4;text-align:left}\
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}";

fn section(page: &mut String, locale: Locale, title: &str, what: &str, body: &str) {
    let (title, what) = (typeset(locale, title), typeset(locale, what));
    // Writing to a string cannot fail.
    let _ = writeln!(
        page,
        "<section><h2>{title}</h2><p>{what}</p>{body}</section>"
    );
}

fn calibration_chart(report: &Report, words: &Page) -> anyhow::Result<String> {
    let top = report
        .calibration
        .iter()
        .map(|b| b.said.max(b.came))
        .fold(0.05, f64::max)
        * 1.1;
    let all: f64 = report.calibration.iter().map(|b| b.weight).sum();
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, CHART).into_drawing_area();
        let mut chart = ChartBuilder::on(&root)
            .margin(10)
            .x_label_area_size(48)
            .y_label_area_size(64)
            .build_cartesian_2d(0.0..top, 0.0..top)?;
        chart
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .x_desc(words.calibration[2])
            .y_desc(words.calibration[3])
            .draw()?;
        chart.draw_series(LineSeries::new([(0.0, 0.0), (top, top)], &BLACK.mix(0.4)))?;
        chart.draw_series(
            report
                .calibration
                .iter()
                .map(|b| Circle::new((b.said, b.came), dot(b.weight / all), INK.filled())),
        )?;
        root.present()?;
    }
    Ok(svg)
}

/// Radius in pixels of the dot of a share of all snapshots: its area grows with the share, within what can be seen.
#[expect(clippy::cast_possible_truncation, reason = "3 to 12")]
fn dot(share: f64) -> i32 {
    (40.0 * share.max(0.0).sqrt()).round().clamp(3.0, 12.0) as i32
}

fn survival_chart(curve: &[Survival], words: &Page) -> anyhow::Result<String> {
    let end = curve.last().map_or(1, |s| s.age_days).max(1);
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, CHART).into_drawing_area();
        let mut chart = ChartBuilder::on(&root)
            .margin(10)
            .x_label_area_size(48)
            .y_label_area_size(64)
            .build_cartesian_2d(0..end, 0.0..1.0)?;
        chart
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .x_desc(words.survival[2])
            .y_desc(words.survival[3])
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

fn pages_chart(pages: &[PageFigures], words: &Page) -> anyhow::Result<String> {
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, CHART).into_drawing_area();
        let mut chart = ChartBuilder::on(&root)
            .margin(10)
            .x_label_area_size(48)
            .y_label_area_size(64)
            .build_cartesian_2d(1..pages.len().max(2), 0.0..1.0)?;
        chart
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .x_desc(words.pages[2])
            .y_desc(words.pages[3])
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

fn odds_table(report: &Report, locale: Locale) -> String {
    let rows = report.odds.iter().map(|o| {
        format!(
            "<tr><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
            words::from_days(locale, o.from_days),
            o.cases,
            o.awarded,
            words::percent(locale, o.share)
        )
    });
    table(&words::page(locale).odds[2..], rows)
}

fn moved_table(report: &Report, words: &Page) -> String {
    if report.moved.is_empty() {
        return format!("<p>{}</p>", words.nothing);
    }
    let place =
        |place: Option<usize>| place.map_or_else(|| words.not_listed.to_owned(), |p| p.to_string());
    let rows = report.moved.iter().map(|m| {
        format!(
            "<tr><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
            escaped(&m.reference),
            place(m.before),
            place(m.after)
        )
    });
    table(&words.moved[2..], rows)
}

fn coefficients_table(report: &Report, locale: Locale) -> String {
    let rows = report
        .coefficients()
        .into_iter()
        .take(COEFFICIENTS_MAX)
        .map(|(name, c)| {
            format!(
                "<tr><td>{}</td><td class=\"n\">{}</td></tr>",
                typeset(locale, &escaped(&words::column(locale, name))),
                words::signed(locale, c)
            )
        });
    table(&words::page(locale).coefficients[2..], rows)
}

/// The first column is text, the others numbers.
fn table(head: &[&str], rows: impl Iterator<Item = String>) -> String {
    let head = (0..).zip(head).map(|(at, name)| {
        let class = if at > 0 { " class=\"n\"" } else { "" };
        format!("<th scope=\"col\"{class}>{name}</th>")
    });
    format!(
        "<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>",
        head.collect::<String>(),
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
        let report = Report::of(&history, as_of, 0);
        for (locale, lang) in [
            (Locale::Fr, "<html lang=\"fr\">"),
            (Locale::En, "<html lang=\"en\">"),
        ] {
            let page = page(&report, as_of, locale).expect("it can be drawn");
            assert!(page.contains(lang));
            whole(&page);
            assert!(
                locale == Locale::En || !(page.contains(" ?") || page.contains("« ")),
                "French is set as French"
            );
        }
    }

    fn whole(page: &str) {
        assert!(page.ends_with("</html>\n") && page.matches("<svg").count() == 3);
        assert!(!page.contains("<script>") && !page.contains("http-equiv"));
        assert!(
            !page.contains("src=") && !page.contains("href="),
            "nothing is fetched"
        );
    }
}
