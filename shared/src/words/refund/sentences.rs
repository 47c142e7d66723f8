//! The sentences about refund requests, both languages side by side.

/// Key, French, English; `{name}` is filled in.
pub(in crate::words) const SENTENCES: &[(&str, &str, &str)] = &[
    ("name_refund", "remboursement", "refund"),
    (
        "about_refund",
        "Demander qu’une personne examine un crédit dépensé ; vos demandes en cours",
        "Ask a person to look at a spent credit; your requests",
    ),
    (
        "about_refund_project",
        "Le projet, parmi vos candidatures ; sans lui, vos demandes",
        "The project, among your applications; without it, your requests",
    ),
    ("name_review", "examen", "review"),
    (
        "about_review",
        "Les demandes de remboursement, pour l’équipe",
        "The refund requests, for the staff",
    ),
    ("name_list", "liste", "list"),
    (
        "about_review list",
        "Les demandes qui attendent, la plus ancienne d’abord",
        "The requests that wait, the oldest first",
    ),
    ("name_show", "voir", "show"),
    (
        "about_review show",
        "Le dossier d’une demande",
        "The case file of a request",
    ),
    ("name_approve", "accepter", "approve"),
    (
        "about_review approve",
        "Accepter une demande, avec le motif",
        "Approve a request, with the reason",
    ),
    ("name_decline", "refuser", "decline"),
    (
        "about_review decline",
        "Refuser une demande, avec le motif",
        "Decline a request, with the reason",
    ),
    ("name_ask", "questionner", "ask"),
    (
        "about_review ask",
        "Poser une question au prestataire",
        "Ask the provider a question",
    ),
    ("name_note", "note", "note"),
    (
        "about_review note",
        "Noter quelque chose pour l’équipe seule",
        "Note something for the staff alone",
    ),
    ("name_undo", "annuler", "undo"),
    (
        "about_review undo",
        "Revenir sur une acceptation par une écriture contraire",
        "Take an approval back by a counter-entry",
    ),
    ("name_number", "demande", "number"),
    (
        "about_review show_number",
        "Numéro de la demande",
        "Number of the request",
    ),
    (
        "about_review approve_number",
        "Numéro de la demande",
        "Number of the request",
    ),
    (
        "about_review decline_number",
        "Numéro de la demande",
        "Number of the request",
    ),
    (
        "about_review ask_number",
        "Numéro de la demande",
        "Number of the request",
    ),
    (
        "about_review note_number",
        "Numéro de la demande",
        "Number of the request",
    ),
    (
        "about_review undo_number",
        "Numéro de la demande",
        "Number of the request",
    ),
    ("name_reason", "motif", "reason"),
    (
        "about_review approve_reason",
        "Le motif, que le prestataire lira",
        "The reason, which the provider will read",
    ),
    (
        "about_review decline_reason",
        "Le motif, que le prestataire lira",
        "The reason, which the provider will read",
    ),
    (
        "about_review undo_reason",
        "Le motif, que le prestataire lira",
        "The reason, which the provider will read",
    ),
    (
        "about_review ask_question",
        "Votre question, que le prestataire lira",
        "Your question, which the provider will read",
    ),
    ("name_text", "texte", "text"),
    (
        "about_review note_text",
        "La note ; le prestataire ne la voit pas",
        "The note; the provider does not see it",
    ),
    // /refund
    (
        "refund_before",
        "Crédit dépensé : {amount} ({kind}), le {date}, projet n° {project} {title}.\nUne personne examine chaque demande, une par une. La réponse habituelle est non ; un crédit n’est rendu qu’à titre exceptionnel, et rien ne se décide sans une personne. Votre marge : {available} crédits disponibles sur {granted} reçus ; {cancelled} dépensés sur des projets annulés depuis.\nPour quelle raison demandez-vous ?",
        "Credit spent: {amount} ({kind}), on {date}, project no. {project} {title}.\nA person looks at each request, one by one. The usual answer is no; a credit comes back only exceptionally, and nothing is decided without a person. Your margin: {available} credits left of {granted} received; {cancelled} spent on projects that were cancelled since.\nFor what reason do you ask?",
    ),
    (
        "refund_no_project",
        "Aucun crédit que vous pourriez demander n’a été dépensé sur le projet {reference}. Choisissez le projet dans la liste que propose la commande.",
        "No credit that you could ask for was spent on project {reference}. Choose the project from the list that the command offers.",
    ),
    (
        "refund_which",
        "Pour quel crédit ? Une personne examinera la demande ; la réponse habituelle est non.",
        "For which credit? A person will look at the request; the usual answer is no.",
    ),
    (
        "refund_nothing",
        "Vous n’avez dépensé aucun crédit qui puisse faire l’objet d’une demande.",
        "You have spent no credit that a request could be about.",
    ),
    (
        "refund_own_none",
        "Vous n’avez aucune demande. Pour en faire une : `{/refund}` et le projet.",
        "You have no request. To make one: `{/refund}` and the project.",
    ),
    (
        "refund_own",
        "Vos demandes, la plus récente d’abord :",
        "Your requests, the latest first:",
    ),
    (
        "refund_own_line",
        "n° {number} : projet n° {project}, {amount} ({kind}), {state} depuis le {since}",
        "no. {number}: project no. {project}, {amount} ({kind}), {state} since {since}",
    ),
    ("refund_form", "Votre demande", "Your request"),
    (
        "refund_form_label",
        "Ce qui s’est passé ; un lien si possible",
        "What happened; a link if possible",
    ),
    (
        "refund_queued",
        "Votre demande porte le n° {number}. Une personne va l’examiner ; vous recevrez sa réponse et son motif ici, ou par mail. Sans réponse, rien n’est rendu.",
        "Your request is no. {number}. A person will look at it; you will get the answer and its reason here, or by mail. Without an answer, nothing comes back.",
    ),
    ("refund_answer", "Répondre", "Answer"),
    (
        "refund_answer_label",
        "Votre réponse à l’équipe",
        "Your answer to the staff",
    ),
    (
        "refund_answered",
        "Votre réponse est jointe à la demande n° {number}, qui attend de nouveau l’équipe.",
        "Your answer is with request no. {number}, which waits for the staff again.",
    ),
    (
        "refund_not_yours",
        "Cette demande n’est pas la vôtre.",
        "This request is not yours.",
    ),
    // Why a request is turned away at the door.
    (
        "turned_nothing",
        "Aucun crédit de cette sorte n’a été dépensé sur ce projet. Vérifiez le projet avec `{/credits}`.",
        "No credit of this kind was spent on this project. Check the project with `{/credits}`.",
    ),
    (
        "turned_unpaid",
        "Ce crédit n’est pas encore dans les comptes : la plateforme ne nous a pas encore transmis votre abonnement. Réessayez demain.",
        "This credit is not in the books yet: the platform has not told us your subscription yet. Try again tomorrow.",
    ),
    (
        "turned_refunded",
        "Ce crédit vous a déjà été rendu le {date}.",
        "This credit was given back to you on {date}.",
    ),
    (
        "turned_waiting",
        "La demande n° {number} attend déjà pour ce crédit. Il n’y a rien à refaire.",
        "Request no. {number} already waits for this credit. There is nothing to do again.",
    ),
    (
        "turned_awarded",
        "Ce projet vous a été attribué : le crédit a servi.",
        "This project was awarded to you: the credit served.",
    ),
    (
        "turned_late",
        "Le délai pour demander s’est terminé le {date}. Il compte depuis la dépense ou depuis le dernier signe du client.",
        "The time for asking ended on {date}. It counts from the spending or from the client’s last sign.",
    ),
    (
        "turned_ceiling",
        "Votre abonnement permet {max} crédits rendus en 90 jours ; vous y êtes. Une nouvelle demande sera possible le {date}.",
        "Your subscription allows {max} credits given back in 90 days; you are there. A new request will be possible on {date}.",
    ),
    (
        "turned_ceiling_zero",
        "Votre abonnement ne permet pas de demander un crédit en retour.",
        "Your subscription does not allow asking for a credit back.",
    ),
    (
        "turned_text",
        "Racontez ce qui s’est passé en 1 à {max} caractères.",
        "Tell what happened in 1 to {max} characters.",
    ),
    // /review
    (
        "review_none",
        "Aucune demande n’attend.",
        "No request waits.",
    ),
    (
        "review_title",
        "**Demandes en attente : {count}**, la plus ancienne d’abord",
        "**Requests that wait: {count}**, the oldest first",
    ),
    (
        "review_line",
        "n° {number} · {opened} · {provider} · projet n° {project} {title} · {amount} ({kind}) · {reason} · {state}",
        "no. {number} · {opened} · {provider} · project no. {project} {title} · {amount} ({kind}) · {reason} · {state}",
    ),
    (
        "review_unknown",
        "Il n’y a pas de demande n° {number}.",
        "There is no request no. {number}.",
    ),
    ("review_approve", "Accepter", "Approve"),
    ("review_decline", "Refuser", "Decline"),
    ("review_ask", "Demander", "Ask"),
    ("review_form", "Demande n° {number}", "Request no. {number}"),
    (
        "review_form_reason",
        "Motif, que le prestataire lira",
        "Reason, which the provider will read",
    ),
    (
        "review_form_question",
        "Question, que le prestataire lira",
        "Question, which the provider will read",
    ),
    (
        "review_noted",
        "La note est gardée ; le prestataire ne la voit pas.",
        "The note is kept; the provider does not see it.",
    ),
    (
        "done_approved",
        "C’est fait : la demande n° {number} est acceptée. Crédits rendus au prestataire : {amount}.",
        "Done: request no. {number} is approved. Credits given back to the provider: {amount}.",
    ),
    (
        "done_endorsed",
        "Votre accord pour la demande n° {number} est noté. Elle dépasse un plafond : une deuxième personne doit l’accepter aussi.",
        "Your approval of request no. {number} is noted. It is above a ceiling: a second person has to approve it, too.",
    ),
    (
        "done_declined",
        "C’est fait : la demande n° {number} est refusée.",
        "Done: request no. {number} is declined.",
    ),
    (
        "done_asked",
        "La question est posée ; la demande n° {number} attend la réponse du prestataire.",
        "The question is asked; request no. {number} waits for the provider’s answer.",
    ),
    (
        "done_undone",
        "C’est fait : l’acceptation de la demande n° {number} est reprise par une écriture contraire.",
        "Done: the approval of request no. {number} is taken back by a counter-entry.",
    ),
    // Why a press has no effect.
    (
        "refused_stands",
        "Merci, mais il n’y a plus rien à faire : cette demande est {state} depuis le {since}{by}.",
        "Thank you, but there is nothing left to do: this request is {state} since {since}{by}.",
    ),
    ("refused_by", " (par {name})", " (by {name})"),
    (
        "refused_staff",
        "Seule l’équipe décide des demandes.",
        "Only the staff decide on requests.",
    ),
    (
        "refused_admin",
        "Seul un administrateur décide des demandes ; vous pouvez poser une question ou laisser une note.",
        "Only an administrator decides on requests; you can ask a question or leave a note.",
    ),
    (
        "refused_own",
        "Personne ne décide de sa propre demande. Laissez-la à quelqu’un d’autre.",
        "Nobody decides on their own request. Leave it to somebody else.",
    ),
    (
        "refused_interest",
        "Vous avez un intérêt dans ce projet. Laissez la demande à quelqu’un d’autre.",
        "You have an interest in this project. Leave the request to somebody else.",
    ),
    (
        "refused_why",
        "Dites pourquoi, en {max} caractères au plus.",
        "Say why, in at most {max} characters.",
    ),
    (
        "refused_second",
        "Votre accord est déjà noté : une deuxième personne doit accepter aussi.",
        "Your approval is noted already: a second person has to approve, too.",
    ),
    (
        "refused_ledger",
        "Les comptes ne le permettent pas : {why}.",
        "The books do not allow it: {why}.",
    ),
    // What the provider is told.
    (
        "told_approved",
        "Votre demande n° {number} (projet n° {project}) a été acceptée à titre exceptionnel. Crédits rendus : {amount}.\nMotif : {said}",
        "Your request no. {number} (project no. {project}) was approved exceptionally. Credits given back: {amount}.\nReason: {said}",
    ),
    (
        "told_declined",
        "Votre demande n° {number} (projet n° {project}) n’a pas été acceptée : aucun crédit n’est rendu.\nMotif : {said}",
        "Your request no. {number} (project no. {project}) was not approved: no credit comes back.\nReason: {said}",
    ),
    (
        "told_asked",
        "Une question de l’équipe sur votre demande n° {number} (projet n° {project}) :\n{said}\nSans réponse, la demande sera fermée.",
        "A question of the staff about your request no. {number} (project no. {project}):\n{said}\nWithout an answer, the request will be closed.",
    ),
    (
        "told_warned",
        "Votre demande n° {number} (projet n° {project}) attend toujours votre réponse. Sans elle, elle sera fermée dans {days} et aucun crédit ne reviendra.",
        "Your request no. {number} (project no. {project}) still waits for your answer. Without it, it will be closed in {days} and no credit will come back.",
    ),
    (
        "told_closed_silent",
        "Votre demande n° {number} (projet n° {project}) est fermée, faute de réponse : aucun crédit n’est rendu.",
        "Your request no. {number} (project no. {project}) is closed for want of an answer: no credit comes back.",
    ),
    (
        "told_undone",
        "L’acceptation de votre demande n° {number} (projet n° {project}) était une erreur. Crédits repris : {amount}.\nMotif : {said}",
        "The approval of your request no. {number} (project no. {project}) was a mistake. Credits taken back: {amount}.\nReason: {said}",
    ),
    (
        "remind",
        "**Demandes qui attendent une décision : {count}**, la plus ancienne depuis le {since} (n° {number}). Détail : `{/review list}`.",
        "**Requests that wait for a decision: {count}**, the oldest since {since} (no. {number}). Details: `{/review list}`.",
    ),
    // The mirror of decisions: ids alone, no words of anybody.
    (
        "log_decided",
        "Demande n° {number} · {happened} ({from} → {to}) · prestataire {provider}, projet n° {project}, {amount} ({kind}) · le {at}, {surface}",
        "Request no. {number} · {happened} ({from} → {to}) · provider {provider}, project no. {project}, {amount} ({kind}) · {at}, {surface}",
    ),
    (
        "erased_words",
        "Effacé à la demande de la personne.",
        "Erased at the person’s request.",
    ),
    ("log_by", " · par {by}", " · by {by}"),
    (
        "log_by_two",
        " · par {by} et {second}",
        " · by {by} and {second}",
    ),
    (
        "log_interaction",
        " · interaction {id}",
        " · interaction {id}",
    ),
];
