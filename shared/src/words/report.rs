//! Sentences about reports and their alarms. Calm words: a pattern is to be looked at, nobody is accused.

use crate::account::Locale;
use crate::report::{AlarmKind, Verdict};
use crate::words::bot::command;
use crate::words::typeset;

/// What the staff's channel is told, in French, the platform's own language; no reporter is named (N11).
#[must_use]
pub fn alarm(kind: AlarmKind, reports: i64) -> String {
    let what = match kind {
        AlarmKind::ManyProjects => {
            format!("un même prestataire a signalé {reports} projets en 7 jours")
        }
        AlarmKind::ManyVoices => {
            format!("{reports} prestataires ont signalé un même projet en 7 jours")
        }
        AlarmKind::AfterOwnApplication => {
            "un projet a été signalé par un prestataire qui venait d’y postuler".to_owned()
        }
    };
    let told = format!(
        "**À regarder** : {what}. Rien n’a changé dans la liste ; seul le client peut annuler. Détail : `{}`.",
        command(Locale::Fr, "status")
    );
    typeset(Locale::Fr, &told)
}

/// An alarm on the staff's desk.
#[must_use]
pub fn alarm_line(
    locale: Locale,
    kind: AlarmKind,
    reports: i64,
    provider: Option<&str>,
    project: Option<&str>,
) -> String {
    let (provider, project) = (provider.unwrap_or("-"), project.unwrap_or("-"));
    let told = match (locale, kind) {
        (Locale::Fr, AlarmKind::ManyProjects) => {
            format!(
                "Signalements : le prestataire {provider} a signalé {reports} projets en 7 jours."
            )
        }
        (Locale::En, AlarmKind::ManyProjects) => {
            format!("Reports: provider {provider} reported {reports} projects within 7 days.")
        }
        (Locale::Fr, AlarmKind::ManyVoices) => {
            format!("Signalements : {reports} prestataires pour le projet n° {project} en 7 jours.")
        }
        (Locale::En, AlarmKind::ManyVoices) => {
            format!("Reports: {reports} providers about project no. {project} within 7 days.")
        }
        (Locale::Fr, AlarmKind::AfterOwnApplication) => {
            format!(
                "Signalement : projet n° {project}, par un prestataire qui venait d’y postuler."
            )
        }
        (Locale::En, AlarmKind::AfterOwnApplication) => {
            format!("Report: project no. {project}, by a provider who had just applied to it.")
        }
    };
    typeset(locale, &told)
}

/// What a reporter is told of one reference.
#[must_use]
pub fn verdict(locale: Locale, reference: &str, verdict: Verdict) -> String {
    let told = match (locale, verdict) {
        (Locale::Fr, Verdict::Noted) => format!("n° {reference} : noté"),
        (Locale::En, Verdict::Noted) => format!("no. {reference}: noted"),
        (Locale::Fr, Verdict::Already) => format!("n° {reference} : vous l’aviez déjà signalé"),
        (Locale::En, Verdict::Already) => format!("no. {reference}: you had reported it already"),
        (Locale::Fr, Verdict::NotPending) => {
            format!("n° {reference} : il n’est plus en attente, rien à signaler")
        }
        (Locale::En, Verdict::NotPending) => {
            format!("no. {reference}: it is no longer pending, nothing to report")
        }
        (Locale::Fr, Verdict::Unknown) => format!("n° {reference} : aucun projet n’a ce numéro"),
        (Locale::En, Verdict::Unknown) => format!("no. {reference}: no project has this number"),
    };
    typeset(locale, &told)
}

/// What follows from a report.
#[must_use]
pub const fn thanks(locale: Locale) -> &'static str {
    match locale {
        Locale::Fr => {
            "Merci. Nous demanderons au client où en est son projet. Un signalement ne retire rien de la liste\u{a0}: seul le client peut annuler, depuis son compte. Personne ne saura qui a signalé."
        }
        Locale::En => {
            "Thank you. We will ask the client how the project stands. A report takes nothing off the list: only the client can cancel, from their account. Nobody will learn who reported."
        }
    }
}
