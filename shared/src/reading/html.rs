//! HTML to lines of text, with quotes cut or marked by structure before anything looks at words.
//!
//! A tokenizer is enough: no tree is built, so a bomb of nested elements costs its own length and no more.

use std::cell::RefCell;

use html5ever::LocalName;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

/// Stands at the start of a line: from here on it is the letter answered (Outlook's markers).
pub const CUT: char = '\u{E001}';
/// Stands at the start of a line that introduces a quote ("Le … a écrit :"), known by its class.
pub const INTRODUCTION: char = '\u{E002}';
/// A signature begins, known by its class or id.
pub const SIGNATURE_BEGINS: char = '\u{E003}';
/// That signature ends.
pub const SIGNATURE_ENDS: char = '\u{E004}';

/// First byte of the marks above in UTF-8, and of few other characters.
pub(super) const MARKS_LEAD: u8 = 0xee;
/// How far up the stack an end tag looks for its start tag: misnested markup must not cost a walk of the whole stack.
const MISNESTING_LOOKED_AT_MAX: usize = 64;
/// Open elements remembered; deeper ones keep their text and lose their effect.
const OPEN_ELEMENTS_MAX: usize = 4_096;
/// Quote marks written before a line.
const QUOTE_MARKS_MAX: usize = 8;

/// The text of an HTML body, one line per visual line, quotes marked with `> `.
#[must_use]
pub fn to_text(html: &str) -> String {
    let sink = Sink {
        writer: RefCell::new(Writer::default()),
    };
    let tokenizer = Tokenizer::new(sink, TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from_slice(html));
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    tokenizer.sink.writer.into_inner().out
}

struct Sink {
    writer: RefCell<Writer>,
}

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut writer = self.writer.borrow_mut();
        match token {
            Token::CharacterTokens(text) => writer.text(&text),
            Token::TagToken(tag) => {
                let name: &str = &tag.name;
                if tag.kind == TagKind::StartTag
                    && matches!(name, "style" | "script" | "title" | "textarea" | "xmp")
                {
                    writer.start(&tag);
                    return TokenSinkResult::RawData(RawKind::Rawtext);
                }
                match tag.kind {
                    TagKind::StartTag => writer.start(&tag),
                    TagKind::EndTag => writer.end(name),
                }
            }
            Token::DoctypeToken(_)
            | Token::CommentToken(_)
            | Token::NullCharacterToken
            | Token::EOFToken
            | Token::ParseError(_) => {}
        }
        TokenSinkResult::Continue
    }
}

/// What an open element does to the text inside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    Nothing,
    Quoted,
    Hidden,
    Signature,
}

#[derive(Default)]
struct Writer {
    out: String,
    open: Vec<(LocalName, Effect)>,
    quotes: usize,
    hidden: usize,
    preformatted: usize,
    space_due: bool,
    line_has_text: bool,
}

fn is_void(name: &str) -> bool {
    matches!(
        name,
        "br" | "hr"
            | "img"
            | "input"
            | "meta"
            | "link"
            | "area"
            | "base"
            | "col"
            | "wbr"
            | "source"
            | "embed"
    )
}

fn is_block(name: &str) -> bool {
    matches!(
        name,
        "div"
            | "p"
            | "table"
            | "tr"
            | "ul"
            | "ol"
            | "li"
            | "blockquote"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "body"
            | "html"
            | "section"
            | "article"
            | "header"
            | "footer"
            | "address"
            | "center"
            | "pre"
            | "dl"
            | "dt"
            | "dd"
    )
}

/// What the element's name, class, id and style say about the text inside.
fn effect_of(tag: &Tag) -> (Effect, Option<char>) {
    let name: &str = &tag.name;
    if matches!(name, "style" | "script" | "head" | "title") {
        return (Effect::Hidden, None);
    }
    let (mut class, mut id, mut style, mut kind) = ("", "", "", "");
    for attribute in &tag.attrs {
        match &*attribute.name.local {
            "class" => class = &attribute.value,
            "id" => id = &attribute.value,
            "style" => style = &attribute.value,
            "type" => kind = &attribute.value,
            _ => {}
        }
    }
    let has = |text: &str| {
        class
            .split_ascii_whitespace()
            .any(|c| c == text || c.ends_with(text))
    };
    if name == "blockquote"
        && (kind == "cite"
            || has("gmail_quote")
            || style.contains("border-left")
            || class.is_empty())
    {
        return (Effect::Quoted, None);
    }
    if has("yahoo_quoted")
        || has("protonmail_quote") && name == "blockquote"
        || id.starts_with("yahoo_quoted")
    {
        return (Effect::Quoted, None);
    }
    if id.ends_with("divRplyFwdMsg")
        || id.ends_with("appendonsend")
        || id == "OLK_SRC_BODY_SECTION"
        || id == "mail-editor-reference-message-container"
    {
        return (Effect::Nothing, Some(CUT));
    }
    if has("gmail_attr") || has("moz-cite-prefix") {
        return (Effect::Nothing, Some(INTRODUCTION));
    }
    if has("gmail_signature")
        || has("moz-signature")
        || has("protonmail_signature_block")
        || id.ends_with("Signature")
        || id == "ms-outlook-mobile-signature"
    {
        return (Effect::Signature, None);
    }
    if is_hidden(style) {
        return (Effect::Hidden, None);
    }
    (Effect::Nothing, None)
}

