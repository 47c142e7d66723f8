//! Names and descriptions of the commands and their options.

/// Key, French, English. `name_…` are names of commands and options (Discord allows lower-case letters, digits, `-` and
/// `_`), `about_…` their descriptions (100 characters at most).
pub(super) const SENTENCES: &[(&str, &str, &str)] = &[
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
    ("name_end", "fin", "end"),
    (
        "about_link end",
        "Mettre fin au lien avec votre compte de la plateforme",
        "End the tie to your account on the platform",
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
        "Vos crédits : solde, mouvements par type, marge, demandes de remboursement",
        "Your credits: balance, movements by kind, margin, refund requests",
    ),
    ("name_calls", "appels", "calls"),
    (
        "about_calls",
        "Équipe : les appels à passer",
        "Staff: the calls to make",
    ),
    ("name_handovers", "relais", "handovers"),
    (
        "about_handovers",
        "Équipe : les questions qui attendent une personne",
        "Staff: the questions that wait for a person",
    ),
    ("name_status", "état", "status"),
    (
        "about_status",
        "Équipe : la liste, les tâches, la base",
        "Staff: the list, the jobs, the database",
    ),
];
