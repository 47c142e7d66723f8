//! Answers that nobody wrote: absence, tickets, receipts, challenges, reports (RFC 3834, 8098, and habits).
//!
//! They are never answered and never count as an answer; a stated return date may only postpone.

use std::sync::LazyLock;

use mail_parser::MimeHeaders as _;
use regex::Regex;

use super::message::{Mail, content_type};
use super::pattern::{Edged, rx};

/// Longest text, in characters, that words alone may call automatic: a person who explains writes more.
const WORDS_ALONE_CHARS_MAX: usize = 900;
/// Text looked at for a machine's words, in bytes: machines say at once that they are one.
const WORDS_BYTES_MAX: usize = 16 * 1024;

/// What sort of automatic answer it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// Away for a while.
    Absence,
    /// A request was numbered and will be dealt with.
    Ticket,
    /// The sender must prove to be human.
    Challenge,
    /// The address changed, or nobody reads it any more.
    AddressChanged,
    /// The person left.
    Left,
    /// A reading receipt.
    Receipt,
    /// An answer to an invitation.
    Calendar,
    /// A list, a report, anything else made by a machine.
    Other,
}

/// Why a message counts as automatic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Automatic {
    /// The sort.
    pub sort: Sort,
    /// The header or the words that say so.
    pub evidence: String,
}

