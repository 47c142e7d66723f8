//! How long reading takes: an ordinary answer (goal: 5,000 a second, so 0.2 ms by one reader on a quiet machine), and a body
//! of one megabyte (goal: under 50 ms), as text, as HTML and as one long run of quote marks.

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

fn reading(c: &mut Criterion) {
    let facts = Facts::default();
    let read = |raw: &[u8]| black_box(read_message(black_box(raw), &facts)).is_ok();
    let mut group = c.benchmark_group("reading");
    let answer = an_answer();
    // The model learns from its examples once.
    assert!(read(&answer));
    group.throughput(Throughput::Elements(1));
    group.bench_function("an answer", |b| b.iter(|| read(&answer)));
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
