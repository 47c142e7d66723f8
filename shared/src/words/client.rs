//! Sentences of the client's page and of the opt-out: key, French, English.

use crate::account::Locale;
use crate::contact::Stage;

pub(super) const SENTENCES: &[(&str, &str, &str)] = &[
    (
        "client_title",
        "Vos projets en attente",
        "Your pending projects",
    ),
    ("client_hello", "Bonjour {name},", "Hello {name},"),
    (
        "client_lead",
        "Dites-nous où en sont vos projets : un instant suffit, sans mot de passe.",
        "Tell us how your projects are doing: it takes a moment, no password needed.",
    ),
    (
        "client_none",
        "Vous n’avez aucun projet en attente.",
        "You have no pending project.",
    ),
    (
        "client_all",
        "Une seule réponse pour tous vos projets",
        "One answer for all your projects",
    ),
    (
        "client_all_hint",
        "Une réponse donnée plus bas à un projet l’emporte sur celle-ci.",
        "An answer given to a single project below counts instead of this one.",
    ),
    (
        "client_ask",
        "Où en est ce projet ?",
        "How is this project doing?",
    ),
    (
        "client_ask_all",
        "Où en sont-ils tous ?",
        "How are they all doing?",
    ),
    (
        "client_online",
        "en ligne depuis le {date}",
        "online since {date}",
    ),
    (
        "client_last_word",
        "Votre dernière réponse : {word} ({date}).",
        "Your last answer: {word} ({date}).",
    ),
    (
        "client_last_later",
        "Nous vous recontacterons à partir du {date}.",
        "We will ask you again from {date} on.",
    ),
    (
        "say_still_searching",
        "Je cherche toujours",
        "I am still searching",
    ),
    (
        "say_comparing",
        "Je compare des propositions",
        "I am comparing offers",
    ),
    (
        "say_chosen_here",
        "J’ai choisi un prestataire de la plateforme",
        "I have chosen a provider of the platform",
    ),
    (
        "say_chosen_elsewhere",
        "J’ai trouvé quelqu’un ailleurs",
        "I have found somebody elsewhere",
    ),
    (
        "say_dropped",
        "Je ne donne pas suite",
        "I am not going ahead",
    ),
    ("say_postponed", "Demandez-moi plus tard", "Ask me later"),
    ("client_which", "Lequel ?", "Which one?"),
    (
        "client_which_other",
        "Un autre, ou je préfère ne pas le dire",
        "Another one, or I would rather not say",
    ),
    (
        "client_from_day",
        "À partir de quel jour ?",
        "From which day on?",
    ),
    ("client_send", "Envoyer mes réponses", "Send my answers"),
    (
        "client_no_choice",
        "Choisissez au moins une réponse : rien n’a été enregistré.",
        "Choose at least one answer: nothing was recorded.",
    ),
    (
        "client_bad_day",
        "Indiquez un jour entre demain et dans deux ans.",
        "Give a day between tomorrow and two years from now.",
    ),
    (
        "client_mistake",
        "Une réponse est incomplète : rien n’a encore été enregistré.",
        "An answer is incomplete: nothing was recorded yet.",
    ),
    (
        "client_done_answers",
        "Merci, vos réponses sont enregistrées.",
        "Thank you, your answers are recorded.",
    ),
    (
        "client_done_mails",
        "C’est noté : le rythme de nos mails est changé.",
        "Noted: the rhythm of our mails is changed.",
    ),
    (
        "client_done_link",
        "Un lien de connexion vient de vous être envoyé par mail. Il sert une seule fois.",
        "A sign-in link has just been mailed to you. It works once.",
    ),
    (
        "client_not_over",
        "Ce projet figure toujours sur la liste : vous êtes la seule personne à pouvoir l’annuler, depuis votre compte.",
        "This project is still on the list: you are the only one who can cancel it, from your account.",
    ),
    (
        "client_to_account",
        "Aller à mon compte",
        "Go to my account",
    ),
    ("client_mails", "Nos mails", "Our mails"),
    ("client_mails_ask", "À quel rythme ?", "How often?"),
    ("mails_normal", "Le rythme habituel", "The usual rhythm"),
    ("mails_fewer", "Moins souvent", "Less often"),
    (
        "mails_none",
        "Plus aucune relance par mail",
        "No more follow-ups by mail",
    ),
    (
        "client_mails_note",
        "Les reçus et les liens de connexion que vous demandez vous parviennent toujours.",
        "Receipts and sign-in links that you ask for still reach you.",
    ),
    (
        "client_mails_send",
        "Changer le rythme",
        "Change the rhythm",
    ),
    ("client_account", "Annuler un projet", "Cancel a project"),
    (
        "client_account_text",
        "Vous êtes la seule personne à pouvoir annuler un projet, depuis votre compte. Nous vous envoyons un lien qui l’ouvre, sans mot de passe.",
        "Only you can cancel a project, from your account. We mail you a link that opens it, no password needed.",
    ),
    (
        "client_account_elsewhere",
        "Vous êtes la seule personne à pouvoir annuler un projet, depuis votre compte sur la plateforme.",
        "Only you can cancel a project, from your account on the platform.",
    ),
    (
        "client_account_no_address",
        "Vous êtes la seule personne à pouvoir annuler un projet, depuis votre compte. Nous n’avons pas d’adresse à laquelle vous en envoyer le lien : ajoutez-en une sur la plateforme.",
        "Only you can cancel a project, from your account. We have no address to mail you its link: add one on the platform.",
    ),
    (
        "client_account_send",
        "Recevoir le lien par mail",
        "Mail me the link",
    ),
    (
        "review_title",
        "Est-ce bien ce que vous voulez dire ?",
        "Is that what you mean?",
    ),
    (
        "review_lead",
        "Rien n’est encore enregistré. Vérifiez vos réponses, cochez la case et confirmez.",
        "Nothing is recorded yet. Check your answers, tick the box and confirm.",
    ),
    (
        "review_note",
        "Aucune de ces réponses n’annule un projet. Pour le retirer de la liste, vous passerez ensuite par votre compte.",
        "None of these answers cancels a project. To take it off the list you go to your account afterwards.",
    ),
    ("review_from", "à partir du {date}", "from {date} on"),
    (
        "review_yes",
        "Oui, ce sont mes réponses",
        "Yes, these are my answers",
    ),
    ("review_send", "Confirmer", "Confirm"),
    ("review_back", "Revenir et corriger", "Go back and correct"),
    (
        "unsubscribe_title",
        "Ne plus recevoir nos relances",
        "No more follow-ups by mail",
    ),
    (
        "unsubscribe_text",
        "Nous ne vous demanderons plus par mail où en sont vos projets. Ils restent sur la liste.",
        "We will no longer ask you by mail how your projects are doing. They stay on the list.",
    ),
    ("unsubscribe_send", "Ne plus m’écrire", "Stop writing to me"),
    (
        "unsubscribe_done",
        "C’est fait : vous ne recevrez plus de relance par mail.",
        "Done: you will get no more follow-ups by mail.",
    ),
    (
        "unsubscribe_undo_text",
        "Vous pouvez changer d’avis à tout moment.",
        "You can change your mind at any time.",
    ),
    (
        "unsubscribe_undo",
        "Recevoir à nouveau les relances",
        "Get follow-ups again",
    ),
    (
        "unsubscribe_undone",
        "C’est noté : nos relances reprennent au rythme habituel.",
        "Noted: our follow-ups go on at the usual rhythm.",
    ),
];

/// The sentence that says a client's word back.
#[must_use]
pub const fn word(locale: Locale, stage: Stage) -> &'static str {
    match (locale, stage) {
        (Locale::Fr, Stage::Searching) => "vous cherchez toujours",
        (Locale::En, Stage::Searching) => "you are still searching",
        (Locale::Fr, Stage::Comparing) => "vous comparez des propositions",
        (Locale::En, Stage::Comparing) => "you are comparing offers",
        (Locale::Fr, Stage::ChosenHere) => "vous avez choisi un prestataire de la plateforme",
        (Locale::En, Stage::ChosenHere) => "you have chosen a provider of the platform",
        (Locale::Fr, Stage::ChosenOutside) => "vous avez trouvé quelqu’un ailleurs",
        (Locale::En, Stage::ChosenOutside) => "you have found somebody elsewhere",
        (Locale::Fr, Stage::Dropped) => "vous ne donnez pas suite",
        (Locale::En, Stage::Dropped) => "you are not going ahead",
        (Locale::Fr, Stage::Postponed) => "plus tard",
        (Locale::En, Stage::Postponed) => "later",
        (Locale::Fr, Stage::Unknown) => "autre",
        (Locale::En, Stage::Unknown) => "other",
    }
}
