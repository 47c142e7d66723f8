//! What is understood of whole messages (a10-a13, S8, N17; threats M2, M4, M5). Every message here was written for these tests.

use chrono::NaiveDate;

use super::kind::Kind;
use super::meaning::projects::Asked;
use super::meaning::{Facts, Label, Meaning};
use super::*;

mod clients;
mod hostile;
mod mutated;

fn arrived() -> Facts {
    Facts {
        arrived: NaiveDate::from_ymd_opt(2026, 5, 20),
        projects: Vec::new(),
    }
}

fn message(headers: &str, body: &str) -> Vec<u8> {
    format!(
        "From: Jeanne Martel <jeanne.martel@client.example>\r\nTo: reply+abc@relance.example\r\nMessage-ID: <1@client.example>\r\n{headers}\r\n{}",
        body.replace('\n', "\r\n")
    )
    .into_bytes()
}

fn understood(headers: &str, body: &str) -> Reading {
    read_message(&message(headers, body), &arrived()).expect("within bounds")
}

// a10: nothing of our letter is needed: no quote, no HTML, no field that threads.
#[test]
fn a_plain_answer_without_a_quote_is_read_whole() {
    let body = "Bonjour,\nnous cherchons toujours un prestataire.\nLe chantier commence en mai.\n";
    let reading = understood("Subject: votre annonce\r\n", body);
    assert_eq!(reading.kind, Kind::Human);
    assert_eq!(reading.reply.text, body.trim());
    assert_eq!(reading.reply.evidence, Vec::<String>::new());
    assert_eq!(reading.meaning.main(), Label::StillSearching);
}

// a11
#[test]
fn the_letter_answered_and_the_signature_are_left_out() {
    let reading = understood(
        "Subject: Re: Votre projet\r\n",
        "Bonjour,\nOui, toujours d'actualité.\n\nCordialement,\nJeanne Martel\nDirectrice – Martel SA\nTél. 01 99 00 00 00\n\nLe mar. 19 mai 2026 à 10:02, Suivi <suivi@relance.example> a\nécrit :\n\n> Bonjour, le projet est-il abandonné ?\n> Vous recevez ce message parce que\n",
    );
    assert_eq!(reading.kind, Kind::Human);
    assert_eq!(reading.reply.text, "Bonjour,\nOui, toujours d'actualité.");
    assert_eq!(reading.meaning.main(), Label::StillSearching);
}

// a11: a program that does not mark what it quotes
#[test]
fn copied_headers_end_the_reply() {
    let reading = understood(
        "Subject: RE: Votre projet\r\n",
        "On laisse tomber.\n\nDe : Suivi <suivi@relance.example>\nEnvoyé : mardi 19 mai 2026 10:02\nÀ : Jeanne Martel\nObjet : Votre projet\n\nBonjour, cherchez-vous toujours ?\n",
    );
    assert_eq!(reading.reply.text, "On laisse tomber.");
    assert_eq!(reading.meaning.main(), Label::Dropped);
}

// a11: HTML by structure
#[test]
fn quotes_in_html_are_cut_by_structure() {
    let reading = understood(
        "Subject: Re: Votre projet\r\nContent-Type: text/html; charset=utf-8\r\n",
        "<div dir=\"ltr\">Je compare deux devis.</div><div class=\"gmail_quote\"><div class=\"gmail_attr\">Le mar. 19 mai 2026, Suivi a écrit :<br></div><blockquote class=\"gmail_quote\">Avez-vous abandonné ?</blockquote></div>",
    );
    assert_eq!(reading.reply.text, "Je compare deux devis.");
    assert_eq!(reading.meaning.main(), Label::Comparing);
}

// a11: answers between the lines
#[test]
fn answers_between_quoted_lines_are_all_kept() {
    let reading = understood(
        "Subject: Re: Vos projets\r\n",
        "Le 19/05/2026 10:02, Suivi a écrit :\n> Le projet est-il d'actualité ?\noui toujours\n> Faut-il vous rappeler ?\nnon merci\n> Bonne journée\n",
    );
    assert!(
        reading.reply.text.contains("oui toujours") && reading.reply.text.contains("non merci")
    );
    assert_eq!(reading.reply.words, "oui toujours\nnon merci");
}

// a12, a13, M2
#[test]
fn an_absence_is_not_an_answer_and_its_return_only_gives_a_day() {
    let reading = understood(
        "Subject: =?utf-8?Q?R=C3=A9ponse_automatique_=3A_Votre_projet?=\r\nAuto-Submitted: auto-replied (vacation)\r\n",
        "Bonjour, je suis absente du 18 au 29 mai, de retour le 1er juin. Mon projet est toujours d'actualité !\n",
    );
    assert!(matches!(reading.kind, Kind::Automatic(_)));
    assert_eq!(reading.meaning.main(), Label::None);
    assert_eq!(reading.meaning.date, NaiveDate::from_ymd_opt(2026, 6, 1));
}

