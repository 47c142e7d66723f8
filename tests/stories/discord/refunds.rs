//! From "will you refund me?" to a declined and to an approved request, over Discord, in French and in English: typed,
//! pressed and filled in, with restarts of the bot in between, a decision on the command line, and everybody told.

mod at_once;
mod scene;

use relance_shared::credit::Kind;
use relance_shared::credit::store::balance;
use relance_shared::testing::each_engine;
use relance_tests::discord::{Discord, LOG, REVIEW};
use serde_json::json;

use scene::{Person, Scene};

const VERA: u64 = super::ANN;
const ANNE: u64 = 4_000_000_000_000_000_010;
const BILAL: u64 = 4_000_000_000_000_000_011;

/// What is typed, pressed and read in one language.
struct Script {
    locale: &'static str,
    question: &'static str,
    door: &'static str,
    usual: &'static str,
    reason: &'static str,
    story: &'static str,
    queued: &'static str,
    no: &'static str,
    yes: &'static str,
    told_no: &'static str,
    told_yes: &'static str,
    late: &'static str,
    letter: &'static str,
    own: [&'static str; 2],
}

const SCRIPTS: [Script; 2] = [
    Script {
        locale: "fr",
        question: "allez-vous me rembourser ?",
        door: "Demander un remboursement",
        usual: "La réponse habituelle est non",
        reason: "tombé à l’eau",
        story: "Le client me dit que c’est abandonné : https://exemple.example/message",
        queued: "Votre demande porte le n°",
        no: "est refusée",
        yes: "Crédits rendus au prestataire\u{a0}: 1",
        told_no: "n’a pas été acceptée\u{a0}: aucun crédit n’est rendu",
        told_yes: "a été acceptée à titre exceptionnel. Crédits rendus\u{a0}: 1",
        late: "il n’y a plus rien à faire",
        letter: "a été acceptée : 1 crédit à titre exceptionnel",
        own: ["acceptée", "refusée"],
    },
    Script {
        locale: "en-GB",
        question: "will you refund me?",
        door: "Request a refund",
        usual: "The usual answer is no",
        reason: "fell through",
        story: "The client told me that it was dropped: https://example.example/message",
        queued: "Your request is no.",
        no: "is declined",
        yes: "Credits given back to the provider: 1",
        told_no: "was not approved: no credit comes back",
        told_yes: "was approved exceptionally. Credits given back: 1",
        late: "there is nothing left to do",
        letter: "was accepted: 1 credit, exceptionally",
        own: ["approved", "declined"],
    },
];

/// The FAQ first (c13): the question as it is typed, the entry that is offered, and the door below its answer.
async fn through_the_faq(
    scene: &Scene,
    vera: &mut Person<'_>,
    script: &Script,
) -> anyhow::Result<()> {
    let choices = vera.types("faq", "question", script.question).await?;
    let entry = "credits-refund-expired";
    assert!(choices.iter().any(|choice| choice == entry), "{choices:?}");
    let answer = vera.uses("faq", &[("question", entry)]).await?;
    assert!(!answer.contains(script.yes), "{answer}");
    let which = vera.presses(script.door).await?;
    assert!(which.contains('?'), "{which}");
    let before = vera.presses("31204").await?;
    assert!(before.contains(script.usual), "{before}");
    vera.opens(script.reason).await?;
    let queued = vera.fills(script.story).await?;
    assert!(
        queued.contains(script.queued) && queued.contains('1'),
        "{queued}"
    );
    scene.tick();
    Ok(())
}

/// The command itself: the project out of the suggestions, the reason, the form.
async fn by_the_command(
    vera: &mut Person<'_>,
    script: &Script,
    project: &str,
) -> anyhow::Result<()> {
    let choices = vera.types("refund", "project", project).await?;
    assert_eq!(
        choices.len(),
        1,
        "own spends alone, by the project's number"
    );
    let before = vera.uses("refund", &[("project", &choices[0])]).await?;
    assert!(
        before.contains(script.usual) && before.contains(project),
        "{before}"
    );
    vera.opens(script.reason).await?;
    let queued = vera.fills(script.story).await?;
    assert!(queued.contains(script.queued), "{queued}");
    Ok(())
}

async fn live(scene: &mut Scene, script: &Script) -> anyhow::Result<()> {
    let mut vera = scene.person(VERA, script.locale);
    through_the_faq(scene, &mut vera, script).await?;
    by_the_command(&mut vera, script, "31205").await?;
    by_the_command(&mut vera, script, "31206").await?;
    drop(vera);
    scene.deliver().await?;
    let cards = scene.discord.posted(REVIEW);
    assert_eq!(cards.len(), 3, "one card for each request (d20)");
    for (card, project) in cards.iter().zip(["31204", "31205", "31206"]) {
        let text = scene::text_of(&card.body);
        assert!(text.contains(project) && text.contains("V1"), "{text}");
    }
    // Between the card and the click the bot is another process, and its memory is gone (d7).
    scene.restart().await?;
    a_decline(scene, script, &cards[0]).await?;
    an_approval(scene, script, &cards[1]).await?;
    on_the_command_line(scene, script, &cards[2]).await?;
    what_is_left(scene, script).await
}

async fn a_decline(
    scene: &Scene,
    script: &Script,
    card: &relance_tests::discord::Posted,
) -> anyhow::Result<()> {
    let mut anne = scene.person(ANNE, script.locale);
    anne.looks_at(card);
    anne.opens("Refuser").await?;
    let done = anne.fills("le client cherche encore").await?;
    assert!(done.contains(script.no), "{done}");
    scene.deliver().await?;
    let now = &scene.discord.posted(REVIEW)[0];
    assert_eq!((now.id, now.edits), (card.id, 1), "rewritten in place (d8)");
    let text = scene::text_of(&now.body);
    assert!(text.contains("Refusée") && text.contains("anne"), "{text}");
    assert_eq!(now.button("Accepter"), None, "nothing is left to press");
    let told = scene.discord.posted(Discord::private_channel(VERA));
    assert_eq!(told.len(), 1);
    let told = scene::text_of(&told[0].body);
    assert!(told.contains(script.told_no), "{told}");
    assert!(told.contains("le client cherche encore"), "{told}");
    // A click on the card as it was: a week later somebody still has it on the screen.
    scene.next_day();
    let mut bilal = scene.person(BILAL, script.locale);
    bilal.looks_at(card);
    let late = bilal.presses("Accepter").await?;
    assert!(
        late.contains(script.late) && late.contains("anne"),
        "{late}"
    );
    Ok(())
}

async fn an_approval(
    scene: &mut Scene,
    script: &Script,
    card: &relance_tests::discord::Posted,
) -> anyhow::Result<()> {
    // Whoever is not of the staff may press what they see, and nothing happens (B1).
    let mut vera = scene.person(VERA, script.locale);
    vera.looks_at(card);
    vera.presses("Accepter").await?;
    assert_eq!(left(scene).await?, 17, "no credit came back");
    // The form is open when the bot goes away, and is sent to its successor.
    let mut anne = scene.person(ANNE, script.locale);
    anne.looks_at(card);
    anne.opens("Accepter").await?;
    let form = anne.form()?;
    drop((anne, vera));
    scene.restart().await?;
    let mut anne = scene.person(ANNE, script.locale);
    let done = anne.sends(&form, "le client nous l’a confirmé").await?;
    assert!(done.contains(script.yes), "{done}");
    anne.again();
    let mut bilal = scene.person(BILAL, script.locale);
    bilal.looks_at(card);
    let late = bilal.presses("Accepter").await?;
    assert!(
        late.contains(script.late) && late.contains("anne"),
        "{late}"
    );
    let late = bilal.sends(&form, "moi aussi").await?;
    assert!(late.contains(script.late), "an open form of before: {late}");
    assert_eq!(left(scene).await?, 18, "one credit, once");
    scene.deliver().await?;
    let now = &scene.discord.posted(REVIEW)[1];
    assert_eq!((now.id, now.edits), (card.id, 1));
    assert!(scene::text_of(&now.body).contains("Acceptée"));
    let told = scene.discord.posted(Discord::private_channel(VERA));
    assert_eq!(told.len(), 2);
    let told = scene::text_of(&told[1].body);
    assert!(
        told.contains(script.told_yes) && told.contains("confirmé"),
        "{told}"
    );
    let events = scene.told_to_the_platform().await?;
    assert_eq!(events.len(), 1, "the refusal is no event");
    assert_eq!(events[0]["type"], "refund.approved");
    let expected = json!({"request": 2, "provider": "V1", "project": "31205", "kind": "offer", "credits": 1,
        "reason": "le client nous l’a confirmé"});
    assert_eq!(events[0]["data"], expected);
    Ok(())
}

/// Decided by `relance-worker refunds approve`: the card follows, a late click is answered, and as the claimant's
/// private messages are closed, a letter says it.
async fn on_the_command_line(
    scene: &Scene,
    script: &Script,
    card: &relance_tests::discord::Posted,
) -> anyhow::Result<()> {
    scene.discord.close_door(VERA);
    let said = scene
        .refunds(&[
            "approve",
            "3",
            "--as",
            "bilal",
            "--reason",
            "vérifié par téléphone",
        ])
        .await?;
    assert!(said.contains("request 3 is approved"), "{said}");
    scene.deliver().await?;
    let now = &scene.discord.posted(REVIEW)[2];
    assert_eq!((now.id, now.edits), (card.id, 1));
    let text = scene::text_of(&now.body);
    assert!(
        text.contains("Acceptée") && text.contains("bilal"),
        "{text}"
    );
    let mut anne = scene.person(ANNE, script.locale);
    anne.looks_at(card);
    let late = anne.presses("Refuser").await?;
    assert!(
        late.contains(script.late) && late.contains("bilal"),
        "{late}"
    );
    let letters = scene.letters().await?;
    assert_eq!(letters.len(), 1, "only what Discord could not say (d21)");
    assert!(letters[0].contains(script.letter), "{}", letters[0]);
    assert!(
        letters[0].contains("vérifié par téléphone"),
        "{}",
        letters[0]
    );
    assert_eq!(scene.told_to_the_platform().await?.len(), 2);
    Ok(())
}

async fn what_is_left(scene: &Scene, script: &Script) -> anyhow::Result<()> {
    assert_eq!(
        left(scene).await?,
        19,
        "twenty, three spent, two given back"
    );
    let mut vera = scene.person(VERA, script.locale);
    let own = vera.uses("refund", &[]).await?;
    assert!(script.own.iter().all(|state| own.contains(state)), "{own}");
    let credits = vera.uses("credits", &[]).await?;
    assert!(credits.contains("19"), "{credits}");
    // The mirror: one line for each decision, by ids, without a word of anybody (D5).
    let log = scene.discord.posted(LOG);
    let lines: Vec<String> = log.iter().map(|line| scene::text_of(&line.body)).collect();
    assert_eq!(lines.len(), 3);
    let decided = [
        ("Refusée", "anne"),
        ("Acceptée", "anne"),
        ("Acceptée", "bilal"),
    ];
    for (line, (what, who)) in lines.iter().zip(decided) {
        assert!(
            line.contains(what) && line.contains(who) && line.contains("V1"),
            "{line}"
        );
        for personal in [
            "Prestataire V1",
            "Projet 3",
            "cherche encore",
            "confirmé",
            "téléphone",
            "abandonné",
        ] {
            assert!(!line.contains(personal), "{personal}: {line}");
        }
    }
    scene.discord.check()
}

async fn left(scene: &Scene) -> anyhow::Result<i64> {
    Ok(balance(&scene.db, scene.provider, Kind::Offer)
        .await?
        .available)
}

async fn story(script: &Script) {
    each_engine(async |db| {
        let mut scene = Scene::new(db).await?;
        live(&mut scene, script).await?;
        scene.end().await
    })
    .await;
}

// S3, S26, N19, c13, d1, d6-d8, d12, d15, d20, d21: the whole way, on both engines.
#[tokio::test(flavor = "multi_thread")]
async fn from_the_question_to_a_declined_and_to_an_approved_request_in_french() {
    story(&SCRIPTS[0]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn from_the_question_to_a_declined_and_to_an_approved_request_in_english() {
    story(&SCRIPTS[1]).await;
}
