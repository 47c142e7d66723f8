use super::*;
use crate::testing::day;

fn subject() -> Subject {
    Subject {
        number: 1,
        reason: Reason::FellThrough,
        plan: Some(Plan::Basic),
        kind: Kind::Offer,
        amount: 1,
        spent_at: day(100),
        opened_at: day(110),
        provider: "V1".to_owned(),
        project: "P1".to_owned(),
        title: "Projet".to_owned(),
        published_at: day(0),
        project_state: ProjectState::Pending,
        awarded_at: None,
        cancelled_at: None,
        withdrawn_at: None,
        page_then: None,
    }
}

fn line(kind: LineKind, at: i64, known: i64, stage: Option<Stage>) -> TimelineLine {
    TimelineLine {
        kind,
        channel: Channel::Email,
        stage,
        at: day(at),
        known_at: day(known),
    }
}

fn file(subject: Subject, lines: Vec<TimelineLine>) -> CaseFile {
    let rows = Rows {
        subject,
        lines,
        others: Vec::new(),
        record: Record::default(),
        chance: None,
        differences: Vec::new(),
    };
    assemble(rows, day(120))
}

// N20, N22: what the list could say then is what was known by then, not what was true by then.
#[test]
fn what_the_list_said_then_is_what_was_known_then() {
    let lines = vec![
        line(LineKind::Answer, 105, 105, Some(Stage::Dropped)),
        // Said before the spend, read after it: a mail that waited in the tray.
        line(LineKind::Answer, 90, 101, Some(Stage::ChosenOutside)),
        line(LineKind::LetterSent, 80, 80, None),
        line(LineKind::LetterSent, 70, 70, None),
        line(LineKind::Login, 60, 60, None),
    ];
    let file = file(subject(), lines);
    assert_eq!(file.age_days_then, 100);
    assert_eq!(file.then.last_sign, Some((day(60), LineKind::Login)));
    assert_eq!((file.then.mails, file.then.word), (2, None));
    assert_eq!(file.now.word, Some((day(105), Stage::Dropped)));
    assert_eq!((file.now.mails, file.asked_total), (0, 2));
    assert!(file.contradictions.is_empty(), "{:?}", file.contradictions);
}

// a28, N2, N3, S19: where two accounts differ, the file says so and takes no side.
#[test]
fn differing_accounts_are_flagged() {
    let current = line(LineKind::Answer, 105, 105, Some(Stage::Searching));
    let said_current = file(subject(), vec![current.clone()]);
    assert_eq!(
        said_current.contradictions,
        [Contradiction::ClientSaysCurrent]
    );
    let unreachable = Subject {
        reason: Reason::Unreachable,
        ..subject()
    };
    let heard = file(unreachable, vec![current]);
    assert_eq!(heard.contradictions, [Contradiction::ClientGaveASign]);
    let known_over = vec![line(LineKind::Answer, 90, 90, Some(Stage::Dropped))];
    assert_eq!(
        file(subject(), known_over).contradictions,
        [Contradiction::KnownOverBefore],
        "in the claimant's favour, too"
    );
    let awarded = Subject {
        project_state: ProjectState::InProgress,
        ..subject()
    };
    assert_eq!(
        file(awarded, Vec::new()).contradictions,
        [Contradiction::WentAhead]
    );
}

// N8, S15: no chance is told from fewer than thirty cases.
#[test]
fn a_small_sample_tells_nothing() {
    let rows = |sample| Rows {
        subject: subject(),
        lines: Vec::new(),
        others: Vec::new(),
        record: Record::default(),
        chance: Some(Chance {
            from_days: 90,
            to_days: 180,
            sample,
            awarded: 3,
        }),
        differences: Vec::new(),
    };
    assert_eq!(assemble(rows(29), day(120)).chance, None);
    assert!(assemble(rows(30), day(120)).chance.is_some());
}

#[test]
fn the_brackets_follow_each_other_without_a_gap() {
    assert!(BRACKETS.windows(2).all(|pair| pair[0].1 == pair[1].0));
    assert_eq!(
        (bracket(0), bracket(44), bracket(45), bracket(50_000)),
        ((0, 14), (14, 45), (45, 90), (365, 36_500))
    );
}