// a15, M3
#[test]
fn a_delivery_report_names_whom_it_is_about() {
    let raw = "From: MAILER-DAEMON@mx.example\r\nTo: bounce+abc@relance.example\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; Jeanne@Client.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <ours@relance.example>\r\n\r\n--b--\r\n";
    let reading = read_message(raw.as_bytes(), &arrived()).expect("within bounds");
    let Kind::Bounce(bounce) = reading.kind else {
        panic!("a bounce")
    };
    assert_eq!(bounce.addresses, ["jeanne@client.example"]);
    assert!(!bounce.temporary);
    assert_eq!(
        bounce.original_message_id.as_deref(),
        Some("ours@relance.example")
    );
}

// P3: a wish is read as a wish
#[test]
fn a_request_to_cancel_is_only_a_wish() {
    let reading = understood(
        "Subject: Re: Votre projet\r\n",
        "Merci de supprimer mon annonce.\n",
    );
    assert_eq!(reading.meaning.main(), Label::WantsCancel);
}

// a29: who objects is heard; who says that they do not object goes on being written to
#[test]
fn an_objection_is_heard_and_its_absence_too() {
    let of = |body| {
        understood("Subject: Re: Votre projet\r\n", body)
            .meaning
            .main()
    };
    for objects in [
        "Je m'oppose à tout nouvel envoi.\n",
        "Par la présente, je m'oppose formellement au traitement de mon adresse.\n",
        "Je m'oppose personnellement à ces relances.\n",
        "Je m'oppose par principe à vos courriels.\n",
    ] {
        assert_eq!(of(objects), Label::OptOut, "{objects}");
    }
    let does_not = "Je ne m'oppose pas à recevoir vos mails, je cherche toujours quelqu'un.\n";
    assert_eq!(of(does_not), Label::StillSearching);
}

#[test]
fn a_day_is_read_relative_to_the_arrival() {
    for (text, day) in [
        (
            "Recontactez-moi mi-septembre, le projet est reporté.",
            (2026, 9, 15),
        ),
        ("Reporté, revenez dans 15 jours.", (2026, 6, 4)),
        ("Le projet est décalé au 3 novembre.", (2026, 11, 3)),
        ("On reporte à mars, pas avant.", (2027, 3, 1)),
    ] {
        let meaning = meaning::read(text, &arrived());
        assert_eq!(
            meaning.date,
            NaiveDate::from_ymd_opt(day.0, day.1, day.2),
            "{text}"
        );
    }
}

#[test]
fn each_project_of_a_letter_gets_its_own_answer() {
    let asked = |rank: usize, reference: &str, title: &str| Asked {
        rank,
        reference: reference.to_owned(),
        title: title.to_owned(),
    };
    let facts = Facts {
        projects: vec![
            asked(1, "501", "Peinture du salon"),
            asked(2, "502", "Toiture de la grange"),
            asked(3, "503", "Clôture du jardin"),
        ],
        ..arrived()
    };
    let meaning = meaning::read(
        "La toiture est abandonnée. Pour la peinture je cherche encore, la clôture est reportée en avril.",
        &facts,
    );
    let of = |reference: &str| {
        meaning
            .projects
            .iter()
            .find(|(known, _)| known == reference)
            .map(|(_, label)| *label)
    };
    assert_eq!(of("501"), Some(Label::StillSearching));
    assert_eq!(of("502"), Some(Label::Dropped));
    assert_eq!(of("503"), Some(Label::Postponed));
}

// M4
#[test]
fn hostile_messages_are_refused_or_read_but_never_break() {
    let nested: String = "<div><blockquote>".repeat(50_000);
    let quotes = ">".repeat(700_000);
    for body in [nested.as_str(), quotes.as_str(), "\0\0\0", "a\r\n.\r\nb"] {
        let _ = read_message(&message("Content-Type: text/html\r\n", body), &arrived());
        let _ = read_message(&message("", body), &arrived());
    }
    let headers = "X: y\r\n".repeat(200_000);
    assert_eq!(
        read_message(&message(&headers, "x"), &arrived()).err(),
        Some(message::Unreadable::HeadersTooLarge)
    );
    let parts = "--b\r\nContent-Type: text/plain\r\n\r\nx\r\n".repeat(20_000);
    assert_eq!(
        read_message(
            &message("Content-Type: multipart/mixed; boundary=b\r\n", &parts),
            &arrived()
        )
        .err(),
        Some(message::Unreadable::TooManyParts)
    );
}

#[test]
fn a_bad_line_of_a_stream_is_answered_with_what_is_wrong() {
    assert!(
        explain::answer("{not json", &explain::Nowhere)
            .get("error")
            .is_some()
    );
    assert!(
        explain::answer("{\"id\":7}", &explain::Nowhere)
            .get("error")
            .is_some()
    );
    assert_eq!(
        explain::answer(
            "{\"id\":7,\"format\":\"text\",\"raw\":\"oui toujours\"}",
            &explain::Nowhere
        )["meaning"],
        "still_searching"
    );
}
