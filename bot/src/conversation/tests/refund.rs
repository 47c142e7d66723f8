//! From "will you refund me?" to a declined and to an approved request, in both languages, in the terminal's words.

use relance_shared::account::Role;
use relance_shared::account::store::{NewStaff, add_staff};
use relance_shared::credit::{Amount, Kind, Order, What, store as ledger};
use relance_shared::platform::store::take;
use relance_shared::platform::webhook::Secrets;
use relance_shared::platform::{RawEvent, Signature, Source};
use relance_shared::refund::{EventKind, store as refunds};
use relance_shared::testing::keys;
use secrecy::SecretString;
use serde_json::json;

use super::*;

/// Somebody at a terminal.
struct Seat<'a> {
    desk: &'a Desk,
    caller: Caller,
    last: Reply,
}

impl<'a> Seat<'a> {
    fn of(desk: &'a Desk, name: &str, locale: Locale) -> Self {
        Self {
            desk,
            caller: terminal(Some(name), locale),
            last: Reply::default(),
        }
    }

    async fn ask(&mut self, request: Request) -> String {
        self.last = self.desk.answer(&self.caller, &request).await;
        console::draw(self.caller.locale, &self.last)
    }

    async fn say(&mut self, line: &str) -> String {
        self.ask(console::command(line)).await
    }

    /// Presses the button whose label contains `label`.
    async fn press(&mut self, label: &str) -> String {
        let buttons = self.last.buttons.iter().flatten();
        let found = buttons.clone().find(|button| button.label.contains(label));
        let labels: Vec<&str> = buttons.map(|button| button.label.as_str()).collect();
        let id = found
            .unwrap_or_else(|| panic!("no {label:?} among {labels:?}"))
            .id
            .clone();
        self.ask(Request::Button(id)).await
    }

    /// Sends the form that is open.
    async fn fill(&mut self, text: &str) -> String {
        let form = self.last.form.clone().expect("a form is open");
        let fields = BTreeMap::from([(form.field.to_owned(), text.to_owned())]);
        self.ask(Request::Form {
            id: form.id,
            fields,
        })
        .await
    }
}

/// A provider V1 with twenty credits who spent three on three projects, and two admins of the staff.
async fn a_market(db: &Db) -> anyhow::Result<()> {
    let client = a_client(db, "C1", day(0)).await?;
    let provider = a_provider(db, "V1", day(0)).await?;
    let mut tx = db.begin().await?;
    let mut order = Order {
        key: "grant".to_owned(),
        provider,
        kind: Kind::Offer,
        amount: Amount::new(20).expect("in range"),
        what: What::Grant,
        at: day(1),
    };
    ledger::grant(&mut tx, &order, day(1)).await?;
    tx.commit().await?;
    for reference in ["31204", "31205", "31206"] {
        let project = a_pending_project(db, client, reference, day(0)).await?;
        let mut tx = db.begin().await?;
        (order.key, order.amount) = (reference.to_owned(), Amount::new(1).expect("in range"));
        order.what = What::Spend(project);
        ledger::spend(&mut tx, &order, day(1)).await?;
        tx.commit().await?;
    }
    for name in ["anne", "bilal"] {
        let new = NewStaff {
            reference: name.to_owned(),
            name: name.to_owned(),
            email: format!("{name}@staff.example"),
            locale: Locale::Fr,
            role: Role::Admin,
            provider: None,
        };
        add_staff(db, &new, day(0)).await?;
    }
    Ok(())
}

/// What is asked, pressed and read in one language.
struct Script {
    locale: Locale,
    question: &'static str,
    reason: &'static str,
    story: &'static str,
    usual: &'static str,
    approve: &'static str,
    decline: &'static str,
    approved: &'static str,
    declined: &'static str,
    late: &'static str,
    why: &'static str,
}

const SCRIPTS: [Script; 2] = [
    Script {
        locale: Locale::Fr,
        question: "Allez-vous me rembourser le crédit d'un projet expiré ?",
        reason: "tombé à l’eau",
        story: "Le client me dit que c’est abandonné : https://exemple.example/message",
        usual: "La réponse habituelle est non",
        approve: "Accepter",
        decline: "Refuser",
        approved: "acceptée",
        declined: "refusée",
        late: "il n’y a plus rien à faire",
        why: "Le client nous a confirmé l’abandon par téléphone.",
    },
    Script {
        locale: Locale::En,
        question: "Will you refund me the credit for an expired project?",
        reason: "fell through",
        story: "The client told me that it was dropped: https://example.example/message",
        usual: "The usual answer is no",
        approve: "Approve",
        decline: "Decline",
        approved: "approved",
        declined: "declined",
        late: "there is nothing left to do",
        why: "The client confirmed by phone that it was dropped.",
    },
];

