//! What the commands answer.

/// Key, French, English; `{name}` is filled in.
pub(super) const SENTENCES: &[(&str, &str, &str)] = &[
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
        "usage",
        "Cette commande s’écrit ainsi : `{usage}`",
        "This command is written like this: `{usage}`",
    ),
    (
        "usage_group",
        "Ce que cette commande sait faire :",
        "What this command can do:",
    ),
    ("usage_option", "`{name}` : {about}", "`{name}`: {about}"),
    (
        "not_here",
        "Je ne réponds pas à cet endroit. Utilisez la commande sur le serveur de la plateforme ou en message privé.",
        "I do not answer here. Use the command on the platform’s server or in a private message.",
    ),
    (
        "need_provider",
        "Cette commande est réservée aux prestataires. Reliez d’abord votre compte : `{/link email}`, puis `{/link code}`.",
        "This command is for providers. Tie your account first: `{/link email}`, then `{/link code}`.",
    ),
    (
        "need_staff",
        "Cette commande est réservée à l’équipe.",
        "This command is for the staff.",
    ),
    // /pending
    (
        "pending_title",
        "**Projets en attente, page {page} sur {pages}** (total : {total})",
        "**Pending projects, page {page} of {pages}** ({total} in all)",
    ),
    (
        "pending_none",
        "Aucun projet en attente pour l’instant.",
        "No pending project at present.",
    ),
    (
        "pending_beyond",
        "La liste s’arrête à la page {pages} ; il n’y a pas de page {page}.",
        "The list ends on page {pages}; there is no page {page}.",
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
        "Aucun projet n’a le numéro {reference}. Vérifiez-le dans la liste : `{/pending}`.",
        "No project has the number {reference}. Check it in the list: `{/pending}`.",
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
        "Cette adresse ne semble pas complète. Exemple : `{/link email} prenom@exemple.fr`.",
        "This address does not look complete. Example: `{/link email} name@example.org`.",
    ),
    (
        "link_sent",
        "Si un compte porte cette adresse, un code vient d’y partir. Il est valable {minutes} minutes : donnez-le avec `{/link code}`.",
        "If an account has this address, a code has just left for it. It is valid for {minutes} minutes: give it with `{/link code}`.",
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
        "Ce code n’est pas le bon ou n’est plus valable. Demandez-en un autre avec `{/link email}` ; le dernier mail reçu contient le dernier code.",
        "This code is not the right one or no longer valid. Ask for another one with `{/link email}`; the last mail has the last code.",
    ),
    (
        "link_tied",
        "Ce compte Discord est déjà relié à {name}. Pour en relier un autre, mettez d’abord fin à ce lien avec `{/link end}`.",
        "This Discord account is already tied to {name}. To tie another one, end this tie first with `{/link end}`.",
    ),
    (
        "link_staff",
        "Ce compte Discord est celui d’un membre de l’équipe : seul l’exploitant peut changer ce lien. Pour votre propre compte de prestataire ou de client, utilisez un autre compte Discord.",
        "This Discord account is that of a member of the staff: only the operator can change this tie. For your own account as a provider or client, use another Discord account.",
    ),
    (
        "link_ended",
        "C’est fait : ce compte Discord n’est plus relié à {name}.",
        "Done: this Discord account is no longer tied to {name}.",
    ),
    (
        "link_none",
        "Ce compte Discord n’est relié à aucun compte de la plateforme.",
        "This Discord account is tied to no account on the platform.",
    ),
    (
        "link_only_discord",
        "Dans ce terminal, `--as NOM` choisit le compte ; le lien par code est pour Discord.",
        "In this terminal `--as NAME` chooses the account; the tie by code is for Discord.",
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
    (
        "credits_kind",
        "**{kind}** : {available} disponibles ; derniers mouvements :",
        "**{kind}**: {available} available; last movements:",
    ),
    (
        "credits_claims",
        "**Vos demandes de remboursement**, examinées une à une par une personne :",
        "**Your refund requests**, each looked at by a person:",
    ),
    (
        "credits_line",
        "{date} : {what}{project}",
        "{date}: {what}{project}",
    ),
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
        "−{amount} ({kind}), candidature",
        "−{amount} ({kind}), application",
    ),
    (
        "credit_returned",
        "+{amount} ({kind}), rendu à titre exceptionnel",
        "+{amount} ({kind}), given back as an exception",
    ),
    (
        "credit_corrected",
        "−{amount} ({kind}), repris par une correction",
        "−{amount} ({kind}), taken back by a correction",
    ),
    (
        "credit_project",
        "projet n° {reference}",
        "project no. {reference}",
    ),
    // /report
    (
        "report_nothing",
        "Donnez au moins un numéro de projet, par exemple `{/report} 31204 31205`.",
        "Give at least one project number, for example `{/report} 31204 31205`.",
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
        "Le résultat se note avec `relance-worker calls record`, l’historique se lit avec `relance-worker timeline`.",
        "The outcome is recorded with `relance-worker calls record`; `relance-worker timeline` shows what is known.",
    ),
    // A person is asked for.
    (
        "handover_card",
        "**Une personne est demandée** (n° {number}) par {who} : {question}",
        "**A person is asked for** (no. {number}) by {who}: {question}",
    ),
    (
        "handover_button",
        "Marquer comme réglée",
        "Mark as resolved",
    ),
    (
        "handover_card_done",
        "_Réglée par {by}, le {on}._",
        "_Resolved by {by}, on {on}._",
    ),
    (
        "handover_done",
        "C’est noté : la question n° {number} est réglée. Si elle a été posée sur Discord, son auteur en est informé, une fois.",
        "Noted: question no. {number} is resolved. If it was asked on Discord, its author is told, once.",
    ),
    (
        "handover_before",
        "La question n° {number} a été réglée par {by}, le {on}.",
        "Question no. {number} was resolved by {by}, on {on}.",
    ),
    (
        "handover_told",
        "L’équipe a traité votre question : {question}. Si ce n’est pas réglé pour vous, posez-la de nouveau avec `{/faq}`.",
        "The team has dealt with your question: {question}. If it is not settled for you, ask it again with `{/faq}`.",
    ),
    (
        "handovers_none",
        "Aucune question n’attend une personne.",
        "No question waits for a person.",
    ),
    (
        "handovers_title",
        "**Questions qui attendent une personne : {count}**",
        "**Questions that wait for a person: {count}**",
    ),
    (
        "handovers_line",
        "n° {number}, {who}, le {on} : {question}",
        "no. {number}, {who}, on {on}: {question}",
    ),
    // /status
    ("status_title", "**État**", "**Status**"),
    (
        "status_counts",
        "Projets en attente : {pending} ; en cours : {progress}.",
        "Projects pending: {pending}; in progress: {progress}.",
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
