use secrecy::SecretString;

use super::*;
use crate::config::Settings;
use crate::testing::day;
use crate::token::Keys;

fn keys() -> Keys {
    Keys::new(SecretString::from("k".repeat(40)), None).unwrap()
}

fn settings() -> Settings {
    let mut settings = Settings::default();
    settings.mail.from = "Place des projets <bonjour@place.example>".to_owned();
    settings.mail.reply_domain = "reponse.place.example".to_owned();
    settings.web.public_url = "https://relance.place.example".to_owned();
    settings
}

fn follow_up(name: &str, titles: &[&str]) -> Letter {
    let projects = titles
        .iter()
        .zip(31_204..)
        .map(|(title, n)| FollowUpProject {
            reference: n.to_string(),
            title: (*title).to_owned(),
            published_at: day(0),
        });
    Letter {
        kind: LetterKind::FollowUp,
        client: Some(ClientId::at(day(0))),
        provider: None,
        name: name.to_owned(),
        email: "anne@clients.example".to_owned(),
        locale: Locale::Fr,
        zone: chrono_tz::Europe::Paris,
        dedupe: "follow_up:1".to_owned(),
        due_at: day(90),
        projects: titles.iter().map(|_| ProjectId::at(day(0))).collect(),
        values: FollowUpValues {
            projects: projects.collect(),
        }
        .into_value(),
    }
}

// a6: unguessable, alterable by nobody, and a server that changes the case of addresses does no harm.
#[test]
fn a_reply_address_names_its_letter_and_cannot_be_altered() {
    let letter = LetterId::at(day(1));
    let token = reply_token(&keys(), letter);
    assert_eq!(token.len(), 52);
    assert_eq!(read_reply_token(&keys(), &token), Some(letter));
    assert_eq!(
        read_reply_token(&keys(), &token.to_uppercase()),
        Some(letter)
    );
    for at in 0..token.len() {
        let mut altered = token.clone().into_bytes();
        altered[at] = if altered[at] == b'a' { b'b' } else { b'a' };
        assert_eq!(
            read_reply_token(&keys(), std::str::from_utf8(&altered).unwrap()),
            None,
            "at {at}"
        );
    }
    for wrong in [
        "",
        "a",
        &token[1..],
        &format!("{token}a"),
        "éééééééééééééééééééééééééé",
    ] {
        assert_eq!(read_reply_token(&keys(), wrong), None);
    }
}

// W3: two keys live during rotation.
#[test]
fn an_answer_to_a_letter_of_the_previous_key_still_finds_it() {
    let letter = LetterId::at(day(1));
    let (old, new) = (
        SecretString::from("o".repeat(40)),
        SecretString::from("n".repeat(40)),
    );
    let token = reply_token(&Keys::new(old.clone(), None).unwrap(), letter);
    let after = Keys::new(new.clone(), Some(old)).unwrap();
    assert_eq!(read_reply_token(&after, &token), Some(letter));
    assert_eq!(
        read_reply_token(&Keys::new(new, None).unwrap(), &token),
        None
    );
}

// a6, E2: a repeat after a crash is recognisable, an answer finds its row.
#[test]
fn a_follow_up_has_its_subject_and_the_message_id_of_its_row() {
    let composer = Composer::new(&settings(), &keys()).unwrap();
    let written = composer
        .compose(&follow_up("Anne", &["Un site"]), day(90))
        .unwrap();
    let mail = mail_parser::MessageParser::new()
        .parse(&written.raw)
        .unwrap();
    assert_eq!(
        mail.subject(),
        Some("Votre projet « Un site » est-il toujours d’actualité ?")
    );
    assert_eq!(
        mail.message_id(),
        Some(written.message_id.trim_matches(['<', '>']))
    );
}

