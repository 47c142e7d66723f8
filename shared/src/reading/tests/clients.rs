//! Answers as clients of a marketplace write them: short, from telephones, misspelt, familiar, ironic, by an assistant. Each
//! list is a kind of danger: what must not be acted on, and what must not be missed.

use super::Label::{ChosenHere, Dropped, None as Silent, StillSearching, WantsCancel};
use super::*;

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("a day")
}

fn meant(text: &str) -> Meaning {
    read_text(text, &arrived()).meaning
}

/// Whether the letters stop at once, as filing decides it.
fn silences(meaning: &Meaning) -> bool {
    meaning.labels.contains(&Label::OptOut) && (meaning.asks_for_silence || meaning.is_sure())
}

// a10, N17: no wish for silence is missed, however short or rude.
#[test]
fn a_wish_for_silence_is_honoured() {
    for text in [
        "stop",
        "STOP",
        "Stop svp",
        "désabonnez moi",
        "desabonne moi stp",
        "désinscrivez moi de cette liste, merci",
        "plus de mail svp",
        "Marre de vos mails !!!",
        "Foutez moi la paix",
        "Lâchez-moi avec ça",
        "Retirez moi de vos fichiers",
        "Veuillez cesser toute communication.",
        "merci de m'oublier",
        "pas la peine de me relancer",
        "Inutile de nous relancer",
        "Les artisans ne me contactent plus, désabonnez-moi",
        "Please take me off your list",
        "don't email me again",
        "Ceci n'est pas un message automatique : arrêtez de m'écrire",
    ] {
        let meaning = meant(text);
        assert!(silences(&meaning), "{text}: {meaning:?}");
    }
}

// N17, S8: complaints about others' messages, and guesses that no word supports, silence nobody.
#[test]
fn nobody_is_silenced_who_did_not_ask() {
    for text in [
        "Plus aucun message des artisans depuis 3 semaines",
        "Les prestataires ne me contactent plus",
        "Je ne reçois plus de mails de votre part, est-ce normal ?",
        "Ne m'envoyez plus de plombiers, c'est un électricien qu'il me faut",
        "Merci de ne plus m'appeler mais les mails c'est ok",
        "Ne m'appelez plus, écrivez moi plutôt",
        "Please remove my listing, thanks",
        "idem que la dernière fois",
        "je n'ai reçu aucun mail de prestataire",
        "N'hésitez pas à me recontacter",
    ] {
        let meaning = meant(text);
        assert!(!silences(&meaning), "{text}: {meaning:?}");
    }
}

// S8, N15: a search that goes on is never acted on as over, nor as a wish to cancel.
#[test]
fn a_search_that_goes_on_is_never_taken_for_an_end() {
    for (text, is_plain) in [
        ("non toujours rien", true),
        ("ui tjr", true),
        ("Toujours d'actu oui", true),
        (
            "slt, tu peux laisser l'annonce stp, personne m'a rappelé",
            true,
        ),
        (
            "Salut, non j'ai toujours pas trouvé, t'inquiète je vous dis",
            true,
        ),
        (
            "j'ai cru avoir trouvé mais il m'a planté, donc oui je cherche",
            true,
        ),
        ("Surtout ne supprimez pas l'annonce", true),
        (
            "Je vous confirme que je ne souhaite pas annuler mon projet.",
            false,
        ),
        ("erreur de ma part, le projet n'est pas annulé", false),
        ("on a trouvé mais on hésite", false),
        ("J'hésite à annuler", false),
        ("je pense abandonner", false),
        ("Laissez tomber l'idée d'annuler, on continue", false),
        ("C'est annulé. Non je plaisante, toujours partant !", false),
        ("Si le prix baisse oui, sinon non", false),
        (
            "Non, ce n'est plus d'actualité. Enfin si, mais en 2027.",
            false,
        ),
        ("aucun des devis n'est annulé", false),
        ("please don't cancel it", false),
        ("nope, still nothing", false),
    ] {
        let meaning = meant(text);
        let main = meaning.main();
        let ends = main.is_over() || matches!(main, Label::WantsCancel | Label::ChosenHere);
        assert!(!(ends && meaning.is_sure()), "{text}: {meaning:?}");
        let goes_on = main == Label::StillSearching && meaning.is_sure();
        assert!(!is_plain || goes_on, "{text}: {meaning:?}");
    }
}

// S8: what is over is never acted on as a search.
#[test]
fn an_end_is_never_taken_for_a_search() {
    for text in [
        "c'est bon merci",
        "plus besoin merci",
        "C fait, mon beau frere l'a fait dimanche",
        "cé mort",
        "on laisse tombé",
        "c'est plus d'actu",
        "j'ai eu 3 devis mais trop chers, je laisse tomber",
        "Toujours pas d'actualité, désolé",
        "On cherche plus",
        "C'est pourvu.",
        "stop on a trouvé merci",
        "Nous n'avons retenu personne chez vous, une agence de Lyon s'en charge",
        "not anymore",
        "it's been cancelled",
    ] {
        let meaning = meant(text);
        let stands = matches!(meaning.main(), Label::StillSearching | Label::Comparing);
        assert!(!(stands && meaning.is_sure()), "{text}: {meaning:?}");
    }
}

