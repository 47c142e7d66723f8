//! Sentences of the client's account: key, French, English.

pub(super) const SENTENCES: &[(&str, &str, &str)] = &[
    ("account_title", "Mon compte", "My account"),
    ("account_sign_in", "Accéder à mon compte", "Open my account"),
    (
        "account_sign_in_lead",
        "Donnez l’adresse à laquelle nous vous écrivons : vous y recevrez un lien, sans mot de passe.",
        "Give the address to which we write to you: a link will be mailed there, no password needed.",
    ),
    ("account_email", "Votre adresse mail", "Your mail address"),
    ("account_send_link", "Recevoir le lien", "Mail me the link"),
    (
        "account_sent_title",
        "Regardez vos mails",
        "Look at your mail",
    ),
    (
        "account_sent",
        "Si cette adresse est celle d’un client, un lien vient d’y être envoyé. Il sert une seule fois, pendant {minutes} minutes.",
        "If that address belongs to a client, a link has just been mailed there. It works once, for {minutes} minutes.",
    ),
    (
        "account_sent_limit",
        "Rien après quelques minutes ? Vérifiez l’adresse et les courriers indésirables. Nous n’envoyons que quelques liens par heure.",
        "Nothing after a few minutes? Check the address and the junk folder. We mail only a few links an hour.",
    ),
    ("account_enter", "Ouvrir mon compte", "Open my account"),
    (
        "account_enter_lead",
        "Ce lien sert une seule fois. Votre compte reste ouvert deux heures sur cet appareil.",
        "This link works once. Your account stays open for two hours on this device.",
    ),
    ("account_sign_out", "Se déconnecter", "Sign out"),
    ("account_hello", "Bonjour {name}.", "Hello {name}."),
    (
        "account_none",
        "Vous n’avez aucun projet chez nous.",
        "You have no project with us.",
    ),
    ("account_pending", "En attente", "Pending"),
    ("account_in_progress", "En cours", "In progress"),
    ("account_cancelled", "Annulés", "Cancelled"),
    ("account_since", "depuis le {date}", "since {date}"),
    ("account_cancel", "Annuler ce projet", "Cancel this project"),
    ("account_reopen", "Remettre en ligne", "Put it back online"),
    (
        "account_done_cancelled",
        "Votre projet est annulé. Un reçu vous est envoyé par mail, avec un lien pour revenir en arrière pendant 7 jours.",
        "Your project is cancelled. A receipt is on its way by mail, with a link to undo it for 7 days.",
    ),
    (
        "account_done_reopened",
        "Votre projet est de nouveau sur la liste.",
        "Your project is on the list again.",
    ),
    (
        "account_done_not_now",
        "Rien n’a été changé : ce projet n’est plus dans l’état où vous l’avez vu.",
        "Nothing was changed: this project is no longer as you saw it.",
    ),
    (
        "cancel_title",
        "Annuler ce projet ?",
        "Cancel this project?",
    ),
    (
        "cancel_lead",
        "Il quittera la liste des projets en attente et les prestataires ne pourront plus y postuler. Vous pourrez le remettre en ligne.",
        "It will leave the list of pending projects and providers can no longer apply. You can put it back online.",
    ),
    ("cancel_why", "Pourquoi l’annuler ?", "Why cancel it?"),
    (
        "reason_found_elsewhere",
        "J’ai trouvé quelqu’un ailleurs",
        "I have found somebody elsewhere",
    ),
    (
        "reason_fell_through",
        "Le projet ne se fera pas",
        "The project will not be done",
    ),
    ("reason_other", "Une autre raison", "Another reason"),
    (
        "reason_not_said",
        "Je préfère ne pas le dire",
        "I would rather not say",
    ),
    (
        "cancel_text",
        "Un mot de plus, si vous voulez (sans coordonnées)",
        "A word more, if you like (no contact details)",
    ),
    ("cancel_next", "Continuer", "Continue"),
    (
        "cancel_keep",
        "Garder ce projet en ligne",
        "Keep this project online",
    ),
    (
        "cancel_no_reason",
        "Choisissez une réponse : rien n’a été changé.",
        "Choose an answer: nothing was changed.",
    ),
    (
        "cancel_confirm_title",
        "Confirmer l’annulation",
        "Confirm the cancellation",
    ),
    (
        "cancel_confirm_lead",
        "Rien n’est encore changé. Pour annuler « {title} », recopiez le numéro du projet : {reference}",
        "Nothing is changed yet. To cancel “{title}”, copy the number of the project: {reference}",
    ),
    ("cancel_number", "Numéro du projet", "Number of the project"),
    (
        "cancel_confirm",
        "Annuler et retirer de la liste",
        "Cancel and take it off the list",
    ),
    (
        "cancel_wrong_number",
        "Ce n’est pas le numéro de ce projet : rien n’a été changé.",
        "That is not the number of this project: nothing was changed.",
    ),
    (
        "reopen_title",
        "Remettre ce projet en ligne ?",
        "Put this project back online?",
    ),
    (
        "reopen_lead",
        "Il revient sur la liste des projets en attente, avec son ancienneté, et les prestataires pourront de nouveau y postuler.",
        "It returns to the list of pending projects, with its age, and providers can apply again.",
    ),
    (
        "reopen_ask",
        "Que voulez-vous faire ?",
        "What would you like to do?",
    ),
    ("reopen_keep", "Le laisser annulé", "Leave it cancelled"),
    ("reopen_yes", "Le remettre en ligne", "Put it back online"),
    ("reopen_send", "Valider", "Confirm"),
    (
        "reopen_done",
        "Votre projet est de nouveau sur la liste.",
        "Your project is on the list again.",
    ),
    (
        "reopen_left",
        "Rien n’a été changé : il reste annulé.",
        "Nothing was changed: it stays cancelled.",
    ),
];
