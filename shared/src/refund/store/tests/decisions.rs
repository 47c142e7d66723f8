//! One decision, whoever else decides at the same time; who may; how many.

use super::*;

// N19, d6, d9, L4, L6: an approval gives the credit back once and says who, when and why; a decline gives nothing.
#[tokio::test]
async fn an_approval_moves_the_credit_and_is_written_down_with_what_was_seen() {
    each_engine(async |db| {
        let ground = ground(&db).await?;
        let request = opened(&db, &ground, "form").await?;
        let approve = Command {
            interaction: Some("press 1"),
            ..command(&request, ground.admin, Verdict::Approve)
        };
        let Decided::Done(done) = decided(&db, &approve, 3).await? else {
            panic!("refused");
        };
        assert_eq!(
            (done.event, done.request.state),
            (EventKind::Approved, State::Approved)
        );
        assert_eq!(left(&db, &ground).await?, 20);
        let again = decided(&db, &approve, 4).await?;
        assert_eq!(
            again,
            Decided::Done(done),
            "the same press, the same answer"
        );
        let events = events(&db, request.id).await?;
        assert_eq!(events.len(), 1);
        assert_eq!(
            (
                events[0].staff.as_deref(),
                events[0].interaction.as_deref(),
                events[0].at
            ),
            (Some("anne"), Some("press 1"), day(3))
        );
        let late = decided(&db, &command(&request, ground.second, Verdict::Decline), 9).await?;
        let Decided::Refused { refused, by } = late else {
            panic!("decided twice");
        };
        let stands = Refused::StandsElsewhere {
            state: State::Approved,
            since: day(3),
        };
        assert_eq!(
            (refused, by.as_deref()),
            (stands, Some("anne")),
            "d8: a late press"
        );
        let turned = open(
            &db,
            &an_ask(&ground, "again"),
            &Limits::default(),
            ZONE,
            day(5),
        )
        .await?;
        assert_eq!(turned, Opened::Turned(Turned::AlreadyRefunded(day(3))));
        assert_eq!(prove(&db).await?.first_bad, None);
        Ok(())
    })
    .await;
}

// d9, S26: a refusal is written down with its reason and moves no credit.
#[tokio::test]
async fn a_declined_request_gives_nothing_back() {
    each_engine(async |db| {
        let ground = ground(&db).await?;
        let request = opened(&db, &ground, "form").await?;
        let silent = Command {
            said: "  ",
            ..command(&request, ground.admin, Verdict::Decline)
        };
        assert_eq!(
            refused(&decided(&db, &silent, 3).await?),
            Some(&Refused::SayWhy)
        );
        let no = decided(&db, &command(&request, ground.admin, Verdict::Decline), 3).await?;
        assert_eq!(event(&no), Some(EventKind::Declined));
        assert_eq!((left(&db, &ground).await?, waiting(&db).await?), (19, 0));
        Ok(())
    })
    .await;
}

// d12, S25: a thousand approvals at once, by two admins through as many presses, give one credit back.
#[tokio::test]
async fn a_thousand_parallel_approvals_give_one_refund() {
    each_engine(async |db| {
        let ground = ground(&db).await?;
        let request = opened(&db, &ground, "form").await?;
        open_case(&db, request.id, None, day(2)).await?;
        let presses: Vec<String> = (0..1_000).map(|n| format!("press {n}")).collect();
        let commands: Vec<_> = (presses.iter().enumerate())
            .map(|(n, press)| Command {
                interaction: Some(press),
                ..command(
                    &request,
                    if n % 2 == 0 {
                        ground.admin
                    } else {
                        ground.second
                    },
                    Verdict::Approve,
                )
            })
            .collect();
        let all = join_all(commands.iter().map(|command| decided(&db, command, 3))).await;
        let mut approved = 0;
        for one in all {
            let one = one?;
            approved += usize::from(event(&one) == Some(EventKind::Approved));
            if let Some(refused) = refused(&one) {
                assert!(matches!(
                    refused,
                    Refused::StandsElsewhere {
                        state: State::Approved,
                        ..
                    }
                ));
            }
        }
        assert_eq!((approved, left(&db, &ground).await?), (1, 20));
        assert_eq!(events(&db, request.id).await?.len(), 1);
        assert_eq!(prove(&db).await?.first_bad, None);
        Ok(())
    })
    .await;
}

