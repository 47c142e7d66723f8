//! Sentences of the bot, on Discord and in the terminal. Each stands in both languages side by side.

use crate::account::Locale;
use crate::words::refund;

/// First and last character of text that a person wrote: the surface escapes what is between them for its own exit
/// (threats M5). Both are from a private area of Unicode and are taken out of the text itself.
pub const QUOTED: (char, char) = ('\u{e000}', '\u{e001}');

/// Key, French, English; `{name}` is filled in. `name_…` are names of commands and options (Discord allows lower-case
/// letters, digits, `-` and `_`), `about_…` their descriptions (100 characters at most).
const SENTENCES: &[(&str, &str, &str)] = &[
    ("name_faq", "faq", "faq"),
    (
        "about_faq",
        "Une réponse de la FAQ à votre question",
        "An answer from the FAQ to your question",
    ),
    ("name_question", "question", "question"),
    (
        "about_faq_question",
        "Votre question, avec vos mots",
        "Your question, in your own words",
    ),
    ("name_pending", "en-attente", "pending"),
    (
        "about_pending",
        "Les projets en attente, les plus probables d’abord",
        "The pending projects, the most probable first",
    ),
    ("name_page", "page", "page"),
    (
        "about_pending_page",
        "Numéro de la page ; sans lui, la première",
        "Number of the page; without it, the first",
    ),
    ("name_project", "projet", "project"),
    (
        "about_project",
        "Où se trouve un projet dans la liste, et pourquoi",
        "Where a project stands in the list, and why",
    ),
    ("name_reference", "numéro", "reference"),
    (
        "about_project_reference",
        "Numéro du projet, par exemple 31204",
        "Number of the project, for example 31204",
    ),
    ("name_link", "lier", "link"),
    (
        "about_link",
        "Relier votre compte Discord à votre compte de la plateforme",
        "Tie your Discord account to your account on the platform",
    ),
    ("name_email", "mail", "email"),
    (
        "about_link email",
        "Recevoir un code par mail",
        "Get a code by mail",
    ),
    ("name_address", "adresse", "address"),
    (
        "about_link email_address",
        "L’adresse de votre compte sur la plateforme",
        "The address of your account on the platform",
    ),
    ("name_code", "code", "code"),
    (
        "about_link code",
        "Donner le code reçu par mail",
        "Give the code that came by mail",
    ),
    (
        "about_link code_code",
        "Le code, par exemple ABCD-EFGH",
        "The code, for example ABCD-EFGH",
    ),
    ("name_report", "signaler", "report"),
    (
        "about_report",
        "Signaler qu’un ou plusieurs projets semblent terminés",
        "Report that one or several projects seem to be over",
    ),
    (
        "about_report_project",
        "Un ou plusieurs numéros, séparés par des espaces",
        "One or several numbers, separated by spaces",
    ),
    ("name_credits", "crédits", "credits"),
    (
        "about_credits",
        "Vos crédits : solde, dernières utilisations, marge",
        "Your credits: balance, last uses, margin",
    ),
    ("name_calls", "appels", "calls"),
    (
        "about_calls",
        "Équipe : les appels à passer",
        "Staff: the calls to make",
    ),
    ("name_status", "état", "status"),
    (
        "about_status",
        "Équipe : la liste, les tâches, la base",
        "Staff: the list, the jobs, the database",
    ),
    // What any command may answer.
    (
        "fault",
        "Quelque chose n’a pas marché de notre côté ; rien n’a été changé. Réessayez dans un instant ; si cela se répète, donnez-nous la référence {reference}.",
        "Something went wrong on our side; nothing was changed. Try again in a moment; if it happens again, give us the reference {reference}.",
    ),
    (
        "slow",
        "La réponse tarde trop. Réessayez dans un instant ; si cela se répète, donnez-nous la référence {reference}.",
        "The answer takes too long. Try again in a moment; if it happens again, give us the reference {reference}.",
    ),
    (
        "too_many",
        "C’est beaucoup de demandes à la suite : merci d’attendre {seconds} secondes.",
        "That is a lot of requests in a row: please wait {seconds} seconds.",
    ),
    (
        "old_button",
        "Ce bouton vient d’une version précédente et ne sert plus. Relancez la commande pour en obtenir un nouveau.",
        "This button is from an earlier version and no longer works. Use the command again to get a new one.",
    ),
    (
        "no_command",
        "Je ne connais pas cette commande. Celles qui existent : {commands}.",
        "I do not know this command. The ones that exist: {commands}.",
    ),
    (
        "not_here",
        "Je ne réponds pas à cet endroit. Utilisez la commande sur le serveur de la plateforme ou en message privé.",
        "I do not answer here. Use the command on the platform’s server or in a private message.",
    ),
    (
        "need_provider",
        "Cette commande est réservée aux prestataires. Reliez d’abord votre compte : `/link email`, puis `/link code`.",
        "This command is for providers. Tie your account first: `/link email`, then `/link code`.",
    ),
    (
        "need_staff",
        "Cette commande est réservée à l’équipe.",
        "This command is for the staff.",
    ),
    // /pending
    (
        "pending_title",
        "**Projets en attente, page {page} sur {pages}** ({total} projets)",
        "**Pending projects, page {page} of {pages}** ({total} projects)",
    ),
    (
        "pending_none",
        "Aucun projet en attente pour l’instant.",
        "No pending project at present.",
    ),
    (
        "pending_beyond",
        "La liste a {pages} pages ; il n’y a pas de page {page}.",
        "The list has {pages} pages; there is no page {page}.",
    ),
    (
        "pending_further",
        "Au-delà de la page 2, les projets sont plus anciens ou leurs clients plus silencieux : la probabilité est plus faible.",
        "Beyond page 2 projects are older or their clients more silent: it is less probable that they go ahead.",
    ),
    ("online_short", "en ligne depuis {age}", "online {age}"),
    (
        "sign_short",
        "dernier signe du client il y a {age}",
        "last sign of the client {age} ago",
    ),
    ("go_page", "Page {page}", "Page {page}"),
    // /project
    (
        "project_unknown",
        "Aucun projet n’a le numéro {reference}. Vérifiez-le dans la liste : `/pending`.",
        "No project has the number {reference}. Check it in the list: `/pending`.",
    ),
    (
        "project_title",
        "**{title}** (n° {reference})",
        "**{title}** (no. {reference})",
    ),
    (
        "project_sign_known",
        "Dernier signe du client : {kind}, le {date} ; connu de nous depuis le {known}.",
        "Last sign of the client: {kind}, on {date}; known to us since {known}.",
    ),
    (
        "project_sign_never",
        "Dernier signe du client : aucun à ce jour.",
        "Last sign of the client: none so far.",
    ),
    (
        "project_asked",
        "Dernière relance : le {date}.",
        "Last follow-up: on {date}.",
    ),
    (
        "project_never_asked",
        "Dernière relance : aucune à ce jour.",
        "Last follow-up: none so far.",
    ),
    (
        "project_in_progress",
        "En cours : attribué sur la plateforme le {date}. Il n’est plus dans la liste des projets en attente.",
        "In progress: awarded on the platform on {date}. It is no longer on the list of pending projects.",
    ),
    (
        "project_cancelled",
        "Annulé par son client le {date}. Il n’est plus dans la liste des projets en attente.",
        "Cancelled by its client on {date}. It is no longer on the list of pending projects.",
    ),
    (
        "project_past",
        "Terminé le {date}, avant que nous suivions cette liste.",
        "Ended on {date}, before we followed this list.",
    ),
    ("crm_button", "Fiche CRM", "CRM record"),
    (
        "crm_title",
        "**Fiche CRM du projet**, lue le {date}. Elle est pour vous seul : chaque lecture est notée.",
        "**CRM record of the project**, read on {date}. It is for you alone: each reading is noted.",
    ),
    (
        "crm_empty",
        "Aucun échange noté à ce jour.",
        "No contact noted so far.",
    ),
    (
        "crm_more",
        "Seules les {lines} dernières lignes sont montrées.",
        "Only the last {lines} lines are shown.",
    ),
    (
        "crm_refused",
        "La fiche CRM s’ouvre avec un abonnement privilège en cours ; le vôtre ne l’est pas en ce moment.",
        "The CRM record opens with a running privilege subscription; yours is not running at this moment.",
    ),
    // /link
    (
        "link_bad_address",
        "Cette adresse ne semble pas complète. Exemple : `/link email prenom@exemple.fr`.",
        "This address does not look complete. Example: `/link email name@example.org`.",
    ),
    (
        "link_sent",
        "Si un compte porte cette adresse, un code vient d’y partir. Il est valable {minutes} minutes : donnez-le avec `/link code`.",
        "If an account has this address, a code has just left for it. It is valid for {minutes} minutes: give it with `/link code`.",
    ),
    (
        "link_too_many",
        "Trop de codes ont été demandés. Attendez une heure avant d’en demander un autre.",
        "Too many codes were asked for. Wait an hour before asking for another one.",
    ),
    (
        "link_done",
        "C’est fait : ce compte Discord est relié à {name}.",
        "Done: this Discord account is tied to {name}.",
    ),
    (
        "link_wrong",
        "Ce code n’est pas le bon ou n’est plus valable. Demandez-en un autre avec `/link email` ; le dernier mail reçu contient le dernier code.",
        "This code is not the right one or no longer valid. Ask for another one with `/link email`; the last mail has the last code.",
    ),
    (
        "link_only_discord",
        "Dans ce terminal, `--as NOM` choisit le compte ; le lien par code est pour Discord.",
        "In this terminal `--as NAME` chooses the account; the tie by code is for Discord.",
    ),
    // /faq
    (
        "faq_source",
        "_Entrée de la FAQ : {entry}_",
        "_Entry of the FAQ: {entry}_",
    ),
    (
        "faq_did_you_mean",
        "Je ne suis pas sûr d’avoir compris. Est-ce l’une de ces questions ?",
        "I am not sure that I understood. Is it one of these questions?",
    ),
    (
        "faq_unknown",
        "Je ne sais pas répondre à cette question.",
        "I do not know the answer to this question.",
    ),
    // /credits
    (
        "credits_balance",
        "**Crédits disponibles : {available}** ({kinds})",
        "**Credits available: {available}** ({kinds})",
    ),
    (
        "credits_margin",
        "Utilisés : {used} sur {granted} reçus, dont {cancelled} sur des projets annulés depuis. Les abonnements prévoient cette marge.",
        "Used: {used} of {granted} received, {cancelled} of them on projects since cancelled. Subscriptions allow for this margin.",
    ),
    (
        "credits_none",
        "Aucun mouvement à ce jour.",
        "No movement so far.",
    ),
    ("credits_last", "Derniers mouvements :", "Last movements:"),
    ("credit_view", "consultation", "view"),
    ("credit_offer", "offre", "offer"),
    ("credit_contact", "contact", "contact"),
    (
        "credit_granted",
        "+{amount} ({kind}), abonnement",
        "+{amount} ({kind}), subscription",
    ),
    (
        "credit_spent",
        "-{amount} ({kind}), candidature",
        "-{amount} ({kind}), application",
    ),
    (
        "credit_returned",
        "+{amount} ({kind}), rendu à titre exceptionnel",
        "+{amount} ({kind}), given back as an exception",
    ),
    (
        "credit_corrected",
        "{amount} ({kind}), correction",
        "{amount} ({kind}), correction",
    ),
    (
        "credit_project",
        "projet n° {reference}",
        "project no. {reference}",
    ),
    // /report
    (
        "report_nothing",
        "Donnez au moins un numéro de projet, par exemple `/report 31204 31205`.",
        "Give at least one project number, for example `/report 31204 31205`.",
    ),
    // /calls
    ("calls_none", "Aucun appel à passer.", "No call to make."),
    (
        "calls_title",
        "**Appels à passer : {count}**",
        "**Calls to make: {count}**",
    ),
    (
        "calls_line",
        "{name}, {phone}, projets {projects}, avant le {until}",
        "{name}, {phone}, projects {projects}, before {until}",
    ),
    (
        "calls_record",
        "Le résultat se note sur la page de l’équipe ou avec `relance-worker calls record`.",
        "The outcome is recorded on the staff’s page or with `relance-worker calls record`.",
    ),
    // A person is asked for.
    (
        "person_wanted",
        "**Une personne est demandée** par {who} : {question}",
        "**A person is asked for** by {who}: {question}",
    ),
    // /status
    ("status_title", "**État**", "**Status**"),
    (
        "status_counts",
        "{pending} projets en attente, {progress} en cours.",
        "{pending} projects pending, {progress} in progress.",
    ),
    ("status_base", "Base : {state}.", "Database: {state}."),
    ("status_base_fits", "à jour", "up to date"),
    (
        "status_base_old",
        "schéma différent de celui de ce programme",
        "schema other than this program’s",
    ),
    (
        "status_job_idle",
        "`{job}` : dernière fin {ended}",
        "`{job}`: last end {ended}",
    ),
    (
        "status_job_never",
        "`{job}` : jamais terminée",
        "`{job}`: never ended",
    ),
    (
        "status_job_parked",
        "`{job}` : **arrêtée** après {attempts} essais, attend une personne",
        "`{job}`: **parked** after {attempts} tries, waits for a person",
    ),
    (
        "status_job_waits",
        "`{job}` : en attente, {attempts} essais",
        "`{job}`: waiting, {attempts} tries",
    ),
];