/// Subjects that programs put before ours. Anchored: a person may write the same words further on.
static TITLED: LazyLock<Regex> = LazyLock::new(|| {
    rx(
        r"(?ix)^\W{0,3}(?:r[ée]ponse\sautomatique|r[ée]pondeur|absen(?:ce|te?(?:\(e\))?)(?:\sdu\sbureau|\sjusqu|\sd|\s?$|\s?:|\sré|\sen\s|\spour\s|\sdepuis)|message\s(?:d['’]absence|automatique)|notification\sd['’]absence|en\s(?:cong[ée]s?|vacances|d[ée]placement|arr[êe]t)\b|cong[ée]s?\s(?:d['’]|jusqu|annuel|de\s)|accus[ée]\s(?:de\s)?(?:r[ée]ception|lecture)|auto(?:matic|mated|matische|-)?[\s-]?(?:reply|response|antwort|respuesta|reply|répondeur)|out\s(?:of|-of-)\s?(?:the\s)?(?:office|-?office)|away\s(?:from|until)|i\sam\s(?:away|out)|on\s(?:leave|holiday|vacation)|vacation\s(?:reply|message|notice)|abwesenheit|automatische\santwort|autosvar|automatyczna\sodpowied|respuesta\sautom|fuera\sde\s(?:la\s)?oficina|risposta\sautom|assente|resposta\sautom|ausência|afwezig|автоответ|automaattinen|nicht\sim\sbüro|im\surlaub|
        (?:non\s)?lu\s?:|(?:not\s)?read\s?:|gelesen\s?:|accept[ée]e?\s?:|refus[ée]e?\s?:|provisoire\s?:|accepted\s?:|declined\s?:|tentative\s?:|zugesagt\s?:|
        changement\sd['’]adresse|nouvelle\sadresse|adresse\s(?:mail\s|e-?mail\s)?(?:abandonn|obsol|chang|d[ée]sactiv|ferm|invalide|modifi|supprim)|(?:collaborat\w+|salari\w+|employ\w+)\s(?:parti|n['’]est\splus)|d[ée]part\s(?:en\sretraite|de\s|d['’]|[àa]\s)|fin\sde\s(?:mandat|contrat|mission|fonction)|
        \[[^\]]{0,40}\]\s?(?:votre\s(?:demande|message|ticket)|ticket|demande\sre[çc]ue|nouveau\sticket|we\s(?:have\s)?received)|\[(?:demande\sre[çc]ue|ticket|request\sreceived|mailinblack|mailinblanc)\b|ticket\s(?:re[çc]u|cr[ée]{1,2}|n|\#|received|created)|(?:we(?:['’]ve|\shave)?\s)?received\syour\s(?:request|message|email)|votre\s(?:demande|message|mail|courriel|ticket)\s(?:a\s(?:bien\s)?[ée]t[ée]|est\sen\sattente|\#|n°|à\sla\sliste)|(?:bonne\s)?r[ée]ception\sde\svotre\s|confirmation\sd['’]exp[ée]diteur|confirme[rz]\svotre\s(?:message|adresse|envoi)|cliquez\spour\sque|please\sconfirm\syour|v[ée]rification\sd['’]exp[ée]diteur|nous\savons\s(?:bien\s)?re[çc]u\svotre|
        (?:dmarc\s(?:aggregate\s)?)?report\sdomain:|\[?dmarc\s(?:aggregate|report)|aws\snotification\smessage|\S+\s\S+\sest\s(?:actuellement\s)?(?:absent|en\scong|en\svacances))",
    )
});

/// Sentences at the start of automatic answers without any header.
static WORDS: LazyLock<Edged> = LazyLock::new(|| {
    Edged::new(
        r"(?ix)\b(?:
        (?P<said>(?:ceci|ce(?:ci)?\s(?:message|courriel|mail|e-?mail)|message|r[ée]ponse|notification|e-?mail|courriel)\s(?:est\s)?(?:une?\s(?:r[ée]ponse|message|courriel|mail|notification)\s)?(?:g[ée]n[ée]r[ée]e?\s|envoy[ée]e?\s)?(?:automatique(?:ment)?|g[ée]n[ée]r[ée]e?\sautomatiquement)|this\sis\san?\s(?:auto(?:mated|matic|-)?)[\s-]?(?:message|reply|response|e-?mail)|(?:merci\sde\s)?ne\spas\sr[ée]pondre(?:\s[àa]\sce|\.|\s?$)|please\sdo\snot\sreply|do\snot\sreply\sto\sthis|rejet[ée]e?\sautomatiquement|diese\s(?:e-?mail|nachricht)\swurde\sautomatisch)
        |(?P<receipt>a\s[ée]t[ée]\s(?:lu|affich[ée]|supprim[ée]\ssans)\s(?:par|le|sans)|accus[ée]\sde\s(?:lecture|r[ée]ception)\sdu\scourrier|was\sread\s(?:on|by))
        |(?P<challenge>mis\sen\squarantaine|prouve[rz]?\sque\svous|(?:cliqu\w+|clic)\s.*(?:d[ée]livr|distribu|remis|recev|valid|exp[ée]diteur|suffit)|n['’]êtes\spas\s(?:encore\s)?dans\s(?:mes|les)\scontacts|pas\sun\srobot\sen|recopie[rz]\sle\scode|en\sattente\s(?:de\svalidation|d['’]approbation))
        |(?P<ticket>(?:votre|vos)\s(?:demande|message|mail|courriel|email|e-mail|ticket)s?\s(?:a|ont)\s(?:bien\s)?[ée]t[ée]\s(?:re[çc]ue?|enregistr|pris|transmis|convert|envoy)|(?:nous|on)\s(?:avons|accusons|a)\s(?:bien\s|bonne\s)*(?:re[çc]u|r[ée]ception)\s(?:de\s)?votre\s(?:message|demande|mail|courriel|e-?mail)|accuse\s(?:bonne\s)?r[ée]ception\sde\svotre|your\s(?:request|message|ticket|email)\s(?:has\sbeen|was)\s(?:received|logged|created)|un\sticket\sa\s[ée]t[ée]|statut\s?:\snouveau|r[ée]serv[ée]e?\sau\sd[ée]p[ôo]t)
        |(?P<left>(?:ne\s(?:fait|travaille|fais)\splus\s(?:partie|dans|chez|pour)|n['’]est\splus\s(?:employ|salari|en\sposte|dans\s(?:la|l['’]|notre)|parmi)|a\squitt[ée]\s(?:la|l['’]|notre|ses|nos)|ne\ssuis\splus\s(?:président|en\sposte|dans|salari|employ)|j['’]ai\s(?:pris\sma\sretraite|quitt[ée]\s(?:la\ssoci[ée]t[ée]|l['’]entreprise|mes\sfonctions|mon\sposte)))\b)
        |(?P<changed>(?:cette|l['’]|mon|notre)\s?(?:ancienne\s)?(?:adresse|bo[îi]te)\s?(?:mail|e-?mail|aux\slettres|[àa]\slaquelle\svous\s[ée]crivez)?\s(?:\w+\s)?(?:n['’](?:existe|est)\splus|ne\ssera\splus|est\s(?:d[ée]sactiv|abandonn|ferm|supprim)|change|devient|sera\s(?:d[ée]sactiv|ferm|supprim))|adresse\s(?:mail\s)?abandonn|(?:veuillez|merci\sde)\s(?:d[ée]sormais|dor[ée]navant|noter\s(?:ma|notre)\snouvelle)|(?:ma|notre)\snouvelle\sadresse)
        |(?P<absent>(?:je\s(?:suis|serai)|nous\s(?:sommes|serons)|(?:le|la|nos|notre|les)\s\w+\s(?:est|sont|sera|seront))\s(?:actuellement\s|absolument\s)?(?:absente?(?:\(e\))?s?|en\s(?:cong[ée]s?|vacances|d[ée]placement|arr[êe]t|formation)|ferm[ée]e?s?|hors\sdu\sbureau|injoignable|indisponible)\b|(?:de\sretour|retour|r[ée]ouverture)\s(?:le|lundi|mardi|mercredi|jeudi|vendredi|au\sbureau|[àa]\spartir)|je\s(?:vous\s)?r[ée]pondrai\s(?:[àa]\s(?:votre|vos)\s.{0,20})?(?:d[èe]s|[àa]|au)\s(?:mon|ma)\sretour|i\s(?:am|will\sbe)\s(?:currently\s)?(?:out\sof\s(?:the\s)?office|away|on\s(?:leave|vacation|holiday))|ich\sbin\s.*(?:nicht\sim\sbüro|abwesend|im\surlaub)|estoy\s.{0,20}(?:vacaciones|fuera\sde))
    )",
    )
});

/// A person who says that no machine wrote, or who talks about the project, is a person.
static PERSON: LazyLock<Edged> = LazyLock::new(|| {
    Edged::new(
        r"(?i)(?:n['’]est pas|pas) (?:un|une) (?:message|r[ée]ponse|mail) (?:automatique|auto)|(?:mon|le|ce|notre|du|au) (?:projet|besoin|chantier|devis|annonce|dossier|recherche)|toujours (?:d['’]actualit|en recherche|int[ée]ress)|presta(?:taire)?s?\b|(?:vos|votre) (?:plateforme|site|service)|j['’]ai (?:choisi|trouv|sign|pris)|my project|annul",
    )
});

/// Fields that only machines write.
const MACHINE_FIELDS: [&str; 8] = [
    "X-Autoreply",
    "X-Autorespond",
    "X-Autoresponder",
    "X-Auto-Reply-From",
    "X-AutoReply-From",
    "X-Autogenerated",
    "X-Mail-Autoreply",
    "X-FC-MachineGenerated",
];
/// What Precedence says of mail that nobody wrote.
const PRECEDENCES: [&str; 5] = ["auto_reply", "auto-reply", "bulk", "junk", "list"];
/// Beginnings of local parts, without dots and dashes, at which nobody reads.
const MACHINES: [&str; 7] = [
    "noreply",
    "donotreply",
    "nepasrepondre",
    "nereponds",
    "mailerdaemon",
    "autoreply",
    "autoresponder",
];

/// Whether a subject is one that automatic answers carry.
#[must_use]
pub fn is_titled(subject: &str) -> bool {
    TITLED.is_match(subject)
}

/// Whether nobody wrote this message. `words` is the text without our quoted letter.
#[must_use]
pub fn find(mail: &Mail<'_>, words: &str) -> Option<Automatic> {
    let subject = mail.subject();
    let words = beginning(words);
    let evidence = evidence(mail, &subject, words)?;
    Some(Automatic {
        sort: sort(mail, &subject, words),
        evidence,
    })
}

/// The first [`WORDS_BYTES_MAX`] bytes, at a character's edge.
fn beginning(words: &str) -> &str {
    let mut end = words.len().min(WORDS_BYTES_MAX);
    while !words.is_char_boundary(end) {
        end -= 1;
    }
    &words[..end]
}

fn evidence(mail: &Mail<'_>, subject: &str, words: &str) -> Option<String> {
    if let Some(evidence) = by_headers(mail).or_else(|| by_parts(mail)) {
        return Some(evidence);
    }
    let said = WORDS.captures(words);
    let about_project = PERSON.is_match(words);
    if TITLED.is_match(subject) && !(about_project && said.is_none()) {
        return Some(format!("the subject \"{subject}\""));
    }
    let said = said?;
    let plain = ["said", "receipt", "challenge"]
        .iter()
        .any(|name| said.name(name).is_some());
    let is_brief = words.chars().count() <= WORDS_ALONE_CHARS_MAX;
    // Words alone: a machine says that it is one, or a short absence note that does not talk about the project.
    if is_brief
        && !about_project
        && (plain || !subject_is_reply(subject) || WORDS.exact().find_iter(words).count() >= 2)
    {
        return Some(format!(
            "the words \"{}\"",
            said.get(0).map_or("", |found| found.as_str())
        ));
    }
    None
}

/// Our letter's own subject under "Re:": a person pressed "answer".
fn subject_is_reply(subject: &str) -> bool {
    let lower = subject.to_lowercase();
    [
        "re:", "re :", "ré:", "tr:", "aw:", "sv:", "rv:", "fwd:", "rép",
    ]
    .iter()
    .any(|prefix| lower.starts_with(prefix))
}

fn by_headers(mail: &Mail<'_>) -> Option<String> {
    by_fields(mail).or_else(|| {
        let local = mail
            .from_address()
            .and_then(|from| from.split('@').next().map(str::to_owned))
            .unwrap_or_default();
        let squeezed: String = local.chars().filter(char::is_ascii_alphanumeric).collect();
        MACHINES
            .iter()
            .any(|name| squeezed.starts_with(name))
            .then(|| format!("the sender {local}@…"))
    })
}

fn by_fields(mail: &Mail<'_>) -> Option<String> {
    for value in mail.headers("Auto-Submitted") {
        let word: String = value
            .to_lowercase()
            .chars()
            .take_while(|c| c.is_ascii_alphabetic() || *c == '-')
            .collect();
        if !word.is_empty() && word != "no" {
            return Some(format!("Auto-Submitted: {value}"));
        }
    }
    for name in MACHINE_FIELDS {
        if let Some(value) = mail
            .header(name)
            .filter(|value| !value.eq_ignore_ascii_case("no"))
        {
            return Some(format!("{name}: {value}"));
        }
    }
    for value in mail.headers("Precedence") {
        let word = value.to_lowercase();
        if PRECEDENCES.contains(&word.as_str()) {
            return Some(format!("Precedence: {word}"));
        }
    }
    // Each alone stands on mail that people write; together they are Exchange's out-of-office.
    if mail.header("X-Auto-Response-Suppress").is_some()
        && mail.header("X-MS-Exchange-Inbox-Rules-Loop").is_some()
    {
        return Some("X-Auto-Response-Suppress with X-MS-Exchange-Inbox-Rules-Loop".to_owned());
    }
    if mail.header("List-Id").is_some() {
        return Some("List-Id".to_owned());
    }
    mail.has_null_return_path()
        .then(|| "an empty Return-Path".to_owned())
}

fn by_parts(mail: &Mail<'_>) -> Option<String> {
    for part in mail.own_parts() {
        let kind = content_type(part);
        let attribute = |name: &str| {
            part.content_type()
                .and_then(|kind| kind.attribute(name))
                .unwrap_or_default()
                .to_lowercase()
        };
        if kind == "message/disposition-notification"
            || kind == "multipart/report" && attribute("report-type") == "disposition-notification"
        {
            return Some("a reading receipt (RFC 8098)".to_owned());
        }
        if kind == "text/calendar"
            && matches!(attribute("method").as_str(), "reply" | "counter" | "cancel")
        {
            return Some("an answer to an invitation (text/calendar)".to_owned());
        }
        if kind == "multipart/report" {
            return Some("a report made by a machine (multipart/report)".to_owned());
        }
    }
    None
}

fn sort(mail: &Mail<'_>, subject: &str, words: &str) -> Sort {
    if let Some(evidence) = by_parts(mail) {
        return if evidence.contains("receipt") {
            Sort::Receipt
        } else if evidence.contains("calendar") {
            Sort::Calendar
        } else {
            Sort::Other
        };
    }
    let both = format!("{subject}\n{words}");
    let Some(found) = WORDS
        .exact()
        .captures_iter(&both)
        .find(|found| found.name("said").is_none())
    else {
        return if TITLED.is_match(subject) {
            Sort::Absence
        } else {
            Sort::Other
        };
    };
    let names = [
        ("receipt", Sort::Receipt),
        ("challenge", Sort::Challenge),
        ("ticket", Sort::Ticket),
        ("left", Sort::Left),
        ("changed", Sort::AddressChanged),
        ("absent", Sort::Absence),
    ];
    names
        .into_iter()
        .find(|(name, _)| found.name(name).is_some())
        .map_or(Sort::Other, |(_, sort)| sort)
}