fn is_hidden(style: &str) -> bool {
    let squeezed: String = style
        .chars()
        .take(400)
        .filter(|c| !c.is_whitespace())
        .collect();
    squeezed.contains("display:none") || squeezed.contains("mso-hide:all")
}

impl Writer {
    fn text(&mut self, text: &str) {
        if self.hidden > 0 {
            return;
        }
        let mut rest = text;
        loop {
            // Whole runs at once: nothing happens within a word.
            let ends = |byte: u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | MARKS_LEAD);
            let end = rest.bytes().position(ends);
            let (run, after) = rest.split_at(end.unwrap_or(rest.len()));
            self.run(run);
            let mut following = after.chars();
            match following.next() {
                None => return,
                Some('\n') if self.preformatted > 0 => self.new_line(),
                Some(' ' | '\t' | '\n' | '\r') => self.space_due = true,
                Some(CUT | INTRODUCTION | SIGNATURE_BEGINS | SIGNATURE_ENDS) => {}
                Some(other) => self.run(other.encode_utf8(&mut [0; 4])),
            }
            rest = following.as_str();
        }
    }

    /// Text without white space.
    fn run(&mut self, run: &str) {
        if run.is_empty() {
            return;
        }
        if !self.line_has_text {
            self.open_line();
        } else if self.space_due {
            self.out.push(' ');
        }
        self.space_due = false;
        self.out.push_str(run);
    }

    fn open_line(&mut self) {
        for _ in 0..self.quotes.min(QUOTE_MARKS_MAX) {
            self.out.push_str("> ");
        }
        self.line_has_text = true;
    }

    fn new_line(&mut self) {
        self.out.push('\n');
        self.line_has_text = false;
        self.space_due = false;
    }

    fn break_block(&mut self) {
        if self.line_has_text {
            self.new_line();
        }
    }

    fn mark(&mut self, marker: char) {
        self.break_block();
        self.open_line();
        self.out.push(marker);
        if marker != INTRODUCTION {
            self.new_line();
        }
    }

    fn start(&mut self, tag: &Tag) {
        let name: &str = &tag.name;
        match name {
            "br" if self.hidden == 0 => {
                self.new_line();
                return;
            }
            "hr" if self.hidden == 0 => {
                self.break_block();
                return;
            }
            "td" | "th" => self.space_due = true,
            _ => {}
        }
        if is_void(name) {
            return;
        }
        if self.hidden == 0 && is_block(name) {
            self.break_block();
            if matches!(name, "blockquote" | "ul" | "ol" | "table") {
                self.new_line();
            }
        }
        let (effect, marker) = effect_of(tag);
        if let (Some(marker), 0) = (marker, self.hidden) {
            self.mark(marker);
        }
        if tag.self_closing && !is_block(name) {
            return;
        }
        if self.open.len() >= OPEN_ELEMENTS_MAX {
            return;
        }
        match effect {
            Effect::Quoted => self.quotes += 1,
            Effect::Hidden => self.hidden += 1,
            Effect::Signature if self.hidden == 0 => self.mark(SIGNATURE_BEGINS),
            Effect::Signature | Effect::Nothing => {}
        }
        if name == "pre" {
            self.preformatted += 1;
        }
        self.open.push((tag.name.clone(), effect));
    }

    fn end(&mut self, name: &str) {
        let floor = self.open.len().saturating_sub(MISNESTING_LOOKED_AT_MAX);
        let Some(found) = self.open[floor..]
            .iter()
            .rposition(|(open, _)| **open == *name)
        else {
            return;
        };
        let closed: Vec<_> = self.open.drain(floor + found..).collect();
        for (name, effect) in closed.iter().rev() {
            if self.hidden == 0 && is_block(name) {
                self.break_block();
                if name == "p" {
                    self.new_line();
                }
            }
            match effect {
                Effect::Quoted => {
                    self.quotes -= 1;
                    self.new_line();
                }
                Effect::Hidden => self.hidden -= 1,
                Effect::Signature if self.hidden == 0 => self.mark(SIGNATURE_ENDS),
                Effect::Signature | Effect::Nothing => {}
            }
            if name == "pre" {
                self.preformatted -= 1;
            }
        }
    }
}
