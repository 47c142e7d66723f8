//! Sentences of the conversation in a terminal.

use crate::account::Locale;

/// The first lines.
#[must_use]
pub const fn greeting(locale: Locale) -> &'static str {
    match locale {
        Locale::Fr => {
            "Une question, ou une commande\u{a0}: /faq, /en-attente, /projet 31204… / les montre toutes. Un numéro choisit un bouton. Ctrl-D pour finir.\n"
        }
        Locale::En => {
            "A question, or a command: /faq, /pending, /project 31204… / shows them all. A number chooses a button. Ctrl-D to end.\n"
        }
    }
}

/// Below numbered choices.
#[must_use]
pub const fn choose(locale: Locale) -> &'static str {
    match locale {
        Locale::Fr => "Tapez un numéro pour choisir.",
        Locale::En => "Type a number to choose.",
    }
}

/// That nobody has the name given by `--as`.
#[must_use]
pub fn nobody(name: &str) -> String {
    format!(
        "no member of the staff, provider or client is called {name:?}; give a short name of `relance-bot staff list` or a platform reference"
    )
}