async fn live(db: &Db, script: &Script) -> anyhow::Result<()> {
    a_market(db).await?;
    let clock = Clock::fixed(day(2));
    let desk = desk(db, &clock);
    let mut provider = Seat::of(&desk, "V1", script.locale);
    provider.say(script.question).await;
    let door = "v1:refund:new";
    let is_door = |reply: &Reply| {
        reply
            .buttons
            .iter()
            .flatten()
            .any(|button| button.id == door)
    };
    if !is_door(&provider.last) {
        provider.say("/faq credits-refund-request").await;
    }
    assert!(is_door(&provider.last), "{:?}", provider.last);
    let which = provider.ask(Request::Button(door.to_owned())).await;
    assert!(
        which.contains("31204") && which.contains("31205"),
        "{which}"
    );
    for (reference, number) in [("31204", "1"), ("31205", "2"), ("31206", "3")] {
        let before = provider.say(&format!("/refund {reference}")).await;
        assert!(before.contains(script.usual), "{before}");
        provider.press(script.reason).await;
        let queued = provider.fill(script.story).await;
        assert!(
            queued.contains(&format!("n°\u{a0}{number}"))
                || queued.contains(&format!("no. {number}")),
            "{queued}"
        );
    }
    clock.set(day(3));
    let mut anne = Seat::of(&desk, "anne", script.locale);
    anne.say("/review list").await;
    let card = anne.press("n°\u{a0}1").await;
    for seen in ["31204", "V1", "https://", script.approve] {
        assert!(card.contains(seen), "{seen}: {card}");
    }
    let mut bilal = Seat::of(&desk, "bilal", script.locale);
    bilal.say("/review show 1").await;
    anne.press(script.decline).await;
    let no = anne.fill("le client cherche encore").await;
    assert!(no.contains(script.declined), "{no}");
    let late = bilal.press(script.approve).await;
    assert!(
        late.contains(script.late) && late.contains("anne"),
        "{late}"
    );
    let typed = ["/review list", "1", "1", script.why, "/review show 2"];
    let shown = talk(&desk, &bilal.caller, &typed).await?;
    insta::assert_snapshot!(format!("review_{:?}", script.locale), shown);
    let kept = written(db, 2).await?;
    assert_eq!(
        kept,
        [(
            EventKind::Approved,
            Some("bilal".to_owned()),
            script.why.to_owned()
        )]
    );
    let yes = bilal
        .say("/review approve 3 le client nous l'a confirmé")
        .await;
    assert!(yes.contains(script.approved), "{yes}");
    let own = provider.say("/refund").await;
    assert!(
        own.contains(script.approved) && own.contains(script.declined),
        "{own}"
    );
    let again = provider.say("/refund 31205").await;
    assert!(!again.contains(script.usual), "{again}");
    let balance = provider.say("/credits").await;
    assert!(balance.contains("19"), "{balance}");
    Ok(())
}

/// What was written down about a request: what happened, by whom, why.
async fn written(db: &Db, number: i64) -> anyhow::Result<Vec<(EventKind, Option<String>, String)>> {
    let request = refunds::find(db, number)
        .await?
        .expect("a request of that number");
    let events = refunds::events(db, request.id).await?;
    Ok(events
        .into_iter()
        .map(|event| (event.kind, event.staff, event.said))
        .collect())
}

// S3, S26, c13, d1, d6, d8, d15, N21: the whole way, in French and in English, on both engines; the yes is given by the
// card's button and its form, as the terminal numbers them, and by the command.
#[tokio::test]
async fn from_the_question_to_a_declined_and_to_an_approved_request() {
    for script in &SCRIPTS {
        each_engine(async |db| live(&db, script).await).await;
    }
}

