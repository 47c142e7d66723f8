//! Whether a message comes from whom it says: one configured server's Authentication-Results (RFC 8601), nothing else.
//!
//! Fails closed: no configuration, no field, a field that does not parse, two From fields, any contradiction, and the
//! message is not trusted (threats M1). Not trusted is not refused: a person files it.

use super::message::Mail;

/// Longest field read, in bytes.
const FIELD_BYTES_MAX: usize = 8_192;

/// What was found, with the reason shown to people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Whether the address in From is proven by the configured server.
    pub trusted: bool,
    /// Why.
    pub reason: String,
}

/// Reads the verdict of the server named `authserv` about a message.
#[must_use]
pub fn verdict(mail: &Mail<'_>, authserv: Option<&str>) -> Verdict {
    let no = |reason: &str| Verdict {
        trusted: false,
        reason: reason.to_owned(),
    };
    let Some(authserv) = authserv.filter(|id| !id.trim().is_empty()) else {
        return no("mail.trusted_authserv is not set: nothing is believed");
    };
    if mail.headers("From").count() != 1 {
        return no("not exactly one From field");
    }
    if mail
        .inner()
        .from()
        .is_none_or(|from| from.iter().count() != 1)
    {
        return no("not exactly one address in From");
    }
    let Some(domain) = mail.from_address().and_then(|from| domain_of(&from)) else {
        return no("no domain in From");
    };
    let fields: Option<Vec<Field>> = mail
        .headers("Authentication-Results")
        .filter(|value| may_name(value, authserv.trim()))
        .map(|value| parse(&value).filter(|_| value.len() <= FIELD_BYTES_MAX))
        .collect();
    let Some(fields) = fields else {
        return no(
            "an Authentication-Results of the configured server is too long or cannot be read",
        );
    };
    let Some((first, others)) = fields.split_first() else {
        return no("no Authentication-Results of the configured server");
    };
    let fails = |field: &Field| field.of("dmarc").any(|result| result.result != "pass");
    if others.iter().any(fails) {
        return no("the configured server's Authentication-Results contradict each other");
    }
    judge(first, &domain)
}

/// Whether a field is of the server named `authserv`, or cannot be told not to be: whatever follows its first word, that
/// field must not be passed over for one further down, which anybody may have written.
fn may_name(value: &str, authserv: &str) -> bool {
    let (mut depth, mut name) = (0_usize, String::new());
    for c in value.chars().take(FIELD_BYTES_MAX) {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            '"' | '\\' if depth == 0 => {}
            _ if depth > 0 => {}
            ';' => return name.eq_ignore_ascii_case(authserv),
            _ if c.is_whitespace() || c.is_control() => {
                if !name.is_empty() {
                    return name.eq_ignore_ascii_case(authserv);
                }
            }
            _ => name.push(c),
        }
    }
    depth > 0 || name.eq_ignore_ascii_case(authserv)
}

/// Servers named in a check's answer.
const SERVERS_MAX: usize = 5;

/// Ids of the servers that wrote Authentication-Results into a message, from the top, each once. Only for people to look
/// at: whoever sends a message may write any of them.
#[must_use]
pub fn servers(mail: &Mail<'_>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for value in mail.headers("Authentication-Results") {
        let field = Some(value).filter(|value| value.len() <= FIELD_BYTES_MAX);
        if let Some(field) = field.and_then(|value| parse(&value))
            && !all.contains(&field.server)
            && all.len() < SERVERS_MAX
        {
            all.push(field.server);
        }
    }
    all
}

fn judge(field: &Field, from: &str) -> Verdict {
    let say = |trusted: bool, reason: String| Verdict { trusted, reason };
    if let Some(dmarc) = field.of("dmarc").next() {
        let same = dmarc
            .properties
            .iter()
            .all(|(key, value)| key != "header.from" || value == from);
        return if field.of("dmarc").count() == 1 && dmarc.result == "pass" && same {
            say(true, format!("dmarc=pass for {from}"))
        } else {
            say(false, format!("dmarc={}", dmarc.result))
        };
    }
    for dkim in field.of("dkim").filter(|result| result.result == "pass") {
        let signer = dkim
            .property("header.d")
            .or_else(|| dkim.property("header.i").and_then(after_at));
        if signer.is_some_and(|signer| aligned(signer, from)) {
            return say(true, "dkim=pass, aligned".to_owned());
        }
    }
    for spf in field.of("spf").filter(|result| result.result == "pass") {
        let path = spf
            .property("smtp.mailfrom")
            .map(|path| after_at(path).unwrap_or(path));
        if path.is_some_and(|path| aligned(path, from)) {
            return say(true, "spf=pass, aligned".to_owned());
        }
    }
    say(
        false,
        "no dmarc, dkim or spf pass that is aligned with From".to_owned(),
    )
}