// L5, d10: not support, not the claimant under another hat, not who applied to the same project, not who left.
#[tokio::test]
async fn whoever_has_an_interest_does_not_decide() {
    each_engine(async |db| {
        let ground = ground(&db).await?;
        let request = opened(&db, &ground, "form").await?;
        let rival = a_provider(&db, "V2", day(0)).await?;
        moves(&db, &an_order("g2", rival, 5, What::Grant)).await?;
        moves(&db, &an_order("s2", rival, 1, What::Spend(ground.project))).await?;
        let gone = a_staff(&db, "gone", Role::Admin, None).await?;
        remove_staff(&db, "gone", day(1)).await?;
        let cases = [
            (
                a_staff(&db, "support", Role::Support, None).await?,
                NotYours::NotAdmin,
            ),
            (
                a_staff(&db, "own", Role::Admin, Some(ground.provider)).await?,
                NotYours::OwnRequest,
            ),
            (
                a_staff(&db, "rival", Role::Admin, Some(rival)).await?,
                NotYours::Interested,
            ),
            (gone, NotYours::NotStaff),
            (StaffId::at(day(0)), NotYours::NotStaff),
        ];
        for (staff, why) in cases {
            for verdict in [Verdict::Approve, Verdict::Decline] {
                let answer = decided(&db, &command(&request, staff, verdict), 3).await?;
                assert_eq!(
                    refused(&answer),
                    Some(&Refused::NotYours(why)),
                    "{verdict:?}"
                );
            }
        }
        assert_eq!(get(&db, request.id).await?.state, State::Open);
        Ok(())
    })
    .await;
}

// L5: the person counts, not the row: the same address, in any letter case, is the same person; the database knows it too.
#[tokio::test]
async fn the_claimant_decides_under_no_other_row() {
    each_engine(async |db| {
        let ground = ground(&db).await?;
        let request = opened(&db, &ground, "form").await?;
        let claimant = crate::account::store::provider(&db, ground.provider).await?;
        let email = claimant.and_then(|person| person.email);
        let email = email.expect("an address").to_uppercase();
        let new = NewStaff {
            reference: "again".to_owned(),
            name: "again".to_owned(),
            email,
            locale: Locale::Fr,
            role: Role::Admin,
            provider: None,
        };
        let again = add_staff(&db, &new, day(0)).await?;
        for verdict in [Verdict::Approve, Verdict::Decline, Verdict::Ask] {
            let answer = decided(&db, &command(&request, again, verdict), 3).await?;
            let own = Refused::NotYours(NotYours::OwnRequest);
            assert_eq!(refused(&answer), Some(&own), "{verdict:?}");
        }
        let (case, _) = open_case(&db, request.id, Some(again), day(3)).await?;
        let attack = "INSERT INTO refund_events (request_id, kind, from_state, to_state, actor_kind, staff_id, said,
                surface, case_id, at)
            VALUES ($1, 'approved', 'open', 'approved', 'staff', $2, 'why', 'command', $3, $4)";
        let attacked = on_engine!(db.write(), pool => sqlx::query(attack).bind(request.id).bind(again).bind(case)
            .bind(day(4)).execute(pool).await.map(drop));
        assert!(attacked.is_err(), "the database refuses it too");
        assert_eq!(get(&db, request.id).await?.state, State::Open);
        Ok(())
    })
    .await;
}

// L5: whose account a member has is told once; nobody takes it back before a decision.
#[tokio::test]
async fn a_member_keeps_the_account_that_was_told() {
    each_engine(async |db| {
        let ground = ground(&db).await?;
        let request = opened(&db, &ground, "form").await?;
        let own = a_staff(&db, "own", Role::Admin, Some(ground.provider)).await?;
        assert_eq!(a_staff(&db, "own", Role::Admin, None).await?, own);
        let other = a_provider(&db, "V2", day(0)).await?;
        assert!(a_staff(&db, "own", Role::Admin, Some(other)).await.is_err());
        let attack = "UPDATE staff SET provider_id = NULL WHERE reference = 'own'";
        let attacked =
            on_engine!(db.write(), pool => sqlx::query(attack).execute(pool).await.map(drop));
        assert!(attacked.is_err());
        let answer = decided(&db, &command(&request, own, Verdict::Approve), 3).await?;
        let own = Refused::NotYours(NotYours::OwnRequest);
        assert_eq!(refused(&answer), Some(&own));
        Ok(())
    })
    .await;
}