/// The letter of `kind` with everything that changes from run to run named.
fn rendered(kind: LetterKind, locale: Locale) -> String {
    let is_for_client = kind.is_for_client();
    let letter = Letter {
        kind,
        client: is_for_client.then(|| ClientId::at(day(0))),
        provider: (!is_for_client).then(|| ProviderId::at(day(0))),
        locale,
        values: kind.sample_values(),
        ..follow_up("Anne", &[])
    };
    let composer = Composer::new(&settings(), &keys()).unwrap();
    let written = composer.compose(&letter, day(90)).unwrap();
    let mail = mail_parser::MessageParser::new()
        .parse(&written.raw)
        .unwrap();
    let part = |body: Option<std::borrow::Cow<'_, str>>| body.unwrap_or_default().into_owned();
    let whole = format!(
        "Subject: {}\nList-Unsubscribe: {}\n\n{}\n---\n{}",
        mail.subject().unwrap_or_default(),
        mail.header_raw("List-Unsubscribe").unwrap_or("none").trim(),
        part(mail.body_text(0)),
        part(mail.body_html(0)),
    );
    let whole = whole.replace("\r\n", "\n").replace("&#x2f;", "/");
    let token = regex::Regex::new(r"(/c/|/unsubscribe/|reply\+)[A-Za-z0-9_-]+").unwrap();
    token.replace_all(&whole, "${1}TOKEN").into_owned()
}

// Every letter in both languages, text and HTML, as people get it.
#[test]
fn letters_read_as_they_should() {
    for kind in LetterKind::ALL {
        for (locale, language) in [(Locale::Fr, "fr"), (Locale::En, "en")] {
            insta::assert_snapshot!(
                format!("{}_{language}", kind.as_str()),
                rendered(kind, locale)
            );
        }
    }
}

// P3, D1, D2: a follow-up says who alone can cancel and how to stop the mails; service mail carries no opt-out header.
#[test]
fn only_follow_ups_carry_the_opt_out_and_they_say_who_cancels() {
    for kind in LetterKind::ALL {
        for locale in [Locale::Fr, Locale::En] {
            let whole = rendered(kind, locale);
            let has_header = !whole.contains("List-Unsubscribe: none");
            assert_eq!(has_header, kind.is_repeated(), "{kind:?}");
            if kind == LetterKind::FollowUp {
                let only = [
                    "vous êtes la seule personne à pouvoir le faire",
                    "you are the only person who can do it",
                ];
                assert!(only.iter().any(|words| whole.contains(words)));
            }
        }
    }
}

// M5: whatever clients write, it adds no header, breaks no HTML and stops no letter.
#[test]
fn hostile_names_and_titles_stay_text() {
    let long = "x".repeat(10_000);
    for hostile in [
        "Anne\r\nBcc: victim@clients.example\r\n\r\nbody",
        "\"<script>alert(1)</script>\" <evil@x.example>",
        "</a></p><img src=x onerror=alert(1)>",
        "{{ keys }} {% include 'x' %}",
        "\u{202E}gro.live\u{2066} \u{0}\u{7}\u{1b}[2J",
        "👩\u{200D}🔧 l’été déjà là ﷽",
        "=?utf-8?q?=0D=0ABcc:_x@y?=",
        ".\r\n.\r\nQUIT",
        long.as_str(),
    ] {
        let composer = Composer::new(&settings(), &keys()).unwrap();
        let written = composer
            .compose(&follow_up(hostile, &[hostile, "Un site"]), day(90))
            .unwrap();
        let mail = mail_parser::MessageParser::new()
            .parse(&written.raw)
            .unwrap();
        let names: Vec<_> = mail
            .headers()
            .iter()
            .map(|header| header.name().to_owned())
            .collect();
        assert_eq!(names.len(), 12, "{names:?}");
        assert!(mail.bcc().is_none());
        assert_eq!(
            mail.to()
                .and_then(|to| to.first())
                .and_then(|to| to.address()),
            Some("anne@clients.example")
        );
        let html = mail.body_html(0).unwrap();
        for broken in ["<script", "<img", "</a></p><"] {
            assert!(!html.contains(broken), "{hostile}: {html}");
        }
        assert!(written.raw.is_ascii(), "travels over any relay");
        assert!(
            written
                .raw
                .split(|byte| *byte == b'\n')
                .all(|line| line.len() <= 998)
        );
        let text = String::from_utf8(written.raw).unwrap();
        assert!(
            text.replace("\r\n", "")
                .find(['\r', '\n', '\0', '\u{1b}'])
                .is_none(),
            "lines end in CRLF only"
        );
    }
}