/// The client C1 cancels a project of theirs on the platform, which signs it.
async fn cancels(db: &Db, reference: &str, n: i64) -> anyhow::Result<()> {
    let secrets = Secrets::new(Some(&SecretString::from(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    )))?;
    let (id, timestamp) = (format!("cancelled:{reference}"), day(n).timestamp());
    let body = json!({"id": id, "type": "project.cancelled_by_client", "at": day(n).to_rfc3339(),
        "data": {"project": reference, "client": "C1", "reason": "fell_through"}})
    .to_string();
    let signature = secrets
        .sign(&id, timestamp, &body)
        .expect("there is a secret");
    let signature = Signature {
        id,
        timestamp,
        signature,
    };
    let event = RawEvent::signed(&body, signature, &secrets)?;
    take(db, &keys(), Source::File, &[event], day(n)).await?;
    Ok(())
}

// S24, N21: whoever claims sees first what the subscription allows for: the credits left, the past losses, the policy.
#[tokio::test]
async fn a_claim_shows_the_unused_credits_and_the_past_losses() {
    each_engine(async |db| {
        a_market(&db).await?;
        cancels(&db, "31206", 2).await?;
        let desk = desk(&db, &Clock::fixed(day(3)));
        for (locale, margin, policy) in [
            (
                Locale::Fr,
                "17 crédits disponibles sur 20 reçus ; 1 dépensés sur des projets annulés depuis",
                "les abonnements comprennent volontairement beaucoup de crédits",
            ),
            (
                Locale::En,
                "17 credits left of 20 received; 1 spent on projects that were cancelled since",
                "subscriptions deliberately include plenty of them",
            ),
        ] {
            let mut provider = Seat::of(&desk, "V1", locale);
            let before = provider.say("/refund 31204").await.replace('\u{a0}', " ");
            let before = before.replace('\u{202f}', " ");
            assert!(before.contains(margin), "{before}");
            assert!(before.contains(policy), "{before}");
            assert!(before.find(policy) < before.find(margin), "{before}");
        }
        Ok(())
    })
    .await;
}

// d18, d19, B1: a question, its answer, a note that the claimant never sees, and buttons that are nobody's right.
#[tokio::test]
async fn a_question_is_answered_and_notes_stay_with_the_staff() {
    each_engine(async |db| {
        a_market(&db).await?;
        let desk = desk(&db, &Clock::fixed(day(2)));
        let mut provider = Seat::of(&desk, "V1", Locale::Fr);
        provider.say("/refund 31204").await;
        provider.press("ne répond pas").await;
        provider
            .fill("Trois messages sans réponse depuis un mois.")
            .await;
        let mut anne = Seat::of(&desk, "anne", Locale::Fr);
        anne.say("/review note 1 déjà vu ce client silencieux")
            .await;
        let card = anne.say("/review show 1").await;
        assert!(card.contains("déjà vu ce client"), "{card}");
        let yes = anne.last.buttons[0][0].id.clone();
        anne.press("Demander").await;
        anne.fill("Avez-vous une copie de vos messages ?").await;
        let own = provider.say("/refund").await;
        assert!(!own.contains("déjà vu ce client"), "{own}");
        let refused = provider.ask(Request::Button(yes)).await;
        assert!(refused.contains("équipe"), "{refused}");
        provider.say("/refund").await;
        provider.press("Répondre").await;
        let joined = provider.fill("La voici.").await;
        assert!(joined.contains("n°\u{a0}1"), "{joined}");
        let card = anne.say("/review show 1").await;
        assert!(card.contains("La voici."), "{card}");
        let requests = refunds::queue(&db, 0, 10).await?;
        assert_eq!(
            requests.len(),
            1,
            "asking again put no second one into the queue"
        );
        Ok(())
    })
    .await;
}

// B1, L5: for everybody but the staff every /review command is refused, whoever they are.
#[tokio::test]
async fn only_the_staff_review() {
    each_engine(async |db| {
        a_market(&db).await?;
        let desk = desk(&db, &Clock::fixed(day(2)));
        for name in ["V1", "C1", "nobody"] {
            let mut seat = Seat::of(&desk, name, Locale::En);
            for line in [
                "/review list",
                "/review show 1",
                "/review approve 1 x",
                "/review undo 1 x",
                "/review note 1 x",
            ] {
                let answer = seat.say(line).await;
                assert!(
                    answer.to_lowercase().contains("staff"),
                    "{name} {line}: {answer}"
                );
            }
        }
        Ok(())
    })
    .await;
}