// N19, d11, d13, L6: above a ceiling the first approval only counts as one of two; the same person twice is still one.
#[tokio::test]
async fn above_a_ceiling_two_persons_have_to_approve() {
    each_engine(async |db| {
        let ground = ground(&db).await?;
        let request = opened(&db, &ground, "form").await?;
        let limits = Limits {
            second_person_from_credits: 1,
            ..Limits::default()
        };
        let by = async |staff| {
            decide(
                &db,
                &command(&request, staff, Verdict::Approve),
                &limits,
                ZONE,
                day(3),
            )
            .await
        };
        assert_eq!(event(&by(ground.admin).await?), Some(EventKind::Endorsed));
        assert_eq!(left(&db, &ground).await?, 19, "nothing came back yet");
        assert_eq!(
            refused(&by(ground.admin).await?),
            Some(&Refused::SecondPersonNeeded)
        );
        assert_eq!(event(&by(ground.second).await?), Some(EventKind::Approved));
        assert_eq!(left(&db, &ground).await?, 20);
        let events = events(&db, request.id).await?;
        assert_eq!(events[1].seconded_by.as_deref(), Some("anne"));
        Ok(())
    })
    .await;
}

// d13: the ceilings of an admin's day and of the platform's month count over the requests, and let go with time.
#[tokio::test]
async fn the_second_approval_of_a_full_day_needs_a_second_person() {
    each_engine(async |db| {
        let ground = ground(&db).await?;
        let client = a_client(&db, "C2", day(0)).await?;
        let mut requests = vec![opened(&db, &ground, "form").await?];
        let project = a_pending_project(&db, client, "P2", day(0)).await?;
        moves(
            &db,
            &an_order("spend 2", ground.provider, 1, What::Spend(project)),
        )
        .await?;
        let other = Ground { project, ..ground };
        requests.push(opened(&db, &other, "form 2").await?);
        let limits = Limits {
            admin_per_day_max: 1,
            ..Limits::default()
        };
        let by = async |n: usize, at| {
            let approve = command(&requests[n], other.admin, Verdict::Approve);
            decide(&db, &approve, &limits, ZONE, at).await
        };
        assert_eq!(event(&by(0, day(3)).await?), Some(EventKind::Approved));
        let soon = day(3) + TimeDelta::hours(23);
        assert_eq!(event(&by(1, soon).await?), Some(EventKind::Endorsed));
        let later = day(4) + TimeDelta::hours(1);
        assert_eq!(event(&by(1, later).await?), Some(EventKind::Approved));
        Ok(())
    })
    .await;
}

// d22, L3: a mistaken approval is undone by a counter-entry with a reason, if the credits are still there.
#[tokio::test]
async fn a_mistaken_approval_is_undone_by_a_counter_entry() {
    each_engine(async |db| {
        let ground = ground(&db).await?;
        let request = opened(&db, &ground, "form").await?;
        decided(&db, &command(&request, ground.admin, Verdict::Approve), 3).await?;
        let undo = command(&request, ground.second, Verdict::Undo);
        assert_eq!(
            event(&decided(&db, &undo, 4).await?),
            Some(EventKind::Undone)
        );
        assert_eq!(left(&db, &ground).await?, 19);
        let history = credit::store::history(&db, ground.provider).await?;
        assert_eq!(
            history.len(),
            4,
            "grant, spend, refund, correction: all still there"
        );
        let twice = decided(&db, &undo, 5).await?;
        assert!(matches!(
            refused(&twice),
            Some(Refused::StandsElsewhere {
                state: State::Undone,
                ..
            })
        ));
        assert_eq!(prove(&db).await?.first_bad, None);
        Ok(())
    })
    .await;
}

// d22, L3: what was given back and spent again stays spent; the refusal says so.
#[tokio::test]
async fn credits_that_are_spent_again_cannot_be_taken_back() {
    each_engine(async |db| {
        let ground = ground(&db).await?;
        let request = opened(&db, &ground, "form").await?;
        decided(&db, &command(&request, ground.admin, Verdict::Approve), 3).await?;
        let client = a_client(&db, "C2", day(0)).await?;
        let project = a_pending_project(&db, client, "P2", day(0)).await?;
        moves(
            &db,
            &an_order("all", ground.provider, 20, What::Spend(project)),
        )
        .await?;
        let undo = decided(&db, &command(&request, ground.admin, Verdict::Undo), 4).await?;
        let none_left = credit::Refused::NotEnough {
            needed: 1,
            available: 0,
        };
        assert_eq!(refused(&undo), Some(&Refused::Ledger(none_left)));
        assert_eq!(
            get(&db, request.id).await?.state,
            State::Approved,
            "nothing was written"
        );
        Ok(())
    })
    .await;
}
