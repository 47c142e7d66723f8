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
