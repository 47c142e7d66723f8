//! Where the person stops and the signature, the telephone's footer or the legal notice begins.

use std::sync::LazyLock;

use regex::Regex;
use unicode_normalization::UnicodeNormalization as _;

use super::pattern::rx;

/// Lines at the end in which a closing formula is looked for.
const CLOSING_LOOKED_AT: usize = 14;
/// Longest line that may be a closing formula or stand under one, in characters.
const SHORT_LINE_CHARS: usize = 70;

/// Footers that a mail program or a telephone adds by itself.
static FOOTER: LazyLock<Regex> = LazyLock::new(|| {
    rx(r"(?ix)^[\s\-–—*_>(\[]*(?:
        (?:sent|posted|written|typed)\s(?:from|via|with|using|by|on|wirelessly|through)\b.*
        |sent\s(?:wirelessly|securely)\b.*
        |envoy[ée]e?s?\s(?:de|depuis|[àa]\spartir|par|avec|via|sans|du|d['’])\b?.*
        |(?:[ée]crit|r[ée]dig[ée])\s(?:depuis|sur|de)\smon\s.*
        |(?:t[ée]l[ée]charge[rz]?|obtene[rz]|get|hol(?:en)?\ssie\ssich|ottieni|obtener|descarga)\s(?:outlook|bluemail|yahoo|spark|k-?9|aquamail).*
        |outlook\s(?:pour|for|für|para|per)\s.*
        |(?:von|mit)\s(?:meinem|meiner|der|outlook|gmx|web\.de).*(?:gesendet|iphone|ipad|mail|app)\b.*
        |gesendet\s(?:von|mit|über|aus)\b.*
        |diese\snachricht\swurde\svon\smeinem.*
        |enviad[oa]\s(?:desde|do|de|a\spartir|pelo)\b.*
        |inviat[oa]\s(?:da|dal|con)\b.*
        |verzonden\s(?:vanaf|met|vanuit|via|van|met)\b.*
        |skickat\sfrån\b.*|sendt\sfra\b.*|lähetetty\s.*|wysłan[eoy]\s(?:z|przy)\b.*|отправлено\s(?:с|из)\b.*
        |(?:أُ?رسلت?|تم\sالإرسال|من)\s.{0,30}(?:iphone|android|آيفون|هاتف).{0,40}
        |yahoo\s?mail\s?[:：-].*|(?:mail\s)?yahoo\smail\spour\s.*
        |(?:cordialement\s)?mail\spour\swindows.{0,40}
        |(?:l['’]absence\sde\svirus|cet?\s(?:e-?mail|courriel|courrier|message).*(?:virus|antivirus|avast|avg)|garanti\ssans\svirus|virus-free|this\s(?:e-?mail|message)\s(?:has\sbeen|was)\s(?:checked|scanned)).*
        |(?:www\.)?(?:avast|avg|antivirus)\.\w+.*
        |(?:veuillez|merci\s(?:de|d['’]))\s(?:m['’])?excuser\s(?:ma|la)\sbri[èe]vet[ée].*|please\s(?:excuse|pardon|forgive)\s.*|sorry\sfor\s(?:typos|the\sbrevity|any\stypos).*
        |(?:cordialement,?\s)?un?\smessage\senvoy[ée]\sdepuis.*
        |(?:excusez?|d[ée]sol[ée]e?\spour)\sles\sfautes.*
        |i['’]?m\susing\s.*
    )[\s.!)\]*_]*$")
});

/// Notices that lawyers and companies put under every mail.
static NOTICE: LazyLock<Regex> = LazyLock::new(|| {
    rx(r"(?ix)^[\s*_\-–—>|]*(?:
        (?:avis|clause|mention|note|notice|avertissement|message|disclaimer|important)\s?(?:de|d['’]|l[ée]gales?|:)?\s?(?:confidentialit|l[ée]gal|important|notice|disclaimer|non-responsab).*
        |confidentialit[ée]\s?:.*
        |(?:ce|cet|les\sinformations?|le\spr[ée]sent)\s(?:message|mail|e-?mail|courriel|courrier|contenues?|pr[ée]sent).*(?:confidentiel|destinataire|exclusi|pi[èe]ces\sjointes|usage|strictement|int[ée]grit|n['’]engage).*
        |(?:this|the)\s(?:e-?mail|message|communication|information\s(?:in|contained|transmitted)).*(?:confidential|intended|addressee|privileged|recipient|views|opinions).*
        |the\scontents?\sof\sthis.*(?:confidential|message|mail).*
        |(?:confidential(?:ity)?\s(?:notice|note|statement)|disclaimer)\b.*
        |(?:diese?\s(?:e-?mail|nachricht)).*(?:vertraulich|adressat|bestimmt).*
        |(?:este\s(?:mensaje|correo)|la\sinformaci[óo]n\scontenida).*(?:confidencial|destinatari).*
        |(?:pensez|avant\sd['’]imprimer|n['’]imprime[rz]|adoptez|pr[ée]server\sl['’]|please\s(?:consider|think)|think\sbefore|save\s(?:a\stree|paper)|avoid\sprinting).*(?:environnement|imprime|environment|print|feuille|papier|paper|tree|l['’]?[ée]co).*
        |vos\sdonn[ée]es\s(?:personnelles\s)?(?:sont|font).*(?:rgpd|trait).*
        |\S{0,40}\smailing\slist
        |si\svous\s(?:avez\sre[çc]u|n['’][êe]tes\spas).*(?:message|destinataire|courriel|mail).*
        |if\syou\s(?:have\sreceived|are\snot)\s.*(?:message|recipient|e-?mail|error).*
        |any\sunauthori[sz]ed\s(?:use|review|disclosure).*
    )$")
});

/// Closing formulas. They count only near the end, with nothing but short lines under them.
static CLOSING: LazyLock<Regex> = LazyLock::new(|| {
    rx(
        r"(?ix)^[\s\-–—*_]*(?:(?:et|avec|mille|un\sgrand|encore|very|many|with|kind|kindest|best|warm|warmest|sincere|bien|tr[èe]s|en\svous|dans|vous|je\svous|nous\svous|meilleure?s?|sinc[èe]res?|mes|nos|toutes?|mit|viele|liebe|freundliche[nr]?|herzliche|beste|un|med|venlig|vennlig|z|pozdrawiam|s|con|cordiali|distinti|saludos|atentamente|hartelijke|vriendelijke|groeten|bonne|excellente|agréable|belle|à|a|respectueusement)\s)*(?:
        cordialement|cdlt|cdt|crdlt|cordialmente|cordiales?|salutations?|amicalement|respectueusement|sinc[èe]rement|courtoisement|bien\s[àa]\svous|[àa]\svous|bien\s[àa]\s(?:toi|vous)|bonne\s(?:journ[ée]e|soir[ée]e|semaine|continuation|r[ée]ception|fin|ann[ée]e|f[êe]te|nuit)|(?:excellente|belle)\s(?:journ[ée]e|soir[ée]e|semaine)|bon(?:ne)?\s(?:week-?end|we|courage|dimanche|apr[èe]s-midi)|[àa]\s(?:bient[ôo]t|plus|tr[èe]s\sbient[ôo]t)|au\splaisir|bises?|bisous|
        regards|rgds|cheers|sincerely|yours(?:\s(?:truly|sincerely|faithfully))?|best(?:\swishes)?|thanks(?:\sagain|\sa\slot|\sso\smuch|\sin\sadvance|\sand\sregards|\s(?:&|and)\s(?:best\s)?regards)?|thank\syou(?:\sin\sadvance|\sso\smuch|\sagain|\svery\smuch)?|thx|ta|take\scare|all\sthe\sbest|
        gr[üu](?:ß|ss)e?n?|mfg|vg|lg|hochachtungsvoll|gr(?:uß|uss)|
        saludos?|atentamente|atte|un\sabrazo|abra[çc]os?|att|obrigad[oa]|gracias|grazie|saluti|distinti\ssaluti|
        groet(?:en|jes)?|mvg|hilsen|hälsningar|vänliga\shälsningar|mvh|vh|pozdrawiam|pozdrowienia|terveisin|ystävällisin\sterveisin|с\sуважением|спасибо|
        v[œo]e?ux|remerciements(?:\s(?:anticip[ée]s|renouvel[ée]s))?|
        merci(?:\s(?:d['’]avance|beaucoup|bien|encore|[àa]\s(?:vous|tous)|par\savance|et\sbonne\sjourn[ée]e|infiniment|pour\svotre\s\w+|pour\stout))?
    )(?:\s(?:[àa]\s(?:vous|tous|toutes|toi)|distingu[ée]e?s|les\smeilleure?s|respectueuses|cordiales|sinc[èe]res|choukran|et\s.{0,30}|wishes|regards|quand\sm[êe]me|aus\s.{0,30}|und\s.{0,30}|from\s.{0,20}|pour\s.{0,30}))?[\s,.!;:)❤🙏😊👍🙂☺️-]*$",
    )
});

/// Long closing formulas of French letters, one sentence.
static CLOSING_SENTENCE: LazyLock<Regex> = LazyLock::new(|| {
    rx(
        r"(?ix)^\s*(?:je\svous|nous\svous|veuillez|dans\scette\sattente|en\svous|restant|vous\ssouhaitant|avec\smes|recevez|agr[ée]ez|dans\sl['’]attente).*(?:salutations?|consid[ée]ration|sentiments?|respects?|remerci\w*\spar\savance|expression|cordialement|journ[ée]e)\b.{0,50}$",
    )
});

static CONTACT: LazyLock<Regex> = LazyLock::new(|| {
    rx(
        r"(?ix)(?:^|\s|\|)(?:t[ée]l(?:[ée]phone)?|tel|mob(?:ile)?|port(?:able)?|fax|phone|ph|cell|direct|gsm|std|e-?mail|mail|courriel|skype|web|site|www|t|m|p|f)\s?[.:]\s?\+?[\d(\w]|\+\d{1,3}[\s.(]|\b0\d(?:[\s.-]?\d\d){4}\b|\(\d{3}\)\s?\d{3}|\d{3}[-.]\d{3}[-.]\d{4}|https?://|www\.|[^\s@]+@[^\s@]+\.\w+|\[cid:|\b\d{5}\s\p{Lu}|\bsiret\b|\bS\.?A\.?R\.?L\b",
    )
});

/// "-Jean Dupont", "/Jean", "—Jean", "~s": a name that signs, alone on its line.
static DASHED_NAME: LazyLock<Regex> = LazyLock::new(|| {
    rx(r"^\s*(?:[-–—~]\s?|/{1,2})\p{L}[\p{L}.'’-]*(?:\s\p{Lu}[\p{L}.'’-]*){0,2}\s*$")
});
/// Thanks are words to us, not decoration: the line stays, what signs under it goes.
static THANKS: LazyLock<Regex> = LazyLock::new(|| {
    rx(
        r"(?i)^\s*(?:(?:et|avec|mille|many|with|un grand|d'avance|mes|nos)\s)*(?:merci|thanks|thank you|thx|gracias|danke|vielen dank|(?:je|nous) (?:vous|te) remerci\w+|remerciements|obrigad[oa]|grazie|спасибо|choukran|shukran)\b.{0,40}$",
    )
});

static DELIMITER: LazyLock<Regex> =
    LazyLock::new(|| rx(r"^\s*(?:--|—|––|-- \s*|__|\*\*|–|-{2,3}|_{2,}|={3,}|\*{3,}|~{3,})\s*$"));
static DELIMITED_NAME: LazyLock<Regex> =
    LazyLock::new(|| rx(r"^\s*(?:--|—|-{2,3}|~)\s?(?:\p{Lu}|~)[^.!?]{0,40}$"));

/// Whether a line is a footer that a program adds.
#[must_use]
pub fn is_footer(line: &str) -> bool {
    line.len() < 400 && FOOTER.is_match(line)
}

/// Whether a line is a legal notice.
#[must_use]
pub fn is_notice(line: &str) -> bool {
    line.len() < 4_000 && NOTICE.is_match(line)
}

/// A name or text without accents, case and punctuation, for comparing names.
fn plain(text: &str) -> String {
    text.nfd()
        .filter(|c| c.is_alphanumeric() || c.is_whitespace())
        .flat_map(char::to_lowercase)
        .collect::<String>()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// The sender's name, for recognising a line that signs.
#[derive(Debug, Clone, Default)]
pub struct Signer {
    words: Vec<String>,
}

impl Signer {
    /// From the display name and the address of the sender.
    #[must_use]
    pub fn new(name: Option<&str>, address: Option<&str>) -> Self {
        let mut words: Vec<String> = plain(name.unwrap_or_default())
            .split(' ')
            .map(str::to_owned)
            .collect();
        if let Some(local) = address.and_then(|a| a.split('@').next()) {
            words.extend(
                plain(&local.replace(['.', '-', '_', '+'], " "))
                    .split(' ')
                    .map(str::to_owned),
            );
        }
        words.retain(|word| word.chars().count() >= 2);
        Self { words }
    }

    /// Whether a line is this person's name and nothing else ("M. Dupont", "Jean", "JD" is not enough).
    #[must_use]
    pub fn signs(&self, line: &str) -> bool {
        if line.chars().count() > 60 {
            return false;
        }
        let folded = plain(&line.replace(['-', '*', '_', '/', '.', '\''], " "));
        let mut known = 0;
        let mut count = 0;
        for word in folded.split(' ').filter(|word| !word.is_empty()) {
            count += 1;
            if self.words.iter().any(|mine| mine == word) {
                known += 1;
            } else if !matches!(
                word,
                "m" | "mr"
                    | "mme"
                    | "mlle"
                    | "monsieur"
                    | "madame"
                    | "dr"
                    | "me"
                    | "et"
                    | "famille"
                    | "de"
                    | "du"
                    | "la"
                    | "le"
            ) && word.chars().count() > 1
            {
                return false;
            }
        }
        known >= 1 && count <= 6
    }
}

/// How many of these lines are the reply; the rest is closing, signature, footers, notices.
///
/// `lines` is the person's own text in order; the answer is never 0 when a line of it is not a footer or a delimiter.
#[must_use]
pub fn reply_lines(lines: &[&str], signer: &Signer) -> usize {
    let mut end = trimmed(lines, lines.len());
    end = cut_delimiter(lines, end);
    end = cut_footers(lines, end);
    end = cut_closing(lines, end, signer);
    end = cut_name(lines, end, signer);
    cut_footers(lines, end)
}

fn trimmed(lines: &[&str], mut end: usize) -> usize {
    while end > 0 && (lines[end - 1].trim().is_empty() || super::quote::is_rule(lines[end - 1])) {
        end -= 1;
    }
    end
}

/// "-- " starts a signature wherever it stands, when something was written before it.
fn cut_delimiter(lines: &[&str], end: usize) -> usize {
    let mut fenced = false;
    for at in 0..end {
        let line = lines[at];
        fenced ^= line.trim_start().starts_with("```");
        if fenced || at == 0 && !line.starts_with("--") {
            continue;
        }
        let strict = line.trim_end() == "--" || line == "-- ";
        let loose = (DELIMITER.is_match(line) || DELIMITED_NAME.is_match(line)) && end - at <= 24;
        let before = trimmed(lines, at);
        if (strict || loose) && before > 0 {
            return before;
        }
    }
    end
}

/// Footers and notices: the first one ends the reply when only such lines, short lines or notices follow it.
fn cut_footers(lines: &[&str], end: usize) -> usize {
    let mut at = 0;
    while at < end {
        if is_notice(lines[at]) && end - at <= 40
            || is_footer(lines[at]) && (trimmed(lines, at) > 0 || footers_follow(&lines[at..end]))
        {
            return trimmed(lines, at);
        }
        at += 1;
    }
    end
}

/// After a footer the person may still write below (rare): text of more than a few short lines is kept.
fn footers_follow(lines: &[&str]) -> bool {
    lines[1..]
        .iter()
        .filter(|line| !line.trim().is_empty() && !is_footer(line) && !is_notice(line))
        .all(|line| line.chars().count() <= SHORT_LINE_CHARS || CONTACT.is_match(line))
}

/// Index of the line with `count` filled lines from it to the end.
fn from_the_end(lines: &[&str], end: usize, count: usize) -> usize {
    lines[..end]
        .iter()
        .enumerate()
        .rev()
        .filter(|(_, line)| !line.trim().is_empty())
        .nth(count - 1)
        .map_or(0, |(at, _)| at)
}

fn cut_closing(lines: &[&str], end: usize, signer: &Signer) -> usize {
    for at in from_the_end(lines, end, CLOSING_LOOKED_AT).max(1)..end {
        let line = lines[at].trim();
        if line.is_empty() || line.chars().count() > 160 {
            continue;
        }
        let closing = line.chars().count() <= SHORT_LINE_CHARS && CLOSING.is_match(line)
            || CLOSING_SENTENCE.is_match(line);
        if closing && short_lines_only(&lines[at + 1..end], signer) {
            return if THANKS.is_match(line) {
                at + 1
            } else {
                trimmed(lines, at)
            };
        }
    }
    end
}

/// Under a closing formula stand a name, a function, a company, a number: short lines without a sentence.
fn short_lines_only(lines: &[&str], signer: &Signer) -> bool {
    let filled: Vec<&str> = lines
        .iter()
        .map(|line| line.trim())
        .filter(|line| !line.is_empty())
        .collect();
    // The sender's own name right under the formula, then a company's card with its slogan: all of it signs.
    if filled.len() <= 12
        && filled.first().is_some_and(|line| signer.signs(line))
        && !filled.iter().any(|line| is_afterthought(line))
    {
        return true;
    }
    filled.len() <= 12
        && filled.iter().all(|line| {
            signer.signs(line)
                || CONTACT.is_match(line)
                || CLOSING.is_match(line)
                || is_footer(line)
                || is_notice(line)
                || line.chars().count() <= SHORT_LINE_CHARS && !is_sentence(line)
        })
}

fn is_sentence(line: &str) -> bool {
    let words = line.split_whitespace().count();
    let spoken = line.ends_with(['?', '!'])
        && line
            .split_whitespace()
            .next_back()
            .is_some_and(|last| last.chars().any(char::is_alphabetic));
    spoken && words > 1 || line.ends_with('.') && words > 4 || words > 9 || is_afterthought(line)
}

/// "PS : …", "NB : …": the person goes on after signing.
fn is_afterthought(line: &str) -> bool {
    let lower = line.to_lowercase();
    ["ps ", "ps:", "p.s", "nb ", "nb:", "p.-s"]
        .iter()
        .any(|mark| lower.starts_with(mark))
}

/// Whether a list goes on ("- oui", "- non"): its first word is no name that signs.
fn is_listed(following: &[&str]) -> bool {
    let next = following.iter().find(|line| !line.trim().is_empty());
    next.is_some_and(|line| line.trim_start().starts_with(['-', '–', '—', '*', '•']))
}

/// A line that is the sender's own name signs; what stands under it is the signature.
fn cut_name(lines: &[&str], end: usize, signer: &Signer) -> usize {
    for at in from_the_end(lines, end, CLOSING_LOOKED_AT)..end {
        let line = lines[at].trim();
        if at == 0 && lines.len() < 2 {
            continue;
        }
        if at > 0
            && DASHED_NAME.is_match(line)
            && short_lines_only(&lines[at + 1..end], signer)
            && lines[at - 1].trim().is_empty()
            && !is_listed(&lines[at + 1..end])
        {
            return trimmed(lines, at);
        }
        if !line.is_empty() && signer.signs(line) && short_lines_only(&lines[at + 1..end], signer) {
            return trimmed(lines, at);
        }
    }
    end
}