/// Relaxed alignment (RFC 7489 3.1): the same domain, or two of one organisation.
fn aligned(signer: &str, from: &str) -> bool {
    signer == from
        || organisation(signer)
            .is_some_and(|organisation| Some(organisation) == self::organisation(from))
}

/// The organisational domain (RFC 7489 3.2): one label more than the public suffix, by the list compiled in; under a top
/// level that the list does not know, two labels, as the list itself says. None for a public suffix, whoever runs it, and
/// for what is no name: nothing is aligned with them but themselves.
fn organisation(domain: &str) -> Option<&str> {
    let is_name = domain.rsplit('.').next().is_some_and(|top| {
        top.chars().any(|c| c.is_ascii_alphabetic())
            && domain.split('.').all(|part| !part.is_empty())
    });
    psl::domain_str(domain).filter(|_| is_name)
}

fn after_at(text: &str) -> Option<&str> {
    text.rsplit_once('@').map(|(_, domain)| domain)
}

fn domain_of(address: &str) -> Option<String> {
    let domain = after_at(address)?
        .trim_end_matches('.')
        .to_ascii_lowercase();
    (!domain.is_empty()
        && domain
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-')))
    .then_some(domain)
}

/// One Authentication-Results field.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Field {
    server: String,
    results: Vec<MethodResult>,
}

impl Field {
    fn of<'f>(&'f self, method: &'f str) -> impl Iterator<Item = &'f MethodResult> {
        self.results
            .iter()
            .filter(move |result| result.method == method)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct MethodResult {
    method: String,
    result: String,
    properties: Vec<(String, String)>,
}

impl MethodResult {
    fn property(&self, name: &str) -> Option<&str> {
        self.properties
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

/// Reads a field; none when it is not exactly of the standard's form.
fn parse(value: &str) -> Option<Field> {
    let plain = without_comments(value)?;
    let mut parts = plain.split(';');
    let mut head = parts.next()?.split_whitespace();
    let server = head.next()?.to_owned();
    if head.next().is_some_and(|version| version != "1") || head.next().is_some() {
        return None;
    }
    let mut results = Vec::new();
    for part in parts {
        let words: Vec<&str> = part.split_whitespace().collect();
        let Some((first, rest)) = words.split_first() else {
            continue;
        };
        if *first == "none" && rest.is_empty() {
            continue;
        }
        let (method, result) = first.split_once('=')?;
        let method = method.split('/').next()?.to_ascii_lowercase();
        let properties = rest
            .iter()
            .filter_map(|word| word.split_once('='))
            .map(|(key, value)| {
                (
                    key.to_ascii_lowercase(),
                    value.trim_matches('"').to_ascii_lowercase(),
                )
            })
            .collect();
        results.push(MethodResult {
            method,
            result: result.to_ascii_lowercase(),
            properties,
        });
    }
    Some(Field { server, results })
}

/// Takes comments out (they nest) and hides what is quoted from the reader of `;`; none when a mark never closes.
fn without_comments(value: &str) -> Option<String> {
    let mut out = String::with_capacity(value.len());
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for c in value.chars() {
        if escaped {
            escaped = false;
            continue;
        }
        match c {
            '\\' => escaped = true,
            '"' if depth == 0 => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.checked_sub(1)?,
            // A quoted value may hold a semicolon or a blank: neither may end it.
            ';' | ' ' | '\t' if quoted => out.push('_'),
            _ if depth == 0 => out.push(c),
            _ => {}
        }
    }
    (depth == 0 && !quoted).then_some(out)
}

#[cfg(test)]
mod tests;