// N15, S11: who asks how to cancel, or lost a password, has asked for nothing; an order is a wish, in any form.
#[test]
fn a_question_about_cancelling_is_no_order() {
    for text in [
        "Je peux annuler depuis mon compte ?",
        "Comment je supprime mon annonce ?",
        "how do I cancel?",
        "je ne retrouve plus mon mot de passe comment faire",
    ] {
        let meaning = meant(text);
        assert_ne!(meaning.main(), Label::WantsCancel, "{text}: {meaning:?}");
    }
    for text in [
        "annulez tout svp",
        "vous pouvez retirer l'annonce j'ai ce qu'il me faut",
        "Please remove my listing, thanks",
        "Can you cancel it please?",
    ] {
        let meaning = meant(text);
        assert!(
            meaning.labels.contains(&Label::WantsCancel),
            "{text}: {meaning:?}"
        );
    }
}

// N17: what is said of one project is not said of the others.
#[test]
fn each_project_keeps_its_own_answer() {
    let asked = [
        (1, "A1", "Refonte du site vitrine"),
        (2, "A2", "Traduction de brochure"),
        (3, "A3", "Pose de parquet"),
    ];
    let facts = Facts {
        projects: asked
            .map(|(rank, reference, title)| Asked {
                rank,
                reference: reference.to_owned(),
                title: title.to_owned(),
            })
            .to_vec(),
        ..arrived()
    };
    for (text, labels) in [
        (
            "Site : trouvé chez vous. Brochure : abandonnée. Parquet : toujours.",
            [ChosenHere, Dropped, StillSearching],
        ),
        (
            "Que le parquet, le reste on laisse tomber",
            [Dropped, Dropped, StillSearching],
        ),
        (
            "annulez la brochure uniquement",
            [StillSearching, WantsCancel, StillSearching],
        ),
        (
            "annulez tout sauf le parquet",
            [WantsCancel, WantsCancel, StillSearching],
        ),
        (
            "Annulez le 2 et le 3 s'il vous plaît.",
            [Silent, WantsCancel, WantsCancel],
        ),
        (
            "1 oui 2 non 3 je sais pas",
            [StillSearching, Dropped, Silent],
        ),
        ("aucun des trois n'est abandonné", [Silent, Silent, Silent]),
        (
            "Le parquet est une longue histoire, la brochure est abandonnée.",
            [Silent, Dropped, Silent],
        ),
    ] {
        let meaning = read_text(text, &facts).meaning;
        let read: Vec<Label> = meaning.projects.iter().map(|(_, label)| *label).collect();
        assert_eq!(read, labels, "{text}");
    }
}

// a12: people who say where they are, or what programs say, are people.
#[test]
fn a_person_who_sounds_like_a_machine_is_a_person() {
    for text in [
        "Je serai absent jusqu'au 15, mais oui toujours d'actualité",
        "Ceci n'est pas un message automatique : le projet est annulé",
        "Bien reçu votre message, je reviens vers vous rapidement",
        "Je suis en congés jusqu'au 20 mais oui toujours intéressée",
        "Je n'ai plus cette boîte mail, écrivez à jean@client.example, le projet tient toujours",
        "Bonjour, je ne fais plus partie de l'association, voyez avec Paul Aubry",
    ] {
        let raw = format!(
            "From: J. Martel <j@client.example>\r\nSubject: Re: Votre projet\r\n\r\n{text}\r\n"
        );
        let read = read_message(raw.as_bytes(), &arrived()).expect("a message");
        assert_eq!(read.kind, Kind::Human, "{text}");
    }
}

// a11: a list of single words is no signature, thanks are words, an attribution between dashes is the letter.
#[test]
fn short_lines_that_answer_are_kept() {
    for (body, text) in [
        (
            "Bonjour,\n\n- oui\n- non\n- septembre",
            "Bonjour,\n\n- oui\n- non\n- septembre",
        ),
        (
            "Oui.\n\nJe vous remercie par avance.\n\nBien cordialement,\nJ. Martel",
            "Oui.\n\nJe vous remercie par avance.",
        ),
        ("Oui.\n\n-Jeanne", "Oui."),
        (
            "Oui.\n\n-----On 3/3/2026 10:00, Suivi wrote-----\n\nVotre projet ?",
            "Oui.",
        ),
    ] {
        assert_eq!(read_text(body, &arrived()).reply.text, text);
    }
}

// a13: the date decides where a weekday leads to it.
#[test]
fn a_weekday_before_a_date_is_that_date() {
    let named = dates::chosen(
        "Fermé jusqu'au 31 juillet. Réouverture le vendredi 1er août à 9h.",
        day(2026, 7, 15),
    );
    assert_eq!(named.map(|named| named.day), Some(day(2026, 8, 1)));
}