// M5: what cannot be delivered is refused before it is kept.
#[test]
fn a_letter_to_nobody_or_to_no_address_is_refused() {
    let composer = Composer::new(&settings(), &keys()).unwrap();
    let good = follow_up("Anne", &["Un site"]);
    let refused = |letter: Letter| composer.compose(&letter, day(90)).unwrap_err();
    for email in [
        "",
        "anne",
        "anne@",
        "a b@c.example",
        "zoé@clients.example",
        "a@b.example\r\nRCPT TO:<x@y>",
    ] {
        let letter = Letter {
            email: email.to_owned(),
            ..good.clone()
        };
        assert!(
            matches!(refused(letter), ComposeError::Address),
            "{email:?}"
        );
    }
    assert!(matches!(
        refused(Letter {
            client: None,
            ..good.clone()
        }),
        ComposeError::Nobody(_)
    ));
    let values = serde_json::json!({});
    assert!(matches!(
        refused(Letter {
            values,
            ..good.clone()
        }),
        ComposeError::Values(_)
    ));
    let projects = vec![ProjectId::at(day(0)); PROJECTS_PER_LETTER_MAX + 1];
    assert!(matches!(
        refused(Letter { projects, ..good }),
        ComposeError::TooManyProjects
    ));
}

fn with_template(name: &str, text: &str) -> Result<Composer, TemplateError> {
    let folder = tempfile::TempDir::new().unwrap();
    std::fs::write(folder.path().join(name), text).unwrap();
    let mut settings = settings();
    settings.mail.templates = Some(folder.path().to_owned());
    Composer::new(&settings, &keys())
}

// An operator's template is used; one that cannot work is refused at start, with file and line.
#[test]
fn a_template_of_the_folder_replaces_its_namesake() {
    let composer = with_template(
        "follow_up.fr.txt",
        "Bonjour {{ name }}\n\n{{ projects[0].title }}",
    )
    .unwrap();
    let written = composer
        .compose(&follow_up("Anne", &["Un site"]), day(90))
        .unwrap();
    let mail = mail_parser::MessageParser::new()
        .parse(&written.raw)
        .unwrap();
    assert_eq!(mail.subject(), Some("Bonjour Anne"));
    assert_eq!(mail.body_text(0).unwrap().trim(), "Un site");
}

#[test]
fn a_template_that_cannot_work_is_refused_with_its_file_and_line() {
    for (name, text, line, why) in [
        ("follow_up.fr.txt", "Sujet\n\n{{ nmae }}", 3, "nmae"),
        (
            "follow_up.fr.txt",
            "Sujet\n{% if false %}\n{{ nmae }}{% endif %}",
            3,
            "nmae",
        ),
        (
            "sign_in.en.html",
            "<p>\n{{ unsubscribe_url }}</p>",
            2,
            "unsubscribe_url",
        ),
        (
            "follow_up.en.html",
            "{% for p in projects %}\n\n{{ p.titel }}{% endfor %}",
            3,
            "undefined",
        ),
        ("link_code.fr.txt", "Code\n{{ code", 2, "syntax"),
        ("link_code.fr.txt", "\n\n{{ code }}", 1, "subject"),
    ] {
        let error = with_template(name, text).unwrap_err().to_string();
        assert!(
            error.contains(name) && error.contains(&format!("line {line}:")),
            "{error}"
        );
        assert!(error.contains(why), "{error}");
    }
    let stranger = with_template("followup.fr.txt", "x")
        .unwrap_err()
        .to_string();
    assert!(
        stranger.contains("followup.fr.txt") && stranger.contains("follow_up.fr.txt"),
        "{stranger}"
    );
}

#[test]
fn settings_that_letters_cannot_be_made_of_are_refused() {
    for (from, domain) in [
        ("no address", "place.example"),
        ("a@b.example", ""),
        ("a@b.example", "é.example"),
    ] {
        let mut settings = settings();
        settings.mail.from = from.to_owned();
        settings.mail.reply_domain = domain.to_owned();
        assert!(
            Composer::new(&settings, &keys())
                .unwrap_err()
                .to_string()
                .contains("mail."),
            "{from} {domain}"
        );
    }
}
