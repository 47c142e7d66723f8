//! What is answered: text, buttons, a form. The surface draws it.

use relance_shared::discord_out::Button;

/// An answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reply {
    /// Text with Discord's marks (`**`, backticks); text that a person wrote stands between
    /// [`relance_shared::words::bot::QUOTED`].
    pub text: String,
    /// Rows of buttons, at most 5 of at most 5.
    pub buttons: Vec<Vec<Button>>,
    /// A form to fill in, instead of the text.
    pub form: Option<Form>,
    /// Whether everybody sees it where it was asked for. Only fixed public texts may be shown so (c7, c12).
    pub is_public: bool,
}

/// A form of one text field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// Versioned id, as a button's.
    pub id: String,
    /// At most 45 characters.
    pub title: String,
    /// What to write, at most 45 characters.
    pub label: String,
    /// Id of the field.
    pub field: &'static str,
    /// Shortest text.
    pub chars_min: u16,
    /// Longest text; Discord allows 4,000.
    pub chars_max: u16,
}

impl Reply {
    /// Text alone.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }

    /// Text that everybody may read.
    #[must_use]
    pub fn public(text: impl Into<String>) -> Self {
        Self {
            is_public: true,
            ..Self::text(text)
        }
    }

    /// A form.
    #[must_use]
    pub fn form(form: Form) -> Self {
        Self {
            form: Some(form),
            ..Self::default()
        }
    }

    /// The same with one more row of buttons; nothing changes for an empty row.
    #[must_use]
    pub fn row(mut self, buttons: Vec<Button>) -> Self {
        if !buttons.is_empty() {
            self.buttons.push(buttons);
        }
        self
    }
}
