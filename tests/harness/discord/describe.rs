//! Discord's own description of its API, when the file is there.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use jsonschema::Validator;
use relance_shared::config::environment;
use serde_json::{Value, json};

/// Names the description's file, `openapi.json`.
const VARIABLE: &str = "RELANCE_DISCORD_OPENAPI";

/// The description, and the validators made of it so far.
#[derive(Default)]
pub(super) struct Description {
    document: Option<Value>,
    validators: Mutex<HashMap<String, Option<Arc<Validator>>>>,
}

impl Description {
    /// The file of the environment, or the one beside the repository; without either nothing is checked against it.
    pub fn load() -> anyhow::Result<Self> {
        let beside =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/discord/openapi.json");
        let path = environment(VARIABLE).map_or(beside, PathBuf::from);
        if !path.is_file() {
            return Ok(Self::default());
        }
        let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        Ok(Self {
            document: Some(serde_json::from_str(&text)?),
            validators: Mutex::default(),
        })
    }

    /// What is wrong with `body` as the body of `method template`; none when it is right, or when there is no description.
    /// True: it was looked at.
    pub fn check(&self, method: &str, template: &str, body: &Value) -> (bool, Option<String>) {
        let Some(validator) = self.validator(method, template) else {
            return (false, None);
        };
        // The description's own notes: integers may arrive as strings.
        let is_number_as_text = |error: &jsonschema::ValidationError<'_>| {
            let text = error.instance().as_str().unwrap_or_default();
            let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            is_number && error.to_string().contains("\"integer\"")
        };
        let errors: Vec<String> = validator
            .iter_errors(body)
            .filter(|error| !is_number_as_text(error))
            .map(|error| {
                let text: String = error.to_string().chars().take(300).collect();
                format!("{}: {text}", error.instance_path())
            })
            .collect();
        (true, (!errors.is_empty()).then(|| errors.join("; ")))
    }

    fn validator(&self, method: &str, template: &str) -> Option<Arc<Validator>> {
        let document = self.document.as_ref()?;
        let mut made = self
            .validators
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let key = format!("{method} {template}");
        made.entry(key)
            .or_insert_with(|| {
                let method = method.to_lowercase();
                let body = &document["paths"][template][&method]["requestBody"]["content"]["application/json"]["schema"];
                if body.is_null() {
                    return None;
                }
                // A pointer into the document as its root; braces of path names must be written %7B and %7D.
                let path = template.replace('/', "~1").replace('{', "%7B").replace('}', "%7D");
                let mut root = document.clone();
                root["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
                root["$ref"] = json!(format!(
                    "#/paths/{path}/{method}/requestBody/content/application~1json/schema"
                ));
                let made = jsonschema::validator_for(&root).expect("the description's schemas can be used");
                Some(Arc::new(made))
            })
            .clone()
    }
}
