//! How long reading takes: an ordinary answer and a mixed set (goal: 5,000 a second by one reader on a quiet machine), and a
//! body of one megabyte (goal: under 50 ms), as text, as HTML and as one long run of quote marks.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use relance_shared::reading::meaning::Facts;
use relance_shared::reading::read_message;

const MEBIBYTE: usize = 1 << 20;
const HEAD: &str = "From: Jeanne Martel <j@client.example>\r\nTo: reply+abc@ours.example\r\nSubject: Re: Votre projet\r\nMIME-Version: 1.0\r\n";

fn message(kind: &str, body: &str) -> Vec<u8> {
    format!("{HEAD}Content-Type: {kind}; charset=utf-8\r\n\r\n{body}").into_bytes()
}

fn an_answer() -> Vec<u8> {
    let letter =
        "> Bonjour,\r\n> Votre projet « Refonte du site » est-il toujours d’actualité ?\r\n"
            .repeat(12);
    message(
        "text/plain",
        &format!(
            "Bonjour,\r\n\r\nNous hésitons encore entre deux devis, rappelez-moi mi-septembre s'il vous plaît.\r\n\r\n\
            Bien à vous,\r\nJeanne Martel\r\nDirectrice\r\n\r\nLe mar. 3 mars 2026 à 10:00, Suivi <s@ours.example> a écrit :\r\n{letter}"
        ),
    )
}

fn parts(kind: &str, parts: &[(&str, &str)]) -> Vec<u8> {
    let all = parts.iter().fold(String::new(), |all, (kind, body)| {
        all + &format!("--b\r\nContent-Type: {kind}\r\n\r\n{body}\r\n")
    });
    format!("{HEAD}Content-Type: multipart/{kind}; boundary=b\r\n\r\n{all}--b--\r\n").into_bytes()
}

/// What a mailbox holds on an ordinary day: answers from web mail, telephones and offices, an absence, a bounce, a complaint.
fn a_mixed_set() -> Vec<Vec<u8>> {
    const LETTER: &str = "<div>Bonjour,</div><div>Votre projet « Refonte du site » est-il toujours d’actualité ?</div>";
    let web = format!(
        "<div dir=\"ltr\"><div>Bonjour,</div><div>Oui, toujours d’actualité, on attend encore deux devis. Laissez l’annonce en ligne svp.</div>\
        <div class=\"gmail_signature\">Karim Belhadj<br>01 99 00 12 34</div></div><div class=\"gmail_quote\"><div class=\"gmail_attr\">Le mar. \
        3 mars 2026 à 10:00, Suivi &lt;s@ours.example&gt; a écrit :<br></div><blockquote class=\"gmail_quote\">{}</blockquote></div>",
        LETTER.repeat(6)
    );
    let plain = "Bonjour,\r\n\r\nOui, toujours d’actualité, on attend encore deux devis.\r\n\r\n\
        Le mar. 3 mars 2026 à 10:00, Suivi <s@ours.example> a écrit :\r\n> Votre projet est-il toujours d’actualité ?\r\n";
    let office = format!(
        "<div>Bonjour Madame,</div><div>Le projet est reporté à l’automne, merci de nous recontacter en octobre.</div><div>Cordialement,</div>\
        <div>Service des achats</div><div id=\"divRplyFwdMsg\"><b>De :</b> Suivi<br><b>Envoyé :</b> mardi 3 mars 2026<br></div>{}",
        LETTER.repeat(8)
    );
    let [bounce, complaint] = notices();
    vec![
        an_answer(),
        parts(
            "alternative",
            &[
                ("text/plain; charset=utf-8", plain),
                ("text/html; charset=utf-8", &web),
            ],
        ),
        message("text/html", &web),
        message("text/html", &office),
        message(
            "text/plain",
            "non c bon g trouvé qqn par mon beau frère merci\r\n\r\nEnvoyé de mon iPhone\r\n",
        ),
        message(
            "text/plain",
            "We found someone, please stop sending these.\r\n\r\n-- \r\nTom\r\nOn Tue, 3 Mar 2026, Suivi wrote:\r\n> Is it current?\r\n",
        ),
        message(
            "text/plain",
            "Je suis absente jusqu’au 15 mars. En cas d’urgence, écrivez à l’accueil.\r\nCeci est un message automatique.\r\n",
        ),
        bounce,
        complaint,
    ]
}

/// What machines say of a letter of ours: a bounce and a complaint.
fn notices() -> [Vec<u8>; 2] {
    let copy = "From: s@ours.example\r\nTo: j@client.example\r\nMessage-ID: <1@ours.example>\r\nSubject: Votre projet\r\n\r\nBonjour";
    [
        parts(
            "report; report-type=delivery-status",
            &[
                (
                    "text/plain",
                    "The following message could not be delivered.",
                ),
                (
                    "message/delivery-status",
                    "Reporting-MTA: dns; mx.client.example\r\n\r\nFinal-Recipient: rfc822; j@client.example\r\nAction: failed\r\nStatus: 5.1.1",
                ),
                ("message/rfc822", copy),
            ],
        ),
        parts(
            "report; report-type=feedback-report",
            &[
                ("text/plain", "This is a complaint."),
                (
                    "message/feedback-report",
                    "Feedback-Type: abuse\r\nUser-Agent: x/1\r\nVersion: 1",
                ),
                ("message/rfc822", copy),
            ],
        ),
    ]
}

fn reading(c: &mut Criterion) {
    let facts = Facts::default();
    let read = |raw: &[u8]| black_box(read_message(black_box(raw), &facts)).is_ok();
    let mut group = c.benchmark_group("reading");
    let answer = an_answer();
    // The model learns from its examples once.
    assert!(read(&answer));
    group.throughput(Throughput::Elements(1));
    group.bench_function("an answer", |b| b.iter(|| read(&answer)));
    let mixed = a_mixed_set();
    group.throughput(Throughput::Elements(mixed.len() as u64));
    group.bench_function("a mixed set", |b| {
        b.iter(|| mixed.iter().all(|raw| read(raw)));
    });
    group.throughput(Throughput::Elements(1));
    group.sample_size(10);
    let sentence =
        "Nous cherchons toujours un prestataire, merci de laisser l'annonce en ligne.\r\n";
    let lines = sentence.repeat(MEBIBYTE / sentence.len());
    let paragraph = format!("<div><p>{sentence}</p></div>");
    let pages = paragraph.repeat(MEBIBYTE / paragraph.len());
    for (name, raw) in [
        ("1 MB of text", message("text/plain", &lines)),
        ("1 MB of HTML", message("text/html", &pages)),
        ("1 MB of >", message("text/plain", &">".repeat(MEBIBYTE))),
    ] {
        group.bench_function(name, |b| b.iter(|| read(&raw)));
    }
    group.finish();
}

criterion_group!(benches, reading);
criterion_main!(benches);