/// The sentence named `key` in `locale` with its `{name}`s filled in.
///
/// # Panics
/// Never in a built program: a test asks for every key that the programs use.
#[must_use]
pub fn say(locale: Locale, key: &str, values: &[(&str, &str)]) -> String {
    let mut text = find(locale, key).unwrap_or(key).to_owned();
    for (name, value) in values {
        text = text.replace(&format!("{{{name}}}"), value);
    }
    text
}

/// The sentence named `key`, as it is written here; none when there is no such sentence.
#[must_use]
pub fn find(locale: Locale, key: &str) -> Option<&'static str> {
    let (_, fr, en) =
        (SENTENCES.iter().chain(refund::SENTENCES)).find(|(name, ..)| *name == key)?;
    Some(match locale {
        Locale::Fr => fr,
        Locale::En => en,
    })
}

/// Text that a person wrote, on one line, cut after `chars_max` characters and marked for the surface to escape.
#[must_use]
pub fn quoted(text: &str, chars_max: usize) -> String {
    let (open, close) = QUOTED;
    let mut clean: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .filter(|c| !matches!(c, '\u{e000}' | '\u{e001}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
        .take(chars_max + 1)
        .collect();
    if clean.chars().count() > chars_max {
        clean = clean.chars().take(chars_max.saturating_sub(1)).collect();
        clean.push('…');
    }
    format!("{open}{}{close}", clean.trim())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_sentence_is_there_once_and_asks_for_the_same_values_in_both_languages() {
        let mut seen = BTreeSet::new();
        for (key, fr, en) in SENTENCES.iter().chain(refund::SENTENCES) {
            assert!(seen.insert(key), "{key} is there twice");
            assert!(
                !fr.trim().is_empty() && !en.trim().is_empty(),
                "{key} is empty"
            );
            assert_eq!(values(fr), values(en), "{key}");
            if key.starts_with("about_") {
                assert!(
                    fr.chars().count() <= 100 && en.chars().count() <= 100,
                    "{key} is too long"
                );
            }
        }
    }

    // S17, S26, N24: nothing promises a refund or claims certainty.
    #[test]
    fn no_sentence_promises_or_is_certain() {
        const NEVER: [&str; 8] = [
            "sera remboursé",
            "serez remboursé",
            "will be refunded",
            "certain",
            "guarantee",
            "garanti",
            "malhonnête",
            "dishonest",
        ];
        for (key, fr, en) in SENTENCES.iter().chain(refund::SENTENCES) {
            for word in NEVER {
                assert!(
                    !fr.contains(word) && !en.contains(word),
                    "{key} says {word:?}"
                );
            }
        }
    }

    // M5: marks cannot be forged, and hidden direction marks do not survive.
    #[test]
    fn quoted_text_keeps_to_one_line_and_its_marks() {
        assert_eq!(
            quoted("a\nb\u{e001}c\u{202e}d", 50),
            "\u{e000}a bcd\u{e001}"
        );
        assert_eq!(quoted("abcdef", 4), "\u{e000}abc…\u{e001}");
    }

    fn values(text: &str) -> BTreeSet<&str> {
        text.split('{')
            .skip(1)
            .filter_map(|rest| rest.split('}').next())
            .collect()
    }
}
